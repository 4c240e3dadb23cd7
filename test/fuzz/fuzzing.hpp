// What the fuzzers share: a check that stops the run, and a watch that ends what would go too deep or never end.
#pragma once
#include "core/watch.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace proapp::test {

inline void require(bool holds) {
  if (!holds) std::abort();
}

inline std::string_view text_of(const std::uint8_t *data, std::size_t size) { return {reinterpret_cast<const char *>(data), size}; }

// Frames lie between here and the one that made it: a limit on the stack as the server has one.
class StackWatch {
 public:
  StackWatch() { base_ = static_cast<const char *>(__builtin_frame_address(0)); }
  core::Watch watch() const { return {nullptr, &too_deep}; }

 private:
  static bool too_deep() noexcept {
    constexpr std::ptrdiff_t limit = 1 << 20;
    const std::ptrdiff_t used = base_ - static_cast<const char *>(__builtin_frame_address(0));
    return used > limit || used < -limit;
  }
  static inline const char *base_ = nullptr;
};

}  // namespace proapp::test
