// SQL and PL/pgSQL as tokens: comments are gone, strings and quoted names are single tokens, so that nothing in them is taken for code.
#pragma once
#include "core/arena.hpp"

#include <string_view>

namespace proapp::core {

struct SqlToken {
  enum class Kind : unsigned char { word, name, text, number, parameter, symbol } kind = Kind::symbol;
  std::string_view text;  // a word folded to lower case; a name or text without its quotes
  std::size_t begin = 0, end = 0;

  bool is_word(std::string_view word) const { return kind == Kind::word && text == word; }
  bool is(std::string_view symbol) const { return kind == Kind::symbol && text == symbol; }
  bool is_name() const { return kind == Kind::word || kind == Kind::name; }
};

// What does not end, such as a string without its second quote, is a token up to the end.
Vector<SqlToken> &sql_tokens(std::string_view sql, Arena &arena);

}  // namespace proapp::core
