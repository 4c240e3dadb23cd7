// What a constant says: numbers, booleans and texts, from the bytes of its value.
#include "core/keys.hpp"
#include "core/term.hpp"

#include <algorithm>
#include <charconv>

namespace proapp::core {

using Kind = Term::Kind;

static constexpr Oid boolean_type = 16, integer_types[] = {20, 21, 23}, text_types[] = {25, 1043, 19}, uuid_type = 2950;

// "[ 1 0 0 0 ]" as bytes.
static std::size_t bytes_of(std::string_view token, unsigned char *into, std::size_t room) {
  std::size_t count = 0;
  const char *at = token.data(), *end = at + token.size();
  while (at < end && count < room) {
    int byte = 0;
    while (at < end && (*at == ' ' || *at == '[')) ++at;
    const auto [next, error] = std::from_chars(at, end, byte);
    if (error != std::errc{}) break;
    into[count++] = static_cast<unsigned char>(byte);
    at = next;
  }
  return count;
}

static bool is_one_of(Oid type, std::span<const Oid> types) {
  for (const Oid one : types)
    if (one == type) return true;
  return false;
}

const Term *TermReader::constant(const TreeNode &node) {
  Term term = {.kind = Kind::constant, .type = static_cast<Oid>(node.number("consttype"))};
  term.is_null = node.token("constisnull") == "true";
  if (term.is_null) return make(term);
  TreeText value = node.field("constvalue");
  const auto claimed = static_cast<std::size_t>(to_number(value.token()));
  const std::string_view token = value.more_values() ? value.token() : std::string_view{};
  const std::size_t length = std::min(claimed, token.size());  // a byte is written with a blank at least
  // What is passed by value is written as all eight bytes of its Datum, however short it is.
  const std::size_t room = std::max(length, sizeof(std::int64_t));
  auto *bytes = static_cast<unsigned char *>(arena_.allocate(room, 1));
  const std::size_t count = bytes_of(token, bytes, is_one_of(term.type, integer_types) ? room : length);
  const auto *characters = reinterpret_cast<const char *>(bytes);
  if (term.type == boolean_type && count > 0) {
    term.text = bytes[0] != 0 ? "true" : "false";
  } else if (is_one_of(term.type, text_types) && term.type != 19 && count > 4) {
    term.text = {characters + 4, count - 4};  // what a text's length word precedes
  } else if (term.type == 19) {
    term.text = std::string_view(characters, count).substr(0, std::string_view(characters, count).find('\0'));
  } else if (term.type == uuid_type && count == sizeof(Uuid)) {
    Uuid uuid;
    std::memcpy(&uuid, bytes, sizeof uuid);
    const auto text = uuid_text(uuid);
    term.text = arena_.copy({text.data(), text.size()});
  } else if (is_one_of(term.type, integer_types) && count >= 8) {
    std::int64_t integer;
    std::memcpy(&integer, bytes, sizeof integer);
    char text[24];
    const auto end = std::to_chars(text, text + sizeof text, integer);
    term.text = arena_.copy({text, static_cast<std::size_t>(end.ptr - text)});
  }
  return make(term);
}

}  // namespace proapp::core
