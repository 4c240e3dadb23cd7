// Digests of expressions that were met before: schemas repeat themselves (the same default, check or policy on every table),
// and reading an expression costs ten times what comparing it costs. Compares whole texts, so a hit is never wrong; forgets what it has no room for.
#pragma once
#include "core/digest.hpp"

#include <cstdint>

namespace proapp::core {

class TreeMemo {
 public:
  explicit TreeMemo(Arena &arena) : arena_(arena) {}

  // `context` stands for everything but the text that the digest depends on.
  const Digest *find(std::string_view text, std::uint64_t context);
  // The text of the find() before, which did not find it.
  void put(std::string_view text, std::uint64_t context, const Digest &digest);

 private:
  static constexpr std::size_t slots = 512, longest = 4096;
  struct Slot {
    char *text = nullptr;
    std::uint32_t size = 0, room = 0;
    std::uint64_t context = 0;
    Digest digest;
  };

  static std::size_t place(std::string_view text, std::uint64_t context);

  Arena &arena_;
  Slot slots_[slots];
};

}  // namespace proapp::core
