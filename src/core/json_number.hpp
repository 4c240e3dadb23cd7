// Numbers in a JSON document, as jsonb takes them: through PostgreSQL's numeric, which has limits and one way to print a value.
#pragma once
#include "core/arena.hpp"

#include <optional>
#include <string_view>

namespace proapp::core {

// `token` is a number by JSON's grammar. Does it fit numeric? jsonb refuses a document that has one that does not.
bool fits_numeric(std::string_view token);

// What `jsonb ->> member` prints for a token that fits: 1e3 is 1000, 1.50 stays 1.50, -0 is 0.
std::string_view numeric_text(std::string_view token, Arena &arena);

}  // namespace proapp::core
