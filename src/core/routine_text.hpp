// What the source of a function says, word by word, without its comments: enough to see what it asks and what it executes.
#pragma once
#include "core/arena.hpp"

#include <string_view>

namespace proapp::core {

struct RoutineToken {
  enum class Kind : unsigned char { word, literal, mark } kind;
  std::string_view text;                  // of a literal, what is between its quotes
  bool is(std::string_view lower) const;  // a word or mark, in any case
};

void read_routine(std::string_view source, Vector<RoutineToken> &into);

// Does it ask who calls: auth.uid() and its kin, anything of proapp, or a setting?
bool asks_for_caller(const Vector<RoutineToken> &tokens);

enum class DynamicSql : unsigned char {
  none,
  safe,       // constants, format() with %I and %L, quote_ident() and its kin
  assembled,  // a value is pasted into it as it is
  argument    // all of it is one of `arguments`
};
// The worst that its EXECUTE statements do; `arguments` is the declaration of the function's arguments.
DynamicSql dynamic_sql(const Vector<RoutineToken> &tokens, std::string_view arguments);

}  // namespace proapp::core
