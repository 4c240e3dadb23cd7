// What map_users() and map_members() have in common: their arguments, and who may register a table.
#pragma once
#include "pg/postgres.hpp"

#include "identity/target.hpp"

extern "C" {
#include <nodes/pg_list.h>
}

namespace proapp::identity {

// Raise 22004 for null and 22023 for an empty text.
Datum required(FunctionCallInfo fcinfo, int argument, const char *name);
const char *required_text(FunctionCallInfo fcinfo, int argument, const char *name);
const char *required_name(FunctionCallInfo fcinfo, int argument, const char *name);
// Null for null.
const char *optional_text(FunctionCallInfo fcinfo, int argument, const char *name);
const char *optional_name(FunctionCallInfo fcinfo, int argument);

// Locks the table, so that its definition stays as it is checked until the registration is committed, and names it in `into`.
Relation open_named(Oid relation, Source &into);

// Registering tells everybody who signs in what the rows say, past privileges and policies: only who can read those columns may do that.
// `columns` is a list of column numbers.
void check_may_read(const Source &source, Relation table, const List *columns);

}  // namespace proapp::identity
