// What people registered against a deletion: who may do it, what blocks it, which rows are held.
#pragma once
#include "deletion/obstacles.hpp"

namespace proapp::deletion {

// After find_going(), under pin_settings(). Raises 55000 where a registration names what is no longer there.
void add_forbidden(const Closure &closure, Obstacles &obstacles);

}  // namespace proapp::deletion
