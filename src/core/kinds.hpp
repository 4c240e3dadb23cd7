// The kinds of objects that a manifest knows, with the words that users read and type for them.
#pragma once
#include <span>
#include <string_view>

namespace proapp::core {

struct Kind {
  std::string_view name;      // `kind` in manifest and drift, and what stands before the colon of a selector
  std::string_view category;  // `category` of summaries; constraints have finer ones (category())
  enum class Place {
    schema,     // the schema itself
    in_schema,  // has a name in a schema: schema.name
    on_table,   // hangs on a relation and has a name only there
    beside,     // hangs on a relation and has a name in its schema: indexes, owned sequences
    database,   // has neither
  } place;
};

std::span<const Kind> kinds();
const Kind *find_kind(std::string_view name);  // null where there is none; '_' counts as a blank

// The category of one object: `subtype` tells constraints apart.
std::string_view category(std::string_view kind, std::string_view subtype);

}  // namespace proapp::core
