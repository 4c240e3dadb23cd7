// Baselines: manifests kept in proapp_data, object by object, so that a check reads digests and only then the few definitions that differ.
#pragma once
#include "pg/postgres.hpp"

#include "core/object.hpp"
#include "pg/context_arena.hpp"
#include "state/tables.hpp"

#include <optional>

namespace proapp::drift {

extern const state::Table baselines;
extern const state::Table baseline_objects;

struct Entry {
  core::Object object;  // without attributes
  std::string_view category;
  core::Digests digests;
  int32 place = 0;    // in the baseline
  bool seen = false;  // the database has it
  bool same = false;  // exactly as it was
};

struct Baseline {
  std::string_view name;
  std::span<const std::string_view> selectors;
  std::span<Entry> entries;  // sorted by core::before
};

// The name of the baseline that is meant; without a name the only one there is. Raises 42704 where no baseline was ever kept and one is named,
// 55000 where there is none, 22023 where a name is needed.
std::string_view resolve_name(core::Arena &arena, std::optional<std::string_view> name);

// The baseline of a name that resolve_name() gave. Raises 42704 for an unknown one.
Baseline load(core::Arena &arena, std::string_view name);

// The definitions of some of a baseline's objects, sorted by core::before.
std::span<const core::Object> load_definitions(core::Arena &arena, const Baseline &baseline, std::span<const Entry *const> entries);

}  // namespace proapp::drift
