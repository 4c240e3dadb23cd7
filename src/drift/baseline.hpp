// Baselines: manifests kept in proapp_data, object by object, so that a check reads digests and only then the few definitions that differ.
// A baseline has revisions. An object's row says from which revision on it holds and, once another took its place or it went, until which:
// a new revision writes what changed, and every old one can still be read.
#pragma once
#include "pg/postgres.hpp"

#include "core/object.hpp"
#include "pg/context_arena.hpp"
#include "state/tables.hpp"

#include <optional>

namespace proapp::drift {

extern const state::Table baselines;           // the current revision of each
extern const state::Table baseline_revisions;  // those before it
extern const state::Table baseline_objects;

struct Entry {
  core::Object object;  // without attributes
  std::string_view category;
  core::Digests digests;
  int32 place = 0;    // in the baseline, the same in all revisions that have the object
  bool seen = false;  // the database has it
  bool same = false;  // exactly as it was
};

struct Baseline {
  std::string_view name;
  int32 revision = 1;
  int32 postgresql = 0;   // major version whose definitions these are
  bool imported = false;  // from a document, not from this database
  std::span<const std::string_view> selectors;
  std::span<Entry> entries;  // sorted by core::before
};

[[noreturn]] void unknown_baseline(std::string_view name);

// The name of the baseline that is meant; without a name the only one there is. Raises 42704 where no baseline was ever kept and one is named,
// 55000 where there is none, 22023 where a name is needed.
std::string_view resolve_name(core::Arena &arena, std::optional<std::string_view> name);

// An argument that may be null; copied.
std::optional<std::string_view> optional_text(core::Arena &arena, FunctionCallInfo fcinfo, int argument);

// The current revision of a baseline of a name that resolve_name() gave, as the active snapshot has it. Raises 42704 for an unknown one.
Baseline load(core::Arena &arena, std::string_view name);

// Raises 0A000 where the baseline holds the definitions of another major version than this server's: each prints and stores them in its own way.
void refuse_other_major(const Baseline &baseline);

// The definitions of some of a baseline's objects, sorted by core::before.
std::span<const core::Object> load_definitions(core::Arena &arena, const Baseline &baseline, std::span<const Entry *const> entries);

}  // namespace proapp::drift
