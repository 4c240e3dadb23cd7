// Places in SQL text: what a person counts in (lines) from what the parser counts in (bytes).
#pragma once
#include <cstddef>
#include <string_view>

namespace proapp::core {

// The first byte at or after `from` that is neither white space nor inside a comment; the text's size where nothing follows.
std::size_t skip_blanks(std::string_view sql, std::size_t from);

// The line, from 1, that the byte at `offset` stands on.
int line_at(std::string_view sql, std::size_t offset);

// That line itself, without its end.
std::string_view line_text(std::string_view sql, std::size_t offset);

}  // namespace proapp::core
