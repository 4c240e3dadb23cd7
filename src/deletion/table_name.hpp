// Tables by the text that registrations keep: what regclass prints under an empty search_path.
#pragma once
#include "pg/postgres.hpp"

namespace proapp::deletion {

const char *table_text(Oid relation);

// The relation that such a text names; InvalidOid where there is none.
Oid find_table(const char *text);

// As a caller writes it, by his search_path: the text that registrations keep, also of a table that is gone.
const char *kept_text(const char *written);

// Opens a table whose deletions may be guarded, by the current user: a permanent plain or partitioned table without inheritance children, neither
// PostgreSQL's nor ours, of which the user is an owner. Raises 42P01, 42809, 42501.
Relation open_own_table(Oid relation, LOCKMODE lock);

// Whoever forgets what was registered about a table owns it, where it is still there. Raises 42501.
void check_owns(const char *text);

// "ONLY " where rows of other tables would come along.
const char *only(Relation table);

// Raises 42703 where it has no such column of its own.
AttrNumber find_column(Relation table, const char *name);

}  // namespace proapp::deletion
