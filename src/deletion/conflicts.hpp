// What keeps rows from coming back.
#pragma once
#include "deletion/archived_rows.hpp"

namespace proapp::deletion {

// Tables and columns that are gone or have become something else. Before rows are read; raises 55000 with all of them.
void insist_on_tables(const pg_uuid_t &deletion, List *all);

// Values that a column's type of today does not hold as they were, keys that are in use again, and references to what is gone. What is referenced and stays
// is locked FOR KEY SHARE. Raises 55000 with all of them.
void insist_on_no_conflict(const pg_uuid_t &deletion, List *all, QueryEnvironment *sets);

const char *uuid_text(const pg_uuid_t &uuid);

}  // namespace proapp::deletion
