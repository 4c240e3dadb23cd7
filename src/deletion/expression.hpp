// Conditions that callers write: one boolean expression over a table's columns, read by their search_path once and kept as text that means the same for everybody.
#pragma once
#include "pg/postgres.hpp"

extern "C" {
#include <nodes/bitmapset.h>
}

namespace proapp::deletion {

struct Expression {
  const char *text;    // fully qualified for pg::pin_search_path(), its columns over the alias
  Bitmapset *columns;  // of the table, those that the text names
};

// `what` is what the caller calls it, for errors. Columns may be written bare, after the table's name, or after the alias.
// Raises what PostgreSQL has against it, 42601 where it is more than one expression, 42804 where it is not boolean, 22023 for what may not be kept.
Expression read_expression(const char *text, Relation table, const char *alias, const char *what);

// A text that was kept, read again with the rights of the table's owner, who registered it: the columns that it names. Raises what PostgreSQL has against it now, as 55000; `remove` is the
// call that forgets it, for the HINT.
const Bitmapset *read_kept_expression(const char *text, Relation table, const char *alias, const char *what, const char *remove);

}  // namespace proapp::deletion
