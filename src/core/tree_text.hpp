// A cursor over PostgreSQL's stored expressions (pg_node_tree). The format is that of PostgreSQL's outfuncs.c and read.c:
// {TYPE :field value …}, lists in parentheses, tokens with backslash escapes. Nothing is copied or built: expressions are read once, from left to right.
#pragma once
#include "core/error.hpp"

#include <cstdint>
#include <string_view>

namespace proapp::core {

std::int64_t to_number(std::string_view token);  // 0 where it is none

class TreeText {
 public:
  TreeText() = default;
  explicit TreeText(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  // The next character that is no blank; 0 at the end.
  char peek() {
    while (at_ < end_ && is_blank(*at_)) ++at_;
    return at_ < end_ ? *at_ : '\0';
  }
  // Steps over `c`. Throws Error XX001 where something else comes.
  void take(char c) {
    if (peek() != c) broken();
    ++at_;
  }
  std::string_view token();
  // "{TYPE": steps over it and answers TYPE.
  std::string_view open_object() {
    take('{');
    return token();
  }
  // Is there another field? Then steps over ":field" to its value and answers its name; otherwise steps over "}" and answers nothing.
  std::string_view next_field();
  // Does the current field have another value? A constant's bytes follow their length.
  bool more_values() {
    const char c = peek();
    if (c == '\0') broken();
    return c != ':' && c != '}';
  }
  void skip_value();
  void skip_values() {
    skip_value();
    while (more_values()) skip_value();
  }
  void skip_fields() {
    while (!next_field().empty()) skip_values();
  }

  // For the object that starts here: a cursor at the value of one of its fields, at its end where it has none. This cursor stays.
  TreeText field(std::string_view name) const;
  std::string_view field_token(std::string_view name) const;
  // Does an object of that type start here?
  bool at_object(std::string_view type);

 private:
  static bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\t'; }
  [[noreturn]] static void broken();

  const char *at_ = nullptr;
  const char *end_ = nullptr;
};

}  // namespace proapp::core
