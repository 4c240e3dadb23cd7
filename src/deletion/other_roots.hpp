// A tenant's rows that are another one's, too: they do not leave with it.
#pragma once
#include "deletion/obstacles.hpp"

namespace proapp::deletion {

// Every row that goes has, in each foreign key to the root's table, the root's own key or none; and of the root's table itself only the root goes,
// and rows that have its key.
void add_rows_of_others(const Closure &closure, Obstacles &obstacles);

}  // namespace proapp::deletion
