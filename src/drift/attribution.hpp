// Who did it and when, as the log of DDL says. The comparison is the truth: whatever is wrong with the log, drift stays.
#pragma once
#include "pg/postgres.hpp"

#include "core/diff.hpp"
#include "pg/context_arena.hpp"

namespace proapp::drift {

struct Attribution {
  const char *changed_by = nullptr;  // null: not known, and changed_at means nothing
  TimestampTz changed_at = 0;
};

// One for each difference: the newest row since the baseline was saved about the object, or else about the relation it hangs on.
std::span<const Attribution> attribute(pg::ContextArena &arena, std::span<const core::Difference> differences, std::string_view baseline);

}  // namespace proapp::drift
