// Which tables a utility statement changes in part.
#pragma once
#include "pg/postgres.hpp"

extern "C" {
#include <nodes/pg_list.h>
}

namespace proapp::migration {

// Of ALTER TABLE, ALTER POLICY, GRANT and REVOKE, RENAME, ALTER PUBLICATION, and DROP of a policy, trigger, rule or index: the OIDs of tables that are
// there. What is named wrongly is left to the statement's own error.
List *touched_tables(const Node *statement);

}  // namespace proapp::migration
