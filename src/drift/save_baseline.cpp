// save_baseline, replace_baseline, drop_baseline; the views baselines and baseline_revisions
#include "pg/boundary.hpp"

#include "catalog/manifest.hpp"
#include "drift/baseline_store.hpp"
#include "drift/categories.hpp"
#include "pg/rows.hpp"

#include <algorithm>

namespace proapp::drift {

// The database's objects as a revision would keep them.
struct Taken {
  std::span<core::Object> objects;
  core::Digest digest;
  Categories *counts;
};

static Taken take(pg::ContextArena &arena, std::span<const std::string_view> selectors, bool strict) {
  auto &scratch = arena.make<core::Bytes>(arena);
  auto &tree = arena.make<core::TreeDigest>(arena);
  Taken taken{catalog::manifest(arena, selectors, strict), {}, &arena.make<Categories>(arena)};
  for (const core::Object &object : taken.objects) {
    tree.add(object, core::digest(object, scratch).digest);
    taken.counts->at(catalog::category(object)).actual += 1;
  }
  taken.digest = tree.root();
  return taken;
}

static Datum emit(FunctionCallInfo fcinfo, Categories &counts) {
  pg::Rows rows(fcinfo);
  for (const Category &category : counts.sorted()) rows.put({category.name, category.actual});
  return rows.done();
}

// Both sides are sorted. Definitions of another major version are replaced also where their digests are equal.
static void compare(const Baseline &before, std::span<const core::Object> now, core::Bytes &scratch, Changes &changes) {
  const bool comparable = before.postgresql == PG_VERSION_NUM / 10000;
  size_t e = 0;
  for (const core::Object &object : now) {
    while (e < before.entries.size() && core::before(before.entries[e].object, object)) changes.gone.push_back(core::Value(before.entries[e++].place));
    if (e == before.entries.size() || core::before(object, before.entries[e].object)) {
      changes.put(object, 0);
      continue;
    }
    const Entry &entry = before.entries[e++];
    const core::Digests digests = core::digest(object, scratch);
    if (comparable && digests.digest == entry.digests.digest && digests.aside == entry.digests.aside) continue;
    changes.gone.push_back(core::Value(entry.place));
    changes.put(object, entry.place);
  }
  while (e < before.entries.size()) changes.gone.push_back(core::Value(before.entries[e++].place));
}

static bool same_selectors(std::span<const std::string_view> a, std::span<const std::string_view> b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); }

}  // namespace proapp::drift

namespace proapp {

using namespace drift;

PROAPP_FUNCTION(proapp_save_baseline) {
  pg::ContextArena arena("proapp baseline");
  const std::string_view name = new_name(arena, fcinfo);
  const auto selectors = catalog::selectors(arena, fcinfo->args[1]);
  const Taken taken = take(arena, selectors, true);
  store_first(arena, {.baseline = name, .selectors = selectors, .digest = taken.digest, .object_count = static_cast<int64>(taken.objects.size())}, taken.objects);
  return emit(fcinfo, *taken.counts);
}

PROAPP_FUNCTION(proapp_replace_baseline) {
  pg::ContextArena arena("proapp baseline");
  const std::string_view name = resolve_name(arena, new_name(arena, fcinfo));
  const auto given = catalog::selectors(arena, fcinfo->args[1]);
  state::refuse_while_restoring();
  lock_for_revision(name);
  const Baseline before = load(arena, name);
  // Selectors that the baseline has already may have come to match nothing.
  const auto selectors = given.empty() ? before.selectors : given;
  const Taken taken = take(arena, selectors, !given.empty());
  release_snapshot();
  auto &changes = arena.make<Changes>(arena);
  compare(before, taken.objects, arena.make<core::Bytes>(arena), changes);
  if (!changes.empty() || before.imported || before.postgresql != PG_VERSION_NUM / 10000 || !same_selectors(before.selectors, selectors))
    store_next(arena, before, {.baseline = name, .selectors = selectors, .digest = taken.digest, .object_count = static_cast<int64>(taken.objects.size())}, changes);
  return emit(fcinfo, *taken.counts);
}

PROAPP_FUNCTION(proapp_drop_baseline) {
  pg::ContextArena arena("proapp baseline");
  const std::string_view name = resolve_name(arena, new_name(arena, fcinfo));
  state::refuse_while_restoring();
  pg::spi_begin();
  // First what says that it exists: whoever is writing a revision of it is waited for.
  if (state::run("delete from proapp_data.baselines where baseline = $1", {name}) == 0) unknown_baseline(name);
  state::run("delete from proapp_data.baseline_objects where baseline = $1", {name});
  state::run("delete from proapp_data.baseline_revisions where baseline = $1", {name});
  pg::spi_end();
  PG_RETURN_VOID();
}

PROAPP_FUNCTION(proapp_baselines) {
  return state::rows(fcinfo, baselines,
                     "select baseline::pg_catalog.text, revision, selectors, postgresql, imported, digest, object_count, saved_at, saved_by, reason"
                     " from proapp_data.baselines order by baseline");
}

PROAPP_FUNCTION(proapp_baseline_revisions) {
  return state::rows(fcinfo, baseline_revisions,
                     "select baseline::pg_catalog.text, revision, selectors, postgresql, imported, digest, object_count, saved_at, saved_by, reason from ("
                     "select baseline, revision, selectors, postgresql, imported, digest, object_count, saved_at, saved_by, reason from proapp_data.baselines union all "
                     "select baseline, revision, selectors, postgresql, imported, digest, object_count, saved_at, saved_by, reason from proapp_data.baseline_revisions) all_of_them"
                     " order by baseline, revision desc");
}

}  // namespace proapp
