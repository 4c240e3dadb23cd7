// What a policy's expression says of a row, evaluated as the current user.
#pragma once
#include "pg/postgres.hpp"

#include "identity/row_place.hpp"

#include <type_traits>

extern "C" {
#include <nodes/parsenodes.h>
}

namespace proapp::identity {

struct PolicyValue {
  bool known;  // false where there was no row, or nothing to evaluate
  bool null;
  bool passes;        // true, and neither null nor raised
  const char *error;  // the message it raised; null where it raised none
};
static_assert(std::is_trivially_destructible_v<PolicyValue>);

// A query over that row alone, to be made as the caller: names are looked up here, and never again.
Query *query_of_row(Relation relation, const RowPlace &row);

// The expression's own tree, as PostgreSQL evaluates it: over the row in its table, so that system columns, whole rows and partitions are what they are,
// and with the policies of the tables that it reads, which apply to the current user. What it changes is not taken back.
PolicyValue evaluate(const Query *query, const Expr *expression);

}  // namespace proapp::identity
