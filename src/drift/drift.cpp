// drift, drift_summary, compare_manifests, drift_rules
#include "pg/boundary.hpp"

#include "catalog/collect.hpp"
#include "catalog/manifest.hpp"
#include "core/diff.hpp"
#include "drift/attribution.hpp"
#include "drift/baseline.hpp"
#include "drift/categories.hpp"
#include "drift/quick_check.hpp"
#include "pg/jsonb.hpp"
#include "pg/rows.hpp"

#include <algorithm>

extern "C" {
#include <utils/timestamp.h>
}

namespace proapp::drift {

// Compares digests while the catalogs are read and keeps only what differs.
class Against final : public catalog::Sink {
 public:
  Against(core::Arena &arena, std::span<Entry> expected) : arena_(arena), expected_(expected), scratch_(arena), different_(arena), categories_(arena) {}

  void take(const core::Object &object) override {
    const core::Digests digests = core::digest(object, scratch_);
    Category &category = categories_.at(catalog::category(object));
    category.actual += 1;
    const auto found = std::lower_bound(expected_.begin(), expected_.end(), object, [](const Entry &entry, const core::Object &o) { return core::before(entry.object, o); });
    const bool known = found != expected_.end() && !core::before(object, found->object);
    if (known) {
      found->seen = true;
      if (found->digests.digest == digests.digest && found->digests.aside == digests.aside) {
        found->same = true;
        return;
      }
    }
    // A difference that a restore can make does not spoil the checklist.
    if (!known || found->digests.digest != digests.digest) (known ? category.changed : category.unexpected) += 1;
    different_.push_back(core::copy(arena_, object));
  }

  std::span<core::Object> different() {
    std::sort(different_.begin(), different_.end(), core::before);
    return {different_.data(), different_.size()};
  }

  // What the baseline has and the database has otherwise, or not at all.
  std::span<const Entry *const> not_the_same() {
    auto &entries = arena_.make<core::Vector<const Entry *>>(arena_);
    for (const Entry &entry : expected_)
      if (!entry.same) entries.push_back(&entry);
    return entries.span();
  }

  Categories &categories() {
    for (const Entry &entry : expected_) {
      Category &category = categories_.at(entry.category);
      category.expected += 1;
      category.missing += !entry.seen;
    }
    return categories_;
  }

 private:
  core::Arena &arena_;
  std::span<Entry> expected_;
  core::Bytes scratch_;
  core::Vector<core::Object> different_;
  Categories categories_;
};

static Against &compare(pg::ContextArena &arena, const Baseline &baseline) {
  auto &selection = arena.make<core::Selection>(arena, baseline.selectors);
  auto &against = arena.make<Against>(arena, baseline.entries);
  catalog::collect(arena, selection, against);
  return against;
}

// `attributions`: one for each difference, or none at all.
static Datum emit(FunctionCallInfo fcinfo, std::span<const core::Difference> differences, std::span<const Attribution> attributions = {}) {
  pg::Rows rows(fcinfo);
  for (size_t i = 0; i < differences.size(); ++i) {
    const core::Difference &d = differences[i];
    const Attribution who = attributions.empty() ? Attribution{} : attributions[i];
    const bool known = who.changed_by != nullptr;
    rows.put({core::name(d.severity), d.kind, d.identity, core::name(d.change), pg::Cell::text_or_null(d.attribute), pg::Cell::text_or_null(d.expected),
              pg::Cell::text_or_null(d.actual), known ? pg::Cell(who.changed_by) : pg::Cell::null(), known ? pg::Cell::of(TimestampTzGetDatum(who.changed_at)) : pg::Cell::null(),
              pg::Cell::text_or_null(d.fix)});
  }
  return rows.done();
}

static std::optional<std::string_view> name_argument(core::Arena &arena, FunctionCallInfo fcinfo) {
  if (PG_ARGISNULL(0)) return std::nullopt;
  return arena.copy(pg::view(PG_GETARG_DATUM(0)));
}

static std::string_view status(core::Arena &arena, const Category &category) {
  core::Bytes text(arena);
  const auto part = [&](std::int64_t count, std::string_view word) {
    if (count == 0) return;
    if (text.size() > 0) text.raw(", ");
    text.number(count).raw(' ').raw(word);
  };
  part(category.missing, "missing");
  part(category.unexpected, "unexpected");
  part(category.changed, "changed");
  return text.size() == 0 ? std::string_view("OK") : arena.copy(text.view());
}

}  // namespace proapp::drift

namespace proapp {

using namespace drift;

PROAPP_FUNCTION(proapp_drift) {
  pg::ContextArena arena("proapp drift");
  const std::string_view name = resolve_name(arena, name_argument(arena, fcinfo));
  if (const auto known = known_differences(name)) return emit(fcinfo, *known, attribute(arena, *known, name));
  begin_comparison(name);
  const Baseline baseline = load(arena, name);
  Against &against = compare(arena, baseline);
  const auto entries = against.not_the_same();
  const std::span<const core::Object> expected = entries.empty() ? std::span<const core::Object>{} : load_definitions(arena, baseline, entries);
  const std::span<core::Object> actual = against.different();
  catalog::resolve(arena, actual);
  const std::span<const core::Difference> differences = core::diff(arena, expected, actual, pg::watch);
  end_comparison(differences);
  return emit(fcinfo, differences, attribute(arena, differences, name));
}

PROAPP_FUNCTION(proapp_drift_summary) {
  pg::ContextArena arena("proapp drift");
  const Baseline baseline = load(arena, resolve_name(arena, name_argument(arena, fcinfo)));
  Categories &categories = compare(arena, baseline).categories();
  pg::Rows rows(fcinfo);
  for (const Category &category : categories.sorted()) rows.put({category.name, category.expected, category.actual, status(arena, category)});
  return rows.done();
}

PROAPP_FUNCTION(proapp_compare_manifests) {
  pg::ContextArena arena("proapp drift");
  if (PG_ARGISNULL(0) || PG_ARGISNULL(1)) core::fail("22004", "a manifest document must not be null", {}, "Make one with proapp.manifest_document().");
  const core::Document expected = core::read_document(arena, pg::from_jsonb(PG_GETARG_DATUM(0), arena, pg::watch), pg::watch);
  const core::Document actual = core::read_document(arena, pg::from_jsonb(PG_GETARG_DATUM(1), arena, pg::watch), pg::watch);
  return emit(fcinfo, core::diff(arena, expected.objects, actual.objects, pg::watch));
}

PROAPP_FUNCTION(proapp_drift_rules) {
  pg::Rows rows(fcinfo);
  for (const core::Rule &rule : core::rules()) rows.put({rule.kind, pg::Cell::text_or_null(rule.attribute), core::name(rule.change), core::name(rule.severity), rule.reason});
  return rows.done();
}

}  // namespace proapp
