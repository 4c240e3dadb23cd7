// What was made of expressions that were met before: schemas repeat themselves (the same default, check or policy on every table),
// and reading an expression costs ten times what comparing it costs. Compares whole texts, so a hit is never wrong; forgets what it has no room for.
#pragma once
#include "core/arena.hpp"

#include <algorithm>
#include <cstdint>

namespace proapp::core {

// Mixes eight bytes at a time; a bad spread costs a miss, nothing else.
std::size_t tree_hash(std::string_view text, std::uint64_t context);

template <class T>
class TreeMemo {
 public:
  explicit TreeMemo(Arena &arena) : arena_(arena) {}

  // `context` stands for everything but the text that the value depends on.
  const T *find(std::string_view text, std::uint64_t context) const {
    if (text.size() > longest) return nullptr;
    const Slot &slot = slots_[tree_hash(text, context) % slots];
    const bool same = slot.text != nullptr && slot.context == context && slot.size == text.size() && std::memcmp(slot.text, text.data(), text.size()) == 0;
    return same ? &slot.value : nullptr;
  }

  // The text of the find() before, which did not find it.
  void put(std::string_view text, std::uint64_t context, const T &value) {
    if (text.size() > longest) return;
    Slot &slot = slots_[tree_hash(text, context) % slots];
    if (slot.room < text.size()) {
      if (slot.text != nullptr) arena_.release(slot.text, slot.room);
      slot.text = nullptr;
      slot.room = static_cast<std::uint32_t>(std::min(longest, text.size() + text.size() / 8));
      slot.text = static_cast<char *>(arena_.allocate(slot.room, 1));
    }
    std::memcpy(slot.text, text.data(), text.size());
    slot.size = static_cast<std::uint32_t>(text.size());
    slot.context = context;
    slot.value = value;
  }

 private:
  static constexpr std::size_t slots = 512, longest = 4096;
  struct Slot {
    char *text = nullptr;
    std::uint32_t size = 0, room = 0;
    std::uint64_t context = 0;
    T value = {};
  };

  Arena &arena_;
  Slot slots_[slots];
};

}  // namespace proapp::core
