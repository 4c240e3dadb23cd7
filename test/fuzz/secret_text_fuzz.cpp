// Whatever a client sent: it is read within its bounds, and a password that stands before or after it never stays unseen.
#include "core/secret_text.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>

using proapp::core::may_hold_secret;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  const std::string text(reinterpret_cast<const char *>(data), size);
  may_hold_secret(text);
  if (!may_hold_secret(text + " password 'x'")) std::abort();
  if (!may_hold_secret("alter role ann password 'x';" + text)) std::abort();
  return 0;
}
