// What the caller may do with the rows that a deletion reaches: all of it, or nothing is deleted.
#pragma once
#include "deletion/obstacles.hpp"

namespace proapp::deletion {

// Raises 42501 where the caller may not see and delete (of rows that lose a reference: update) every row, by privilege or by policy. After
// find_obstacles(); a plan is no shorter because of what its reader may not see.
void insist_on_rights(const Closure &closure, const Obstacles &obstacles);

// Do policies of that table restrict the caller?
bool is_restricted(Oid table);

}  // namespace proapp::deletion
