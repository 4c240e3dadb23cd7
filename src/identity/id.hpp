// Ids between the text of a claim and the value of a column, without anything that could raise.
#pragma once
#include "pg/postgres.hpp"

#include "core/keys.hpp"

#include <optional>

namespace proapp::identity {

struct Id {
  const char *text;  // null where there is none
  core::Uuid uuid;   // the same, where has_uuid
  bool has_uuid;
};

// `text` as a value of a key column's type; nothing where it is none. In the current memory context.
std::optional<Datum> to_key(const char *text, Oid type);

// The value of a key column.
Id to_id(Datum value, Oid type);

}  // namespace proapp::identity
