// import_baseline, baseline_document: between baselines and documents
#include "pg/boundary.hpp"

#include "catalog/manifest.hpp"
#include "core/document.hpp"
#include "core/selector.hpp"
#include "drift/baseline_store.hpp"
#include "drift/categories.hpp"
#include "pg/jsonb.hpp"
#include "pg/rows.hpp"

#include <algorithm>

namespace proapp::drift {

// A document's selectors become those of drift(): they must be some.
static std::span<const std::string_view> selectors_of(core::Arena &arena, const core::Document &document) {
  auto &texts = arena.make<core::Vector<std::string_view>>(arena);
  for (const core::Value &selector : document.selectors) texts.push_back(selector.text());
  arena.make<core::Selection>(arena, texts.span());
  return texts.span();
}

// A revision of a baseline, whichever: its head, then its objects.
static core::Document read_revision(core::Arena &arena, std::string_view name, const NullableDatum &revision) {
  core::Document document;
  pg::spi_begin();
  const pg::Argument wanted{INT4OID, revision.value, revision.isnull};
  constexpr char head[] =
      "select selectors, revision, postgresql, digest from proapp_data.baselines where baseline = $1 and revision = coalesce($2, revision) union all "
      "select selectors, revision, postgresql, digest from proapp_data.baseline_revisions where baseline = $1 and revision = $2";
  if (state::run(head, {name, wanted}, true) == 0) {
    if (revision.isnull || state::run("select from proapp_data.baselines where baseline = $1", {name}, true) == 0) unknown_baseline(name);
    ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("baseline \"%s\" has no revision %d", pg::c_string(name), DatumGetInt32(revision.value)),
                    errhint("The view proapp.baseline_revisions lists those that it has.")));
  }
  auto &selectors = arena.make<core::Vector<core::Value>>(arena);
  for (const std::string_view selector : catalog::selectors(arena, {*pg::spi_datum(0, 1), false})) selectors.push_back(core::Value(selector));
  document.selectors = selectors.span();
  const int32 number = DatumGetInt32(*pg::spi_datum(0, 2));
  document.postgresql = DatumGetInt32(*pg::spi_datum(0, 3));
  core::parse_hex(pg::spi_text(0, 4), document.digest);

  const uint64 count = state::run(
      "select kind, identity, parent, definition from proapp_data.baseline_objects where baseline = $1 and from_revision <= $2 and (until_revision > $2 or until_revision is null)"
      " order by place",
      {name, number}, true);
  auto &objects = arena.make<core::Vector<core::Object>>(arena);
  objects.reserve(count);
  for (uint64 i = 0; i < count; ++i) {
    const core::Value definition = pg::from_jsonb(*pg::spi_datum(i, 4), arena, pg::watch);
    objects.push_back({arena.copy(pg::spi_text(i, 1)), arena.copy(pg::spi_text(i, 2)), arena.copy(pg::spi_text(i, 3)), definition.members()});
  }
  pg::spi_end();
  std::sort(objects.begin(), objects.end(), core::before);
  document.objects = objects.span();
  return document;
}

}  // namespace proapp::drift

namespace proapp {

using namespace drift;

PROAPP_FUNCTION(proapp_import_baseline) {
  pg::ContextArena arena("proapp baseline");
  const std::string_view name = new_name(arena, fcinfo);
  if (PG_ARGISNULL(1)) core::fail("22004", "a manifest document must not be null", {}, "Make one with proapp.manifest_document().");
  const core::Document document = core::read_document(arena, pg::from_jsonb(PG_GETARG_DATUM(1), arena, pg::watch), pg::watch);
  const auto selectors = selectors_of(arena, document);
  auto &objects = arena.make<core::Vector<core::Object>>(arena);
  auto &counts = arena.make<Categories>(arena);
  for (const core::Object &object : document.objects) {
    objects.push_back(object);
    counts.at(catalog::category(object)).actual += 1;
  }
  store_first(arena,
              {.baseline = name,
               .selectors = selectors,
               .postgresql = static_cast<int32>(document.postgresql),
               .imported = true,
               .digest = document.digest,
               .object_count = static_cast<int64>(objects.size())},
              {objects.data(), objects.size()});
  pg::Rows rows(fcinfo);
  for (const Category &category : counts.sorted()) rows.put({category.name, category.actual});
  return rows.done();
}

PROAPP_FUNCTION(proapp_baseline_document) {
  pg::ContextArena arena("proapp baseline");
  const std::string_view name = resolve_name(arena, optional_text(arena, fcinfo, 0));
  return pg::to_jsonb(core::write_document(arena, read_revision(arena, name, fcinfo->args[1]), core::Value(std::span<const core::Member>{})));
}

}  // namespace proapp
