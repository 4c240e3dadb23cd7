// save_baseline, drop_baseline, the view baselines; reading them back
#include "pg/boundary.hpp"

#include "catalog/manifest.hpp"
#include "drift/baseline.hpp"
#include "drift/categories.hpp"
#include "drift/ddl_log.hpp"
#include "pg/jsonb.hpp"
#include "pg/rows.hpp"
#include "pg/spi.hpp"
#include "state/retention.hpp"

#include <algorithm>

namespace proapp::drift {

const state::Table baselines = {
    "baselines",
    "baseline text collate \"C\" primary key, selectors text[] not null, postgresql integer not null, digest text not null, object_count bigint not null,"
    " saved_at timestamptz not null default pg_catalog.now(), saved_by text not null default session_user"};

const state::Table baseline_objects = {
    "baseline_objects",
    // By place, not by identity: that of a function with a hundred arguments is longer than an index entry may be.
    "baseline text collate \"C\" not null, place integer not null, kind text not null, identity text not null, parent text, category text not null,"
    " digest text not null, aside text not null, definition jsonb not null, primary key (baseline, place)"};

// ---- reading ----

static std::string_view only_name(core::Arena &arena) {
  const uint64 count = state::run("select baseline from proapp_data.baselines order by 1", {}, true);
  if (count == 0) core::fail("55000", "there is no baseline", {}, "Save one: select * from proapp.save_baseline('production');");
  if (count > 1) {
    core::Text names = core::message("The baselines are: ", pg::spi_text(0, 1));
    for (uint64 i = 1; i < count; ++i) names = core::message(names, ", ", pg::spi_text(i, 1));
    core::fail("22023", "several baselines exist and none was named", names, "Name one: select * from proapp.drift('…');");
  }
  return arena.copy(pg::spi_text(0, 1));
}

[[noreturn]] static void unknown(std::string_view name) {
  core::fail("42704", core::message("baseline \"", name, "\" does not exist"), {}, "The view proapp.baselines lists those that do.");
}

static core::Digest digest_of(std::string_view text) {
  core::Digest digest;
  if (!core::parse_hex(text, digest))
    core::fail("XX001", "a baseline's digest is damaged", "A row of proapp_data.baseline_objects was changed by hand.", "Save the baseline anew.");
  return digest;
}

std::string_view resolve_name(core::Arena &arena, std::optional<std::string_view> name) {
  const bool kept = OidIsValid(state::find(baselines)) && OidIsValid(state::find(baseline_objects));
  if (!kept && name) unknown(*name);
  if (!kept) core::fail("55000", "there is no baseline", {}, "Save one: select * from proapp.save_baseline('production');");
  if (name) return *name;
  pg::spi_begin();
  const std::string_view only = only_name(arena);
  pg::spi_end();
  return only;
}

Baseline load(core::Arena &arena, std::string_view name) {
  Baseline baseline;
  baseline.name = name;
  pg::spi_begin();
  if (state::run("select selectors from proapp_data.baselines where baseline = $1", {baseline.name}, true) == 0) unknown(baseline.name);
  baseline.selectors = catalog::selectors(arena, {*pg::spi_datum(0, 1), false});
  const uint64 count =
      state::run("select place, kind, identity, parent, category, digest, aside from proapp_data.baseline_objects where baseline = $1 order by place", {baseline.name}, true);
  auto *entries = static_cast<Entry *>(arena.allocate(count * sizeof(Entry) + 1, alignof(Entry)));
  for (uint64 i = 0; i < count; ++i)
    new (&entries[i]) Entry{{arena.copy(pg::spi_text(i, 2)), arena.copy(pg::spi_text(i, 3)), arena.copy(pg::spi_text(i, 4)), {}},
                            arena.copy(pg::spi_text(i, 5)),
                            {digest_of(pg::spi_text(i, 6)), digest_of(pg::spi_text(i, 7))},
                            DatumGetInt32(*pg::spi_datum(i, 1))};
  pg::spi_end();
  baseline.entries = {entries, count};
  // They were stored in this order; somebody's hand may have changed it.
  const auto in_order = [](const Entry &a, const Entry &b) { return core::before(a.object, b.object); };
  if (!std::is_sorted(entries, entries + count, in_order)) std::sort(entries, entries + count, in_order);
  return baseline;
}

std::span<const core::Object> load_definitions(core::Arena &arena, const Baseline &baseline, std::span<const Entry *const> entries) {
  auto &places = arena.make<core::Vector<core::Value>>(arena);
  for (const Entry *entry : entries) places.push_back(core::Value(entry->place));
  auto &objects = arena.make<core::Vector<core::Object>>(arena);
  pg::spi_begin();
  const uint64 count = state::run(
      "select o.kind, o.identity, o.parent, o.definition from pg_catalog.jsonb_array_elements_text($2) wanted (place)"
      " join proapp_data.baseline_objects o on o.baseline = $1 and o.place = wanted.place::pg_catalog.int4",
      {baseline.name, {JSONBOID, pg::to_jsonb(core::Value(places.span()))}}, true);
  for (uint64 i = 0; i < count; ++i) {
    const core::Value definition = pg::from_jsonb(*pg::spi_datum(i, 4), arena, pg::watch);
    objects.push_back({arena.copy(pg::spi_text(i, 1)), arena.copy(pg::spi_text(i, 2)), arena.copy(pg::spi_text(i, 3)), definition.members()});
  }
  pg::spi_end();
  std::sort(objects.begin(), objects.end(), core::before);
  return objects.span();
}

// ---- writing ----

static core::Value stored_object(core::Arena &arena, const core::Object &object, size_t place, core::Bytes &scratch) {
  const core::Digests digests = core::digest(object, scratch);
  const core::Member members[] = {{"place", core::Value(static_cast<int64_t>(place))},
                                  {"kind", core::Value(object.kind)},
                                  {"identity", core::Value(object.identity)},
                                  {"parent", object.parent.empty() ? core::Value() : core::Value(object.parent)},
                                  {"category", core::Value(catalog::category(object))},
                                  {"digest", core::Value(core::hex(arena, digests.digest))},
                                  {"aside", core::Value(core::hex(arena, digests.aside))},
                                  {"definition", object.definition()}};
  return core::Value(arena.copy(std::span<const core::Member>(members)));
}

// A thousand objects a statement: one JSON value must not grow with the database.
static void store(pg::ContextArena &arena, std::string_view name, std::span<core::Object> objects) {
  constexpr size_t batch = 1000;
  auto &scratch = arena.make<core::Bytes>(arena);
  auto &of_batch = arena.make<pg::ContextArena>(AllocSetContextCreate(arena.context(), "proapp baseline batch", ALLOCSET_DEFAULT_SIZES));
  for (size_t start = 0; start < objects.size(); start += batch) {
    CHECK_FOR_INTERRUPTS();
    const std::span<core::Object> part = objects.subspan(start, std::min(batch, objects.size() - start));
    catalog::resolve(of_batch, part);
    auto &values = of_batch.make<core::Vector<core::Value>>(of_batch);
    size_t place = start;
    for (const core::Object &object : part) values.push_back(stored_object(of_batch, object, ++place, scratch));
    pg::spi_begin();
    state::run(
        "insert into proapp_data.baseline_objects (baseline, place, kind, identity, parent, category, digest, aside, definition)"
        " select $1, o.* from pg_catalog.jsonb_to_recordset($2) as o(place integer, kind text, identity text, parent text, category text, digest text, aside text, definition "
        "jsonb)",
        {name, {JSONBOID, pg::to_jsonb(core::Value(values.span()))}});
    pg::spi_end();
    of_batch.reset();
  }
}

static std::string_view name_argument(core::Arena &arena, FunctionCallInfo fcinfo) {
  if (PG_ARGISNULL(0)) core::fail("22004", "a baseline's name must not be null");
  const std::string_view name = arena.copy(pg::view(PG_GETARG_DATUM(0)));
  if (name.empty()) core::fail("22023", "a baseline's name must not be empty");
  return name;
}

}  // namespace proapp::drift

