// What the source of a function asks and what it executes, as far as its tokens tell.
#pragma once
#include "core/sql_tokens.hpp"

#include <span>
#include <string_view>

namespace proapp::core {

// Does it ask who calls: auth.uid() and its kin, anything of proapp, or a setting?
bool asks_for_caller(std::span<const SqlToken> tokens);

enum class DynamicSql : unsigned char {
  none,
  safe,       // constants, format() with %I and %L, quote_ident() and its kin
  assembled,  // a value is pasted into it as it is
  argument    // all of it is an argument
};
// The worst that its EXECUTE statements do; `argument_names` has one a line.
DynamicSql dynamic_sql(std::span<const SqlToken> tokens, std::string_view argument_names);

}  // namespace proapp::core
