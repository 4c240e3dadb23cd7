#include "migration/baselines.hpp"

#include "pg/boundary.hpp"

#include "pg/spi.hpp"
#include "state/tables.hpp"

extern "C" {
#include <commands/extension.h>
#include <utils/datum.h>
}

namespace proapp::migration {

namespace {

struct Noted {
  const char *baseline;
  Datum rows;  // of drift(), jsonb
};

constexpr char comparable[] = "select baseline from proapp.baselines where not imported and postgresql = $1 order by baseline";

// CREATE and ALTER EXTENSION write the new version down before they run its script: that difference is the migration's.
constexpr char differing[] =
    "select coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(d.kind, d.identity, d.change, d.attribute, d.expected, d.actual)), '[]') from proapp.drift($1) d"
    " where d.kind <> 'extension' or d.identity is distinct from $2";

// What differs as it did before, and what is not the script's.
constexpr char not_its_doing[] =
    "select pg_catalog.array_agg(distinct v.identity) || $3 from proapp.baselines b, lateral proapp.drift(b.baseline) d,"
    " lateral (values (d.identity), (case d.change when 'renamed' then d.actual end)) v (identity) where b.baseline = $1 and v.identity is not null"
    " and $2 @> pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_array(d.kind, d.identity, d.change, d.attribute, d.expected, d.actual))";

pg::Argument array_of(const List *texts) {
  return pg::text_array(static_cast<size_t>(list_length(texts)), [texts](size_t i) { return std::string_view(static_cast<const char *>(list_nth(texts, static_cast<int>(i)))); });
}

}  // namespace

List *note_drift() {
  const char *extension = creating_extension ? get_extension_name(CurrentExtensionObject) : nullptr;
  List *all = NIL;
  const uint64 count = state::run(comparable, {static_cast<int32>(PG_VERSION_NUM / 10000)});
  for (uint64 i = 0; i < count; ++i) {
    auto *noted = static_cast<Noted *>(palloc0(sizeof(Noted)));
    noted->baseline = pg::c_string(pg::spi_text(i, 1));
    all = lappend(all, noted);
  }
  const ListCell *cell;
  foreach (cell, all) {
    auto *noted = static_cast<Noted *>(lfirst(cell));
    state::run(differing, {noted->baseline, extension});
    noted->rows = datumCopy(*pg::spi_datum(0, 1), false, -1);
  }
  return all;
}

void renew_baselines(const Script &script, const List *noted, const List *by_hand) {
  const char *reason = psprintf("%s %s%s", script.app, script.version, script.back ? " undone" : "");
  CommandCounterIncrement();
  const ListCell *cell;
  foreach (cell, noted) {
    const auto &before = *static_cast<const Noted *>(lfirst(cell));
    state::run(not_its_doing, {before.baseline, {JSONBOID, before.rows}, array_of(by_hand)});
    const Datum except = datumCopy(*pg::spi_datum(0, 1), false, -1);
    state::run("select proapp.accept_drift_except(baseline, $2, $3) from proapp.baselines where baseline = $1", {before.baseline, {TEXTARRAYOID, except}, reason});
  }
}

}  // namespace proapp::migration
