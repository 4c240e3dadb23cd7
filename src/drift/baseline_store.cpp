#include "pg/boundary.hpp"

#include "catalog/manifest.hpp"
#include "drift/baseline_store.hpp"
#include "drift/ddl_log.hpp"
#include "pg/jsonb.hpp"
#include "state/retention.hpp"

#include <algorithm>

extern "C" {
#include <utils/array.h>
}

namespace proapp::drift {

std::string_view new_name(core::Arena &arena, FunctionCallInfo fcinfo) {
  const auto name = optional_text(arena, fcinfo, 0);
  if (!name) core::fail("22004", "a baseline's name must not be null");
  if (name->empty()) core::fail("22023", "a baseline's name must not be empty");
  return *name;
}

static pg::Argument selectors_of(const Head &head) {
  return pg::text_array(head.selectors.size(), [&head](size_t i) { return head.selectors[i]; });
}

static core::Value stored_object(core::Arena &arena, const core::Object &object, int32 place, core::Bytes &scratch) {
  const core::Digests digests = core::digest(object, scratch);
  const core::Member members[] = {{"place", core::Value(place)},
                                  {"kind", core::Value(object.kind)},
                                  {"identity", core::Value(object.identity)},
                                  {"parent", object.parent.empty() ? core::Value() : core::Value(object.parent)},
                                  {"category", core::Value(catalog::category(object))},
                                  {"digest", core::Value(core::hex(arena, digests.digest))},
                                  {"aside", core::Value(core::hex(arena, digests.aside))},
                                  {"definition", object.definition()}};
  return core::Value(arena.copy(std::span<const core::Member>(members)));
}

// A thousand objects a statement: one JSON value must not grow with the database. New objects get the places after `last`.
static void store_objects(pg::ContextArena &arena, std::string_view baseline, int32 revision, std::span<core::Object> objects, std::span<const int32> places, int32 last) {
  constexpr size_t batch = 1000;
  auto &scratch = arena.make<core::Bytes>(arena);
  auto &of_batch = arena.make<pg::ContextArena>(AllocSetContextCreate(arena.context(), "proapp baseline batch", ALLOCSET_DEFAULT_SIZES));
  for (size_t start = 0; start < objects.size(); start += batch) {
    CHECK_FOR_INTERRUPTS();
    const std::span<core::Object> part = objects.subspan(start, std::min(batch, objects.size() - start));
    catalog::resolve(of_batch, part);
    auto &values = of_batch.make<core::Vector<core::Value>>(of_batch);
    for (size_t i = 0; i < part.size(); ++i) {
      const int32 given = places.empty() ? 0 : places[start + i];
      values.push_back(stored_object(of_batch, part[i], given != 0 ? given : ++last, scratch));
    }
    pg::spi_begin();
    state::run(
        "insert into proapp_data.baseline_objects (baseline, place, from_revision, kind, identity, parent, category, digest, aside, definition)"
        " select $1, o.place, $2, o.kind, o.identity, o.parent, o.category, o.digest, o.aside, o.definition from pg_catalog.jsonb_to_recordset($3)"
        " as o (place integer, kind text, identity text, parent text, category text, digest text, aside text, definition jsonb)",
        {baseline, revision, {JSONBOID, pg::to_jsonb(core::Value(values.span()))}});
    pg::spi_end();
    of_batch.reset();
  }
}

void store_first(pg::ContextArena &arena, const Head &head, std::span<core::Object> objects) {
  const std::string_view digest = core::hex(arena, head.digest);
  state::find_or_make(baselines);
  state::find_or_make(baseline_revisions);
  state::find_or_make(baseline_objects);
  state::find_or_make(ddl_log);
  state::forget_old(ddl_log, "logged_at");
  pg::spi_begin();
  const uint64 saved = state::run(
      "insert into proapp_data.baselines (baseline, revision, selectors, postgresql, imported, digest, object_count, reason) values ($1, 1, $2, $3, $4, $5, $6, $7)"
      " on conflict do nothing",
      {head.baseline, selectors_of(head), head.postgresql, head.imported, digest, head.object_count, head.reason});
  pg::spi_end();
  if (saved == 0)
    ereport(ERROR, (errcode(ERRCODE_DUPLICATE_OBJECT), errmsg("baseline \"%s\" already exists", pg::c_string(head.baseline)),
                    errhint("Keep it as a revision: select * from proapp.replace_baseline(%s); or drop it first: select proapp.drop_baseline(%s);",
                            quote_literal_cstr(pg::c_string(head.baseline)), quote_literal_cstr(pg::c_string(head.baseline)))));
  store_objects(arena, head.baseline, 1, objects, {}, 0);
}

void lock_for_revision(std::string_view baseline) {
  pg::spi_begin();
  if (state::run("select from proapp_data.baselines where baseline = $1 for update", {baseline}) == 0) unknown_baseline(baseline);
  pg::spi_end();
  // Our caller's snapshot may be from before the lock was granted. Where it must not change, the lock has raised 40001 instead.
  PushActiveSnapshot(GetTransactionSnapshot());
}

void release_snapshot() { PopActiveSnapshot(); }

void store_next(pg::ContextArena &arena, const Baseline &before, const Head &head, Changes &changes) {
  const int32 revision = before.revision + 1;
  const std::string_view digest = core::hex(arena, head.digest);
  pg::spi_begin();
  state::run(
      "insert into proapp_data.baseline_revisions (baseline, revision, selectors, postgresql, imported, digest, object_count, saved_at, saved_by, reason)"
      " select baseline, revision, selectors, postgresql, imported, digest, object_count, saved_at, saved_by, reason from proapp_data.baselines where baseline = $1",
      {head.baseline});
  state::run(
      "update proapp_data.baselines set revision = $2, selectors = $3, postgresql = $4, imported = $5, digest = $6, object_count = $7, reason = $8,"
      " saved_at = pg_catalog.now(), saved_by = session_user where baseline = $1",
      {head.baseline, revision, selectors_of(head), head.postgresql, head.imported, digest, head.object_count, head.reason});
  state::run(
      "update proapp_data.baseline_objects o set until_revision = $2 from pg_catalog.jsonb_array_elements_text($3) gone (place)"
      " where o.baseline = $1 and o.place = gone.place::pg_catalog.int4 and o.until_revision is null",
      {head.baseline, revision, {JSONBOID, pg::to_jsonb(core::Value(changes.gone.span()))}});
  // Past revisions have their places, too.
  state::run("select place from proapp_data.baseline_objects where baseline = $1 order by place desc limit 1", {head.baseline});
  const int32 last = SPI_processed == 0 ? 0 : DatumGetInt32(*pg::spi_datum(0, 1));
  pg::spi_end();
  store_objects(arena, head.baseline, revision, {changes.come.data(), changes.come.size()}, changes.places.span(), last);
}

}  // namespace proapp::drift
