// What makes a table unfit for a deletion that can be trusted.
#pragma once
#include "deletion/obstacles.hpp"

namespace proapp::deletion {

// Rules, inheritance, foreign tables and foreign keys that are switched off, of the tables that lose rows or are updated.
void add_unfit_tables(const Closure &closure, Obstacles &obstacles);

// Raises 55000 where neither triggers nor foreign keys would be obeyed.
void insist_on_origin();

// Raises 42501, 42809, 0A000 or 55000 where rows of `relation` cannot be deleted by us at all.
void insist_on_root(Oid relation);

}  // namespace proapp::deletion
