#include "core/error.hpp"

namespace proapp::core {

std::string_view cut(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return text;
  std::size_t end = limit;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

template <std::size_t N>
static void store(char (&into)[N], std::string_view text) {
  text = cut(text, N - 1);
  text.copy(into, text.size());
  into[text.size()] = '\0';
}

void fail(std::string_view sqlstate, std::string_view message, std::string_view detail, std::string_view hint) {
  Error e{};
  store(e.sqlstate, sqlstate);
  store(e.message, message);
  store(e.detail, detail);
  store(e.hint, hint);
  throw e;
}

}  // namespace proapp::core
