// preview_update: a companion's update is tried, what it would change and lock is noted, and all of it is taken back.
#include "pg/boundary.hpp"

#include "migration/deferred.hpp"
#include "pg/arguments.hpp"
#include "pg/attempt.hpp"
#include "pg/rows.hpp"
#include "pg/session.hpp"
#include "pg/spi.hpp"
#include "state/restoring.hpp"

extern "C" {
#include <commands/extension.h>
#include <utils/datum.h>
}

namespace proapp::migration {

// Locks on relations that are there for more than reading, {"public.orders": "AccessExclusiveLock"}: the strongest of each.
static constexpr char locks_held[] =
    "select coalesce(pg_catalog.jsonb_object_agg(relation, mode), '{}') from (select distinct on (l.relation) l.relation::pg_catalog.regclass::pg_catalog.text as relation, l.mode"
    " from pg_catalog.pg_locks l join pg_catalog.pg_class c on c.oid = l.relation"
    " where l.pid = pg_catalog.pg_backend_pid() and l.locktype = 'relation' and l.granted and c.relkind not in ('i', 'I', 't') and l.mode <> 'AccessShareLock'"
    "  and l.database = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database())"
    "  and c.relnamespace::pg_catalog.regnamespace::pg_catalog.text not in ('pg_catalog', 'information_schema', 'pg_toast', 'proapp', 'proapp_data')"
    " order by l.relation, pg_catalog.array_position('{AccessShareLock,RowShareLock,RowExclusiveLock,ShareUpdateExclusiveLock,ShareLock,ShareRowExclusiveLock,ExclusiveLock,"
    "AccessExclusiveLock}'::pg_catalog.text[], l.mode) desc) l";

// Of the app's statements that were not there before, as an array of texts.
static constexpr char newly_deferred[] =
    "select coalesce(pg_catalog.array_agg(statement), '{}') from proapp.deferred_statements where app = $1 and created_at >= $2 and state = 'pending'";

// A lock belongs to the relation that a row is about, or that what it is about hangs on. What is new has none, and what was locked before does not count.
static constexpr char answer[] =
    "with taken as (select a.key as relation, a.value as mode from pg_catalog.jsonb_each_text($3) a"
    "  where pg_catalog.to_regclass(a.key) is not null and a.value is distinct from $4 ->> a.key),"
    " changed as (select d.*, (select t.relation from taken t where d.identity = t.relation or pg_catalog.right(d.identity, pg_catalog.length(t.relation) + 4) = ' on ' || "
    "t.relation"
    "   or pg_catalog.starts_with(d.identity, t.relation || '.') or pg_catalog.starts_with(d.identity, t.relation || ' in ') order by pg_catalog.length(t.relation) desc limit 1) as relation"
    "  from proapp.compare_manifests($1, $2) with ordinality d)"
    " select severity, kind, identity, change, attribute, expected, actual, changed_by, changed_at, fix, lock from ("
    "  select 1 as part, c.ordinality as place, c.severity, c.kind, c.identity, c.change, c.attribute, c.expected, c.actual, null::pg_catalog.text as changed_by,"
    "   null::pg_catalog.timestamptz as changed_at, null::pg_catalog.text as fix, t.mode as lock from changed c left join taken t using (relation)"
    "  union all select 2, s.number, 'low', 'statement', s.statement, 'deferred', null, null, null, null, null, null, null from pg_catalog.unnest($5) with ordinality s(statement, "
    "number)"
    "  union all select 3, 0, 'low', 'relation', t.relation, 'locked', null, null, null, null, null, null, t.mode from taken t where t.relation not in (select relation from "
    "changed c where relation is not null)"
    " ) r order by part, place, identity collate \"C\"";

static const char *update_statement(const char *app, const char *version) {
  const char *extension = psprintf("proapp_%s", app);
  if (!OidIsValid(get_extension_oid(extension, true)))
    ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("extension \"%s\" does not exist", extension), errdetail("A preview is of a companion that is installed."),
                    errhint("Those that are here: select app, version from proapp.migrations where extension is not null.")));
  return psprintf("alter extension %s update%s", quote_identifier(extension), version != nullptr ? psprintf(" to %s", quote_literal_cstr(version)) : "");
}

static Datum ask(const char *sql, std::initializer_list<pg::Argument> arguments, MemoryContext context) {
  pg::spi_run(sql, arguments);
  const MemoryContext before = MemoryContextSwitchTo(context);
  const Datum value = datumCopy(*pg::spi_datum(0, 1), false, -1);
  MemoryContextSwitchTo(before);
  return value;
}

static constexpr char document[] = "select proapp.manifest_document()";

static void preview(const char *app, const char *version, pg::Rows &rows) {
  const char *update = update_statement(app, version);
  const MemoryContext context = CurrentMemoryContext;
  pg::spi_begin();
  const int pin = pg::pin_search_path();
  const Datum before = ask(document, {}, context), held = ask(locks_held, {}, context);
  pg::spi_run("select pg_catalog.clock_timestamp()");
  const Datum began = *pg::spi_datum(0, 1);
  Datum after = 0, taken = 0, deferred = 0;
  pg::Subtransaction trial;
  trial.run([&] {
    pg::spi_run(update);
    taken = ask(locks_held, {}, context);
    after = ask(document, {}, context);
    deferred = ask(newly_deferred, {app, {TIMESTAMPTZOID, began}}, context);
  });
  trial.take_back();
  pg::spi_run(answer, {{JSONBOID, before}, {JSONBOID, after}, {JSONBOID, taken}, {JSONBOID, held}, {TEXTARRAYOID, deferred}});
  pg::spi_put(rows);
  pg::unpin_search_path(pin);
  pg::spi_end();
}

}  // namespace proapp::migration

using namespace proapp;
using namespace proapp::migration;

PROAPP_FUNCTION(proapp_preview_update) {
  const char *app = pg::required_text(fcinfo, 0, "app"), *version = pg::optional_text(fcinfo, 1);
  state::refuse_while_restoring();
  pg::Rows rows(fcinfo);
  preview(app, version, rows);
  return rows.done();
}
