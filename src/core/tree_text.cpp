#include "core/tree_text.hpp"

#include <charconv>
#include <cstring>

namespace proapp::core {

void TreeText::broken() { fail("XX001", "stored expression is not a node tree", "A catalog holds an expression that this version cannot read."); }

namespace {

// What a character does to a token: most do nothing.
struct Characters {
  bool special[256] = {};  // ends a token, or escapes what follows
  constexpr Characters() {
    for (const char c : {' ', '\n', '\t', '(', ')', '{', '}', '\\'}) special[static_cast<unsigned char>(c)] = true;
  }
};
constexpr Characters characters;

}  // namespace

std::string_view TreeText::token() {
  peek();
  const char *start = at_;
  const char *at = at_;
  // The bytes of a constant, "[ 1 0 0 0 ]", are one token.
  if (at < end_ && *at == '[') {
    at = static_cast<const char *>(std::memchr(at, ']', static_cast<std::size_t>(end_ - at)));
    if (at == nullptr) broken();
    at_ = at + 1;
    return {start, static_cast<std::size_t>(at_ - start)};
  }
  while (at < end_) {
    if (!characters.special[static_cast<unsigned char>(*at)])
      ++at;
    else if (*at == '\\' && at + 1 < end_)
      at += 2;
    else if (*at == '\\')
      ++at;
    else
      break;
  }
  if (at == start) broken();
  at_ = at;
  return {start, static_cast<std::size_t>(at - start)};
}

std::string_view TreeText::next_field() {
  const char c = peek();
  if (c == '}') {
    ++at_;
    return {};
  }
  if (c != ':') broken();
  ++at_;
  const std::string_view name = token();
  if (peek() == '\0') broken();
  return name;
}

void TreeText::skip_value() {
  const char c = peek();
  if (c != '{' && c != '(') {
    token();
    return;
  }
  // Brackets of both kinds nest properly, so counting them together finds the end.
  std::size_t depth = 0;
  for (; at_ < end_; ++at_) {
    switch (*at_) {
      case '{':
      case '(':
        ++depth;
        break;
      case '}':
      case ')':
        if (--depth == 0) {
          ++at_;
          return;
        }
        break;
      case '\\':
        if (at_ + 1 < end_) ++at_;
        break;
      default:
        break;
    }
  }
  broken();
}

TreeText TreeText::field(std::string_view name) const {
  TreeText look = *this;
  look.open_object();
  for (std::string_view found = look.next_field(); !found.empty(); found = look.next_field()) {
    if (found == name) return look;
    look.skip_values();
  }
  look.at_ = look.end_;
  return look;
}

std::string_view TreeText::field_token(std::string_view name) const {
  TreeText value = field(name);
  const char c = value.peek();
  return c == '\0' || c == '{' || c == '(' ? std::string_view{} : value.token();
}

bool TreeText::at_object(std::string_view type) {
  if (peek() != '{') return false;
  TreeText look = *this;
  return look.open_object() == type;
}

std::int64_t to_number(std::string_view token) {
  std::int64_t number = 0;
  std::from_chars(token.data(), token.data() + token.size(), number);
  return number;
}

}  // namespace proapp::core
