// drift, drift_summary, compare_manifests, drift_rules
#include "pg/boundary.hpp"

#include "catalog/manifest.hpp"
#include "core/diff.hpp"
#include "drift/baseline.hpp"
#include "drift/comparison.hpp"
#include "drift/quick_check.hpp"
#include "pg/jsonb.hpp"
#include "pg/rows.hpp"

#include <algorithm>

namespace proapp::drift {

static Datum emit(FunctionCallInfo fcinfo, std::span<const core::Difference> differences) {
  pg::Rows rows(fcinfo);
  for (const core::Difference &d : differences)
    rows.put({core::name(d.severity), d.kind, d.identity, core::name(d.change), pg::Cell::text_or_null(d.attribute), pg::Cell::text_or_null(d.expected),
              pg::Cell::text_or_null(d.actual), pg::Cell::null(), pg::Cell::null(), pg::Cell::text_or_null(d.fix)});
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
  if (known_to_be_equal(name)) return emit(fcinfo, {});
  begin_comparison(name);
  const Baseline baseline = load(arena, name);
  const Comparison found = compare(arena, baseline);
  end_comparison(found.equal());
  catalog::resolve(arena, found.actual);
  return emit(fcinfo, core::diff(arena, found.expected, found.actual, pg::watch));
}

PROAPP_FUNCTION(proapp_drift_summary) {
  pg::ContextArena arena("proapp drift");
  const Baseline baseline = load(arena, resolve_name(arena, name_argument(arena, fcinfo)));
  Categories &categories = count_differences(arena, baseline);
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
