// What core throws when its input is wrong: everything the user will read, in fixed storage, so that it survives the way out.
#pragma once
#include <cstddef>
#include <string_view>

namespace proapp::core {

struct Error {
  char sqlstate[6];
  char message[512];
  char detail[2048];
  char hint[512];
};

// Thrown by Watch::poll (watch.hpp) when the user cancelled; the boundary turns it into PostgreSQL's own cancel error.
struct Cancelled {};

// Texts longer than their storage are cut on a character boundary.
[[noreturn]] void fail(std::string_view sqlstate, std::string_view message, std::string_view detail = {}, std::string_view hint = {});

// `text` cut to at most `limit` bytes without cutting a UTF-8 character in two.
std::string_view cut(std::string_view text, std::size_t limit);

// Joins pieces into one text for fail(): message("selector \"", pattern, "\" matches nothing"). Cut on a character boundary at 1,023 bytes.
struct Text {
  char bytes[1024];
  std::size_t size;
  operator std::string_view() const { return {bytes, size}; }
};
template <class... Pieces>
Text message(const Pieces &...pieces) {
  Text text{};
  const std::string_view views[] = {std::string_view(pieces)...};
  for (const auto view : views) {
    const auto fitting = cut(view, sizeof text.bytes - 1 - text.size);
    fitting.copy(text.bytes + text.size, fitting.size());
    text.size += fitting.size();
    if (fitting.size() < view.size()) break;
  }
  return text;
}

}  // namespace proapp::core
