#include "core/constant.hpp"

#include "core/stored_value.hpp"

#include <charconv>

namespace proapp::core {

// The bytes of "[ 1 0 0 -1 ]" into `into`; how many there were.
static std::size_t decode(std::string_view token, char *into, std::size_t limit) {
  std::size_t count = 0;
  const char *at = token.data(), *end = at + token.size();
  while (at < end && count < limit) {
    int value = 0;
    const auto parsed = std::from_chars(at, end, value);
    if (parsed.ec == std::errc()) {
      into[count++] = static_cast<char>(value);
      at = parsed.ptr;
    } else {
      ++at;
    }
  }
  return count;
}

bool write_named_constant(const Names &names, Oid type, std::string_view token, Bytes &into) {
  constexpr std::size_t limit = 65536;
  static char bytes[limit];
  if (!holds_oids(names, type)) return false;
  const std::size_t size = decode(token, bytes, limit);
  return size < limit && write_stored_value(names, type, {bytes, size}, into);
}

}  // namespace proapp::core
