// Rows that were deleted come back as the caller inserts them, and in the end hold what they held.
#pragma once
#include "deletion/archived_rows.hpp"

extern "C" {
#include <utils/reltrigger.h>
}

namespace proapp::deletion {

// Of a table with rows in `archived`. Foreign keys are proven for all rows at once, before and after; the application's BEFORE triggers would change rows that are not new;
// its AFTER triggers keep other things true, so they fire. Raises 27000 where not all rows got there.
void insert_rows(const ArchivedRows &archived, QueryEnvironment *sets);

// After all triggers have fired: what they changed in the rows that came back is put back, without triggers. Raises 27000 where rows are gone again, or what they reference is.
void put_back(List *all, QueryEnvironment *sets);

// The triggers that fire for what we restore: not BEFORE and INSTEAD OF, and no foreign key's that is proven.
bool fires_on_return(const Trigger &trigger);

// Raises 42501 where the caller has no right to write to any of the tables.
void insist_on_writing(List *all);

}  // namespace proapp::deletion
