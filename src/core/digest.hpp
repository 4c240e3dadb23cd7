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
  explicit Bytes(Arena &arena) : bytes_(arena) {}
  void clear() { bytes_.clear(); }
  std::string_view view() const { return {bytes_.data(), bytes_.size()}; }
  std::size_t size() const { return bytes_.size(); }

  Bytes &raw(std::string_view text) {
    bytes_.insert(bytes_.end(), text.begin(), text.end());
    return *this;
  }
  Bytes &raw(char c) {
    bytes_.push_back(c);
    return *this;
  }
  Bytes &number(std::int64_t n);
  // Length first, so that no two sequences of fields have the same bytes.
  Bytes &field(std::string_view text) { return number(static_cast<std::int64_t>(text.size())).raw(':').raw(text); }

 private:
  Vector<char> bytes_;
};

}  // namespace proapp::core
