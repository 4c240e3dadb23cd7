// SHA-256, and the bytes it is taken over.
#pragma once
#include "core/arena.hpp"

#include <array>
#include <compare>
#include <cstdint>
#include <string_view>

namespace proapp::core {

struct Digest {
  std::array<std::uint8_t, 32> bytes{};
  auto operator<=>(const Digest &) const = default;
};

// By libcrypto. Throws std::bad_alloc where it has no memory.
Digest sha256(std::string_view bytes);

std::string_view hex(Arena &arena, const Digest &digest);
// False where `text` is not 64 hexadecimal digits.
bool parse_hex(std::string_view text, Digest &into);

// A growing buffer, reused for one object after the other.
class Bytes {
 public:
  explicit Bytes(Arena &arena) : arena_(&arena) {}
  Arena &arena() const { return *arena_; }
  void clear() { size_ = 0; }
  std::string_view view() const { return {bytes_, size_}; }
  std::size_t size() const { return size_; }

  Bytes &raw(std::string_view text) {
    if (text.size() > capacity_ - size_) grow(text.size());
    if (!text.empty()) std::memcpy(bytes_ + size_, text.data(), text.size());
    size_ += text.size();
    return *this;
  }
  Bytes &raw(char c) {
    if (size_ == capacity_) grow(1);
    bytes_[size_++] = c;
    return *this;
  }
  Bytes &number(std::int64_t n);
  // Length first, so that no two sequences of fields have the same bytes.
  Bytes &field(std::string_view text) { return number(static_cast<std::int64_t>(text.size())).raw(':').raw(text); }

 private:
  void grow(std::size_t more);

  Arena *arena_;
  char *bytes_ = nullptr;
  std::size_t size_ = 0, capacity_ = 0;
};

}  // namespace proapp::core
