// drift, drift_summary, compare_manifests, drift_rules
#include "pg/boundary.hpp"

#include "catalog/manifest.hpp"
#include "core/diff.hpp"
#include "drift/attribution.hpp"
#include "drift/baseline.hpp"
#include "drift/comparison.hpp"
#include "drift/quick_check.hpp"
#include "pg/jsonb.hpp"
#include "pg/rows.hpp"

extern "C" {
#include <utils/timestamp.h>
}

namespace proapp::drift {

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
  const std::string_view name = resolve_name(arena, optional_text(arena, fcinfo, 0));
  if (const auto known = known_differences(name)) return emit(fcinfo, *known, attribute(arena, *known, name));
  begin_comparison(name);
  const Baseline baseline = load(arena, name);
  const Differing found = differing(arena, baseline);
  const std::span<const core::Difference> differences = core::diff(arena, found.expected, found.actual, pg::watch);
  end_comparison(differences);
  return emit(fcinfo, differences, attribute(arena, differences, name));
}

PROAPP_FUNCTION(proapp_drift_summary) {
  pg::ContextArena arena("proapp drift");
  const Baseline baseline = load(arena, resolve_name(arena, optional_text(arena, fcinfo, 0)));
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
