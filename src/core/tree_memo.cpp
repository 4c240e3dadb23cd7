#include "core/tree_memo.hpp"

#include <algorithm>

namespace proapp::core {

// Mixes eight bytes at a time; a bad spread costs a miss, nothing else.
std::size_t TreeMemo::place(std::string_view text, std::uint64_t context) {
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
  return static_cast<std::size_t>(h >> 40) % slots;
}

const Digest *TreeMemo::find(std::string_view text, std::uint64_t context) {
  if (text.size() > longest) return nullptr;
  const Slot &slot = slots_[place(text, context)];
  const bool same = slot.text != nullptr && slot.context == context && slot.size == text.size() && std::memcmp(slot.text, text.data(), text.size()) == 0;
  return same ? &slot.digest : nullptr;
}

void TreeMemo::put(std::string_view text, std::uint64_t context, const Digest &digest) {
  if (text.size() > longest) return;
  Slot &slot = slots_[place(text, context)];
  if (slot.room < text.size()) {
    if (slot.text != nullptr) arena_.release(slot.text, slot.room);
    slot.text = nullptr;
    slot.room = static_cast<std::uint32_t>(std::min(longest, text.size() + text.size() / 8));
    slot.text = static_cast<char *>(arena_.allocate(slot.room, 1));
  }
  std::memcpy(slot.text, text.data(), text.size());
  slot.size = static_cast<std::uint32_t>(text.size());
  slot.context = context;
  slot.digest = digest;
}

}  // namespace proapp::core
