#include "core/tree_memo.hpp"

namespace proapp::core {

std::size_t tree_hash(std::string_view text, std::uint64_t context) {
  constexpr std::uint64_t prime = 0x9E3779B97F4A7C15ull;
  std::uint64_t h = (context + 1) * prime ^ text.size();
  std::size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + i, 8);
    h = (h ^ word) * prime;
    h ^= h >> 29;
  }
  for (; i < text.size(); ++i) h = (h ^ static_cast<unsigned char>(text[i])) * prime;
  return static_cast<std::size_t>(h >> 40);
}

}  // namespace proapp::core
