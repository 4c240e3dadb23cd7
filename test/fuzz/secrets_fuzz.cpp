// Whatever connection string a subscription has: it is read within its bounds, and a value that is named as a password never comes out.
#include "core/secrets.hpp"

#include "unit/test_arena.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>

using namespace proapp::core;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char *>(data), size);
  proapp::test::TestArena arena;
  std::string_view before;
  for (const Value &option : connection_options(arena, text).items()) {
    if (option.text() < before || option.text().find('=') == std::string_view::npos) std::abort();
    before = option.text();
    if (option.text().starts_with("password=") && option.text() != "password=(set)") std::abort();
  }
  const std::string_view shown = without_secret(arena, text);
  if (shown != text && !shown.ends_with(secret_is_set)) std::abort();
  return 0;
}
