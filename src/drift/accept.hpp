// What differs becomes what is expected.
#pragma once
#include "pg/postgres.hpp"

#include "pg/context_arena.hpp"

#include <optional>
#include <span>
#include <string_view>

namespace proapp::drift {

// One identity as drift() prints it; without it everything but some.
struct Choice {
  std::optional<std::string_view> identity = {};
  std::span<const std::string_view> except = {};
};

// Takes into the baseline, as a new revision, what differs in the objects chosen. The number of differences accepted: rows of drift(); 0, and no
// revision, where nothing differs. Raises 42704 for an identity that is not among the differences.
int64 accept(pg::ContextArena &arena, std::string_view baseline, const Choice &choice, std::optional<std::string_view> reason);

}  // namespace proapp::drift
