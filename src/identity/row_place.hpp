// Where a row is that somebody names by its primary key.
#pragma once
#include "pg/postgres.hpp"

#include <type_traits>

namespace proapp::identity {

struct RowPlace {
  bool found;
  Oid table;  // the partition or child that holds it
  ItemPointerData place;
  const char *key;  // for messages: id = 7
};
static_assert(std::is_trivially_destructible_v<RowPlace>);

// Reads the row of `relation` as the caller, under the active snapshot and with the caller's privileges and policies. `key` is a single-column primary
// key as text, or for several columns a JSON object. Raises 55000 without a primary key, 22023 for a key of other columns, 42501 without SELECT, 0A000 where a foreign table holds
// the row.
RowPlace find_row(Relation relation, const char *key);

// schema.table, quoted where needed.
const char *relation_text(Relation relation);

}  // namespace proapp::identity
