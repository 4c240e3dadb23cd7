// A baseline against the catalogs: digests are compared while they are read, and only what differs is kept.
#pragma once
#include "pg/postgres.hpp"

#include "drift/baseline.hpp"
#include "drift/categories.hpp"

namespace proapp::drift {

// What differs, on either side, sorted by core::before: changed objects are in both. SQL texts of `actual` are still deferred.
struct Comparison {
  std::span<const core::Object> expected;
  std::span<core::Object> actual;
  bool equal() const { return expected.empty() && actual.empty(); }
};

// With the active snapshot.
Comparison compare(pg::ContextArena &arena, const Baseline &baseline);

// The counts alone, without reading a definition.
Categories &count_differences(pg::ContextArena &arena, const Baseline &baseline);

}  // namespace proapp::drift
