// In which order relations that reference each other lose their rows.
#pragma once
#include "core/arena.hpp"
#include "core/watch.hpp"

#include <cstdint>

namespace proapp::core {

// Rows of the relation numbered `referencing` go with the rows of `referenced` that they reference.
struct Following {
  std::uint32_t referencing, referenced;
};

struct DeletionOrder {
  // The relations that can be reached from the root, the root among them: each stands behind all that reference it, but for those of its own cycle.
  std::span<const std::uint32_t> children_first;
  // For each relation the number of its cycle, or a number of its own; relations of a cycle are neighbours in children_first.
  std::span<const std::uint32_t> cycle_of;
  // For each relation: does it reference itself, or one that references it again?
  std::span<const bool> in_cycle;
};

// Relations are numbered below `count`. Throws Error 54001 where the chain of references is too long for the stack.
DeletionOrder deletion_order(Arena &arena, const Watch &watch, std::uint32_t root, std::uint32_t count, std::span<const Following> references);

}  // namespace proapp::core
