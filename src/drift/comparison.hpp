// A baseline against the database.
#pragma once
#include "pg/postgres.hpp"

#include "catalog/sinks.hpp"
#include "drift/baseline.hpp"
#include "drift/categories.hpp"

namespace proapp::drift {

// Compares digests while the catalogs are read and keeps only what differs.
class Against final : public catalog::Sink {
 public:
  Against(core::Arena &arena, std::span<Entry> expected) : arena_(arena), expected_(expected), scratch_(arena), different_(arena), categories_(arena) {}

  void take(const core::Object &object) override;
  // What the database has otherwise than the baseline, or alone; sorted by core::before, SQL texts still deferred.
  std::span<core::Object> different();
  // What the baseline has and the database has otherwise, or not at all.
  std::span<const Entry *const> not_the_same();
  Categories &categories();

 private:
  core::Arena &arena_;
  std::span<Entry> expected_;
  core::Bytes scratch_;
  core::Vector<core::Object> different_;
  Categories categories_;
};

// With the active snapshot. Raises 0A000 for a baseline of another major version.
Against &compare(pg::ContextArena &arena, const Baseline &baseline);

// What differs, on either side, with all texts, sorted by core::before: changed objects are in both.
struct Differing {
  std::span<const core::Object> expected, actual;
  bool none() const { return expected.empty() && actual.empty(); }
};
Differing differing(pg::ContextArena &arena, const Baseline &baseline);

}  // namespace proapp::drift
