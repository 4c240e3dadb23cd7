// accept_drift
#include "pg/boundary.hpp"

#include "catalog/manifest.hpp"
#include "core/diff.hpp"
#include "drift/accept.hpp"
#include "drift/baseline_store.hpp"
#include "drift/comparison.hpp"

#include <algorithm>

namespace proapp::drift {

// One object, or all. Of a relation that is missing or unexpected drift() lists nothing else, so what hangs on it goes along.
class Wanted {
 public:
  Wanted(std::optional<std::string_view> identity, std::span<const core::Difference> differences) : identity_(identity) {
    for (const core::Difference &difference : differences) {
      if (identity_ && difference.identity != *identity_) continue;
      count_ += 1;
      if (difference.change == core::Change::renamed) renamed_to_ = difference.actual;
      whole_ = whole_ || difference.change != core::Change::changed;
    }
  }

  bool operator()(const core::Object &object) const { return !identity_ || is(object, *identity_) || (!renamed_to_.empty() && is(object, renamed_to_)); }
  int64 count() const { return count_; }

 private:
  bool is(const core::Object &object, std::string_view identity) const { return object.identity == identity || (whole_ && object.parent == identity); }

  std::optional<std::string_view> identity_;
  std::string_view renamed_to_;
  int64 count_ = 0;
  bool whole_ = false;
};

static const Entry *find(std::span<const Entry> entries, const core::Object &object) {
  const auto found = std::lower_bound(entries.begin(), entries.end(), object, [](const Entry &entry, const core::Object &o) { return core::before(entry.object, o); });
  return found == entries.end() || core::before(object, found->object) ? nullptr : &*found;
}

// An object that is as it should be has nothing to accept; one that nobody knows was spelt in another way.
static void insist_on_known(const Baseline &baseline, std::string_view identity) {
  for (const Entry &entry : baseline.entries)
    if (entry.same && entry.object.identity == identity) return;
  ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("\"%s\" is not among the differences", pg::c_string(identity)),
                  errhint("drift() lists them as they are to be named: select identity from proapp.drift(%s);", quote_literal_cstr(pg::c_string(baseline.name)))));
}

int64 accept(pg::ContextArena &arena, std::string_view name, std::optional<std::string_view> identity, std::optional<std::string_view> reason) {
  state::refuse_while_restoring();
  lock_for_revision(name);
  const Baseline baseline = load(arena, name);
  const Differing found = differing(arena, baseline);
  release_snapshot();
  const Wanted wanted(identity, core::diff(arena, found.expected, found.actual, pg::watch));
  if (wanted.count() == 0) {
    if (identity) insist_on_known(baseline, *identity);
    return 0;
  }

  auto &changes = arena.make<Changes>(arena);
  auto &scratch = arena.make<core::Bytes>(arena);
  auto &tree = arena.make<core::TreeDigest>(arena);
  int64 count = 0;
  for (const Entry &entry : baseline.entries) {
    if (!entry.same && wanted(entry.object)) {
      changes.gone.push_back(core::Value(entry.place));
      continue;
    }
    tree.add(entry.object, entry.digests.digest);
    count += 1;
  }
  for (const core::Object &object : found.actual) {
    if (!wanted(object)) continue;
    const Entry *was = find(baseline.entries, object);
    changes.put(object, was == nullptr ? 0 : was->place);
    tree.add(object, core::digest(object, scratch).digest);
    count += 1;
  }
  store_next(arena, baseline,
             {.baseline = name,
              .selectors = baseline.selectors,
              .postgresql = baseline.postgresql,
              .imported = baseline.imported,
              .digest = tree.root(),
              .object_count = count,
              .reason = reason},
             changes);
  return wanted.count();
}

}  // namespace proapp::drift

namespace proapp {

PROAPP_FUNCTION(proapp_accept_drift) {
  pg::ContextArena arena("proapp baseline");
  const std::string_view name = drift::resolve_name(arena, drift::optional_text(arena, fcinfo, 0));
  PG_RETURN_INT64(drift::accept(arena, name, drift::optional_text(arena, fcinfo, 1), drift::optional_text(arena, fcinfo, 2)));
}

}  // namespace proapp
