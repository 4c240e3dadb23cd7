// What map_users() and map_members() have in common: their arguments, and who may register a table.
#pragma once
#include "pg/postgres.hpp"

#include "identity/target.hpp"
#include "pg/arguments.hpp"

extern "C" {
#include <nodes/pg_list.h>
}

namespace proapp::identity {

// Raises 22004 for null.
const char *required_name(FunctionCallInfo fcinfo, int argument, const char *name);
// Null for null; raises 22023 for an empty text.
const char *optional_text(FunctionCallInfo fcinfo, int argument, const char *name);
const char *optional_name(FunctionCallInfo fcinfo, int argument);

// Locks the table, so that its definition stays as it is checked until the registration is committed, and names it in `into`.
Relation open_named(Oid relation, Source &into);

// Registering tells everybody who signs in what the rows say, past privileges and policies: only who can read those columns may do that.
// `columns` is a list of column numbers.
void check_may_read(const Source &source, Relation table, const List *columns);

// May the caller read all rows of the table? False where there is no such table.
bool may_read_all(const char *schema, const char *table);

}  // namespace proapp::identity
