// Options that carry secrets: manifests are stored and sent around, so of a secret they say only that it is there.
#pragma once
#include "core/value.hpp"

#include <string_view>

namespace proapp::core {

// What stands in a secret's place: "password=(set)".
inline constexpr std::string_view secret_is_set = "(set)";

// Does an option or a setting of this name hold a secret? Words are told apart by what is no letter or digit.
bool is_secret(std::string_view name);

// "name=value" as it is, or with the value hidden; in `arena`.
std::string_view without_secret(Arena &arena, std::string_view option);

// A connection string, key=value pairs or a URI, as a sorted list of name=value, secrets hidden. What cannot be read is hidden as a whole.
Value connection_options(Arena &arena, std::string_view connection);

}  // namespace proapp::core
