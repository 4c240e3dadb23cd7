// What a statement would take for its own.
#pragma once
#include "pg/postgres.hpp"

extern "C" {
#include <catalog/objectaddress.h>
#include <nodes/parsenodes.h>
}

namespace proapp::migration {

// The object that CREATE OR REPLACE or CREATE … IF NOT EXISTS would meet; for triggers and rules the table they stand on, for user mappings
// the server. InvalidObjectAddress where there is none yet, or where the statement is of another kind.
ObjectAddress existing_target(const Node *statement);

}  // namespace proapp::migration
