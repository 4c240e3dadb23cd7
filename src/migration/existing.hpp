// What a statement would take for its own.
#pragma once
#include "pg/postgres.hpp"

extern "C" {
#include <catalog/objectaddress.h>
#include <nodes/parsenodes.h>
}

namespace proapp::migration {

// The object that CREATE OR REPLACE or CREATE ... IF NOT EXISTS would meet; for user mappings their server. InvalidObjectAddress where there
// is none yet, or where the statement is of another kind. Triggers and rules are of another kind: the script names the table they stand on,
// and replacing them leaves nothing of what was there.
ObjectAddress existing_target(const Node *statement);

// The object that a CREATE without these words would meet, and fail. Only of qualified names in schemas that are there.
ObjectAddress target_in_the_way(const Node *statement);

// InvalidOid where its kind has none.
Oid owner_of(const ObjectAddress &object);

}  // namespace proapp::migration
