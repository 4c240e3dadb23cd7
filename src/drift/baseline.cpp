// Our tables for baselines, and reading the current revision back
#include "pg/boundary.hpp"

#include "catalog/manifest.hpp"
#include "drift/baseline.hpp"
#include "pg/jsonb.hpp"
#include "pg/spi.hpp"

#include <algorithm>

namespace proapp::drift {

const state::Table baselines = {
    "baselines",
    "baseline text collate \"C\" primary key, revision integer not null, selectors text[] not null, postgresql integer not null, imported boolean not null, digest text not null,"
    " object_count bigint not null, saved_at timestamptz not null default pg_catalog.now(), saved_by text not null default session_user, reason text"};

const state::Table baseline_revisions = {
    "baseline_revisions",
    "baseline text collate \"C\" not null, revision integer not null, selectors text[] not null, postgresql integer not null, imported boolean not null, digest text not null,"
    " object_count bigint not null, saved_at timestamptz not null, saved_by text not null, reason text, primary key (baseline, revision)"};

const state::Table baseline_objects = {
    "baseline_objects",
    // By place, not by identity: that of a function with a hundred arguments is longer than an index entry may be.
    // The current rows come out of this index in their order, with a few past ones between them.
    "baseline text collate \"C\" not null, place integer not null, from_revision integer not null, until_revision integer, kind text not null, identity text not null, parent text,"
    " category text not null, digest text not null, aside text not null, definition jsonb not null, primary key (baseline, place, from_revision)"};

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

void unknown_baseline(std::string_view name) { core::fail("42704", core::message("baseline \"", name, "\" does not exist"), {}, "The view proapp.baselines lists those that do."); }

static core::Digest digest_of(std::string_view text) {
  core::Digest digest;
  if (!core::parse_hex(text, digest))
    core::fail("XX001", "a baseline's digest is damaged", "A row of proapp_data.baseline_objects was changed by hand.", "Save the baseline anew.");
  return digest;
}

std::string_view resolve_name(core::Arena &arena, std::optional<std::string_view> name) {
  const bool kept = OidIsValid(state::find(baselines)) && OidIsValid(state::find(baseline_objects));
  if (!kept && name) unknown_baseline(*name);
  if (!kept) core::fail("55000", "there is no baseline", {}, "Save one: select * from proapp.save_baseline('production');");
  if (name) return *name;
  pg::spi_begin();
  const std::string_view only = only_name(arena);
  pg::spi_end();
  return only;
}

std::optional<std::string_view> optional_text(core::Arena &arena, FunctionCallInfo fcinfo, int argument) {
  if (PG_ARGISNULL(argument)) return std::nullopt;
  return arena.copy(pg::view(PG_GETARG_DATUM(argument)));
}

// They are stored in this order; what a later revision brought stands behind, and somebody's hand may have changed more.
static void put_in_order(std::span<Entry> entries) {
  const auto in_order = [](const Entry &a, const Entry &b) { return core::before(a.object, b.object); };
  const auto behind = std::is_sorted_until(entries.begin(), entries.end(), in_order);
  std::sort(behind, entries.end(), in_order);
  std::inplace_merge(entries.begin(), behind, entries.end(), in_order);
}

Baseline load(core::Arena &arena, std::string_view name) {
  Baseline baseline;
  baseline.name = name;
  pg::spi_begin();
  if (state::run("select selectors, revision, postgresql, imported from proapp_data.baselines where baseline = $1", {baseline.name}, true) == 0) unknown_baseline(name);
  baseline.selectors = catalog::selectors(arena, {*pg::spi_datum(0, 1), false});
  baseline.revision = DatumGetInt32(*pg::spi_datum(0, 2));
  baseline.postgresql = DatumGetInt32(*pg::spi_datum(0, 3));
  baseline.imported = DatumGetBool(*pg::spi_datum(0, 4));
  const uint64 count =
      state::run("select place, kind, identity, parent, category, digest, aside from proapp_data.baseline_objects where baseline = $1 and until_revision is null order by place",
                 {baseline.name}, true);
  auto *entries = static_cast<Entry *>(arena.allocate(count * sizeof(Entry) + 1, alignof(Entry)));
  for (uint64 i = 0; i < count; ++i)
    new (&entries[i]) Entry{{arena.copy(pg::spi_text(i, 2)), arena.copy(pg::spi_text(i, 3)), arena.copy(pg::spi_text(i, 4)), {}},
                            arena.copy(pg::spi_text(i, 5)),
                            {digest_of(pg::spi_text(i, 6)), digest_of(pg::spi_text(i, 7))},
                            DatumGetInt32(*pg::spi_datum(i, 1))};
  pg::spi_end();
  baseline.entries = {entries, count};
  put_in_order(baseline.entries);
  return baseline;
}

void refuse_other_major(const Baseline &baseline) {
  constexpr int32 ours = PG_VERSION_NUM / 10000;
  if (baseline.postgresql == ours) return;
  ereport(
      ERROR,
      (errcode(ERRCODE_FEATURE_NOT_SUPPORTED), errmsg("baseline \"%s\" comes from PostgreSQL %d, and this server is %d", pg::c_string(baseline.name), baseline.postgresql, ours),
       errdetail("Each major version stores and prints definitions in its own way: what differs would not be what somebody changed."),
       errhint(
           "Look at select * from proapp.compare_manifests(proapp.baseline_document(%s), proapp.manifest_document()), then take the baseline anew with proapp.replace_baseline().",
           quote_literal_cstr(pg::c_string(baseline.name)))));
}

std::span<const core::Object> load_definitions(core::Arena &arena, const Baseline &baseline, std::span<const Entry *const> entries) {
  auto &places = arena.make<core::Vector<core::Value>>(arena);
  for (const Entry *entry : entries) places.push_back(core::Value(entry->place));
  auto &objects = arena.make<core::Vector<core::Object>>(arena);
  pg::spi_begin();
  const uint64 count = state::run(
      "select o.kind, o.identity, o.parent, o.definition from pg_catalog.jsonb_array_elements_text($2) wanted (place)"
      " join proapp_data.baseline_objects o on o.baseline = $1 and o.place = wanted.place::pg_catalog.int4 and o.until_revision is null",
      {baseline.name, {JSONBOID, pg::to_jsonb(core::Value(places.span()))}}, true);
  for (uint64 i = 0; i < count; ++i) {
    const core::Value definition = pg::from_jsonb(*pg::spi_datum(i, 4), arena, pg::watch);
    objects.push_back({arena.copy(pg::spi_text(i, 1)), arena.copy(pg::spi_text(i, 2)), arena.copy(pg::spi_text(i, 3)), definition.members()});
  }
  pg::spi_end();
  std::sort(objects.begin(), objects.end(), core::before);
  return objects.span();
}

}  // namespace proapp::drift
