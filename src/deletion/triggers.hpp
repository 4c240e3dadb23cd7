// Triggers of the application's own, which see what we do and may do anything.
#pragma once
#include "pg/postgres.hpp"

namespace proapp::deletion {

// Has the table, or a partition of it, triggers that are no foreign keys'?
bool has_own_triggers(Oid table);

}  // namespace proapp::deletion
