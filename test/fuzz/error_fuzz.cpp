// Whatever bytes an error message is made of: its parts stay within their storage and no character is cut in two.
#include "core/error.hpp"

#include <cstdint>
#include <cstdlib>
#include <cstring>

using namespace proapp::core;

static bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

static void require(bool holds) {
  if (!holds) std::abort();
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t limit = data[0] * 256u + data[1];
  const std::string_view text(reinterpret_cast<const char *>(data) + 2, size - 2);

  const auto shortened = cut(text, limit);
  require(shortened.size() <= limit && text.substr(0, shortened.size()) == shortened);
  require(shortened.size() == text.size() || !is_continuation(text[shortened.size()]) || shortened.empty());

  const Text joined = message(text, text);
  require(joined.size < sizeof joined.bytes && joined.size <= 2 * text.size());

  try {
    fail("22023", text, joined, text);
  } catch (const Error &e) {
    require(std::strlen(e.message) < sizeof e.message && std::strlen(e.detail) < sizeof e.detail && std::strlen(e.hint) < sizeof e.hint);
  }
  return 0;
}
