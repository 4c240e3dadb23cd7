// What the fields of PostgreSQL's expression nodes hold: which are OIDs of what, and which say nothing that another database would share.
#pragma once
#include <cstdint>
#include <string_view>

namespace proapp::core {

// `given`: that there is one is all that another database shares.
enum class TreeField : std::uint8_t { plain, drop, type, function, operation, collation, relation, family, operator_class, given };

// plain for every name that is not known: an unknown field is compared as it stands.
TreeField tree_field(std::string_view name);

}  // namespace proapp::core