namespace proapp {

using namespace drift;

PROAPP_FUNCTION(proapp_save_baseline) {
  pg::ContextArena arena("proapp baseline");
  const std::string_view name = name_argument(arena, fcinfo);
  const auto selectors = catalog::selectors(arena, fcinfo->args[1]);
  const std::span<core::Object> objects = catalog::manifest(arena, selectors, true);
  auto &scratch = arena.make<core::Bytes>(arena);
  auto &tree = arena.make<core::TreeDigest>(arena);
  auto &counts = arena.make<Categories>(arena);
  for (const core::Object &object : objects) {
    tree.add(object, core::digest(object, scratch).digest);
    counts.at(catalog::category(object)).actual += 1;
  }
  const std::string_view digest = core::hex(arena, tree.root());

  state::find_or_make(baselines);
  state::find_or_make(baseline_objects);
  state::find_or_make(ddl_log);
  state::forget_old(ddl_log, "logged_at");
  pg::spi_begin();
  const uint64 saved = state::run("insert into proapp_data.baselines (baseline, selectors, postgresql, digest, object_count) values ($1, $2, $3, $4, $5) on conflict do nothing",
                                  {name, {TEXTARRAYOID, PG_GETARG_DATUM(1)}, static_cast<int32>(PG_VERSION_NUM / 10000), digest, static_cast<int64>(objects.size())});
  pg::spi_end();
  if (saved == 0)
    core::fail("42710", core::message("baseline \"", name, "\" already exists"), {},
               core::message("Drop it first: select proapp.drop_baseline(", quote_literal_cstr(pg::c_string(name)), ");"));
  store(arena, name, objects);

  pg::Rows rows(fcinfo);
  for (const Category &category : counts.sorted()) rows.put({category.name, category.actual});
  return rows.done();
}

PROAPP_FUNCTION(proapp_drop_baseline) {
  pg::ContextArena arena("proapp baseline");
  const std::string_view name = name_argument(arena, fcinfo);
  if (!OidIsValid(state::find(baselines))) unknown(name);
  state::refuse_while_restoring();
  pg::spi_begin();
  state::run("delete from proapp_data.baseline_objects where baseline = $1", {name});
  const uint64 dropped = state::run("delete from proapp_data.baselines where baseline = $1", {name});
  pg::spi_end();
  if (dropped == 0) unknown(name);
  PG_RETURN_VOID();
}

PROAPP_FUNCTION(proapp_baselines) {
  return state::rows(fcinfo, baselines,
                     "select baseline::pg_catalog.text, selectors, postgresql, digest, object_count, saved_at, saved_by from proapp_data.baselines order by baseline");
}

}  // namespace proapp
