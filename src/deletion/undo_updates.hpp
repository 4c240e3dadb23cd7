// Rows that a deletion took a reference from get it back, where they still hold what the deletion left.
#pragma once
#include "deletion/archived_rows.hpp"

namespace proapp::deletion {

struct Undone {
  uint64 restored, kept;  // kept as they are: changed since, or gone
};

// Updates as the caller, with the application's AFTER triggers. Raises 42501 where policies keep the caller from it.
Undone undo_update(const ArchivedRows &archived, QueryEnvironment *sets);

}  // namespace proapp::deletion
