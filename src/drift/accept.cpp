// accept_drift, accept_drift_except
#include "pg/boundary.hpp"

#include "catalog/manifest.hpp"
#include "core/diff.hpp"
#include "drift/accept.hpp"
#include "drift/baseline_store.hpp"
#include "drift/comparison.hpp"

#include <algorithm>

extern "C" {
#include <utils/array.h>
}

namespace proapp::drift {

// What is accepted: one object, all, or all but some. Of a relation that is missing or unexpected drift() lists nothing else, so what hangs on it goes along.
class Wanted {
 public:
  Wanted(core::Arena &arena, const Choice &choice, std::span<const core::Difference> differences) : choice_(choice), identities_(arena), parents_(arena) {
    identities_.assign(choice.except.begin(), choice.except.end());
    for (const core::Difference &difference : differences) {
      const bool named =
          choice.identity ? difference.identity == *choice.identity : std::find(choice.except.begin(), choice.except.end(), difference.identity) != choice.except.end();
      count_ += named == choice.identity.has_value();
      if (!named) continue;
      const bool whole = difference.change != core::Change::changed;
      name(difference.identity, whole);
      if (difference.change == core::Change::renamed) name(difference.actual, whole);
    }
    std::sort(identities_.begin(), identities_.end());
    std::sort(parents_.begin(), parents_.end());
  }

  bool operator()(const core::Object &object) const {
    const bool named = std::binary_search(identities_.begin(), identities_.end(), object.identity) || std::binary_search(parents_.begin(), parents_.end(), object.parent);
    return named == choice_.identity.has_value();
  }
  int64 count() const { return count_; }

 private:
  void name(std::string_view identity, bool whole) {
    identities_.push_back(identity);
    if (whole) parents_.push_back(identity);
  }

  const Choice &choice_;
  core::Vector<std::string_view> identities_, parents_;
  int64 count_ = 0;
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

int64 accept(pg::ContextArena &arena, std::string_view name, const Choice &choice, std::optional<std::string_view> reason) {
  state::refuse_while_restoring();
  lock_for_revision(name);
  const Baseline baseline = load(arena, name);
  const Differing found = differing(arena, baseline);
  release_snapshot();
  const auto &wanted = arena.make<Wanted>(arena, choice, core::diff(arena, found.expected, found.actual, pg::watch));
  if (wanted.count() == 0) {
    if (choice.identity) insist_on_known(baseline, *choice.identity);
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
  PG_RETURN_INT64(drift::accept(arena, name, {.identity = drift::optional_text(arena, fcinfo, 1)}, drift::optional_text(arena, fcinfo, 2)));
}

PROAPP_FUNCTION(proapp_accept_drift_except) {
  pg::ContextArena arena("proapp baseline");
  if (PG_ARGISNULL(1) || array_contains_nulls(PG_GETARG_ARRAYTYPE_P(1))) core::fail("22004", "identities must not be null", {}, "'{}' accepts everything.");
  const std::string_view name = drift::resolve_name(arena, drift::optional_text(arena, fcinfo, 0));
  PG_RETURN_INT64(drift::accept(arena, name, {.except = catalog::selectors(arena, fcinfo->args[1])}, drift::optional_text(arena, fcinfo, 2)));
}

}  // namespace proapp
