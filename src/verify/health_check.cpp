// health_check and assert_healthy: what is expected against what the catalogs hold, in one statement with a branch a category.
#include "pg/boundary.hpp"

#include "pg/rows.hpp"
#include "pg/session.hpp"
#include "state/restoring.hpp"
#include "verify/expectation.hpp"

extern "C" {
#include <lib/stringinfo.h>
#include <utils/guc.h>
}

using namespace proapp;

namespace proapp::verify {

static constexpr char system_schemas[] = "n.nspname not like 'pg\\_%' and n.nspname not in ('information_schema', 'proapp', 'proapp_data', 'proapp_archive')";

// How the value `v` of key k reads: alone, behind its label, and as what is wrong.
static constexpr char value_text[] =
    "case jsonb_typeof(v) when 'boolean' then case when v::boolean then k.label else k.otherwise end"
    " when 'array' then (select coalesce(string_agg(x, ', ' order by i), 'none') from jsonb_array_elements_text(v) with ordinality x (x, i))"
    " else coalesce(v #>> '{}', 'none') end";

static bool has_class(const Category &category) { return category.relation_kinds != nullptr; }
static bool in_schema(const Category &category) { return category.form != Form::name && category.form != Form::text; }

static void append_joins(StringInfo sql, const Category &category) {
  if (in_schema(category)) appendStringInfoString(sql, " join pg_namespace n on true");
  if (has_class(category)) appendStringInfo(sql, " join pg_class c on c.relnamespace = n.oid and c.relkind in (%s)", category.relation_kinds);
  appendStringInfo(sql, " %s", category.from);
}

// One row for each object that an expectation of the category may mean.
static void append_found(StringInfo sql, const Category &category) {
  appendStringInfo(sql, " union all select w.category, w.item, 1, %s", category.actual);
  if (category.columns != nullptr && category.form != Form::function) appendStringInfo(sql, " || jsonb_build_object('columns', %s)", category.columns);
  appendStringInfoString(sql, " from wanted w");
  append_joins(sql, category);
  appendStringInfo(sql, " where w.category = '%s'", category.name);
  if (!in_schema(category))
    appendStringInfo(sql, " and %s = w.names[1]%s", category.object_name, category.form == Form::text ? "" : "::name");
  else
    appendStringInfo(sql, " and n.nspname = w.names[1]::name and %s = w.names[2]::name", category.object_name != nullptr ? category.object_name : "c.relname");
  if (category.form == Form::function)
    appendStringInfo(sql, " and (w.details is null or w.details = %s)", category.columns);
  else if (category.part_name != nullptr && category.columns != nullptr)
    appendStringInfo(sql, " and case when w.details is null then %s = w.names[3]::name else w.details = %s end", category.part_name, category.columns);
  else if (category.part_name != nullptr)
    appendStringInfo(sql, " and %s = w.names[3]::name", category.part_name);
  else if (category.example == nullptr)
    appendStringInfo(sql, " and w.details = %s", category.columns);
  else
    appendStringInfoString(sql, " and w.details is null");
}

// One row for each count of objects of the category.
static void append_counted(StringInfo sql, const Category &category) {
  appendStringInfoString(sql, " union all select w.category, w.item, count(*), '{}'::jsonb from wanted w");
  append_joins(sql, category);
  appendStringInfo(sql, " where w.category = 'count' and w.names[1] = '%s'", category.name);
  if (!in_schema(category))
    appendStringInfo(sql, " and %s like w.names[2]", category.object_name);
  else
    appendStringInfo(sql, " and %s and n.nspname like w.names[2] and %s", system_schemas,
                     category.form == Form::index ? "(c.relname like w.names[3] or t.relname like w.names[3])"
                                                  : psprintf("%s like w.names[3]", category.object_name != nullptr ? category.object_name : "c.relname"));
  if (category.part_name != nullptr) appendStringInfo(sql, " and %s like w.names[4]", category.part_name);
  if (category.member != nullptr)
    appendStringInfo(sql,
                     " and (%s) not in (select m.classid, m.objid from pg_extension e join pg_depend m on m.refclassid = 'pg_extension'::regclass and m.refobjid = e.oid"
                     " where m.deptype = 'e')",
                     category.member);
  if (category.counted != nullptr) appendStringInfo(sql, " and %s", category.counted);
  appendStringInfoString(sql, " group by w.category, w.item");
}

static void append_keys(StringInfo sql) {
  int place = 0;
  for (const Key &key : keys()) {
    if (key.value == Value::number) continue;
    appendStringInfo(sql, "%s(%d, '%s', '%s', %s, %s, %s, %s)", place > 0 ? ", " : "", place, key.category, key.name, quote_literal_cstr(key.label),
                     key.value == Value::flag ? quote_literal_cstr(key.otherwise) : "''", key.bare ? "true" : "false", key.implied ? "true" : "false");
    ++place;
  }
}

// pg_cron's own table and nothing of that name: we look as the extension's owner, and a view would run its maker's functions.
static bool may_read_jobs() {
  return state::run(
             "select from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_depend d on (d.classid, d.objid, d.objsubid) = ('pg_class'::regclass, c.oid, 0)"
             " join pg_extension e on d.refclassid = 'pg_extension'::regclass and d.refobjid = e.oid and d.deptype = 'e'"
             " where n.nspname = 'cron' and c.relname = 'job' and c.relkind = 'r' and e.extname = 'pg_cron'"
             " and has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select')",
             {}, true) > 0;
}

// Which categories are asked for, and of which kinds objects are counted: only these are looked for.
static const char *expectation_rows() {
  StringInfoData sql;
  initStringInfo(&sql);
  appendStringInfo(&sql,
                   "with wanted as materialized (select category, item, names, details, expected from proapp_data.expectations),"
                   " key (place, category, name, label, otherwise, bare, implied) as (values ");
  append_keys(&sql);
  appendStringInfoString(&sql, "), found (category, item, n, actual) as (select null::text, null::text, 0::bigint, null::jsonb where false");
  const bool with_jobs = may_read_jobs();
  const uint64 asked = state::run("select distinct category, case category when 'count' then names[1] end from proapp_data.expectations order by 1, 2", {}, true);
  for (uint64 i = 0; i < asked; ++i) {
    const std::string_view name = pg::spi_text(i, 1), counted = pg::spi_text(i, 2);
    for (const Category &category : categories()) {
      if (category.form == Form::text && !with_jobs) continue;
      if (category.name == name && category.form != Form::count) append_found(&sql, category);
      if (category.name == counted && category.example != nullptr) append_counted(&sql, category);
    }
  }
  appendStringInfo(
      &sql,
      "), said as (select f.category, f.item, f.n, s.* from found f join wanted w on w.category = f.category and w.item = f.item cross join lateral ("
      "  select count(*) filter (where not same) as differences, string_agg(case when bare or flag then actual else label || ' ' || actual end, ', ' order by place)"
      "    filter (where given or not same) as actual, string_agg(case when flag then 'is ' || actual else label || case when many then ' are ' else ' is ' end || actual end, '; "
      "' order by place) filter (where not "
      "same) as wrong"
      "  from (select k.*, w.expected ? k.name as given, (select %s from (values (f.actual -> k.name)) r (v)) as actual, jsonb_typeof(f.actual -> k.name) = 'boolean' as flag, "
      "jsonb_typeof(f.actual -> k.name) = 'array' as many,"
      "    coalesce(f.actual -> k.name, 'null') = e.v or k.name = 'rls' and e.v = '\"on\"' and f.actual ->> k.name = 'forced' as same"
      "    from key k cross join lateral (values (coalesce(w.expected -> k.name, 'true'))) e (v) where k.category = f.category and (k.implied or w.expected ? k.name)) compared) "
      "s),"
      // of several objects that may be meant, the one that is most like it
      " best as (select distinct on (category, item) category, item, differences, actual, wrong,"
      "  sum(n) filter (where differences = 0) over (partition by category, item) as good from said order by category, item, differences, actual),"
      " checked as (select w.*, b.actual as said, b.wrong, b.differences, coalesce(b.good, 0) as good, (w.expected ->> 'min')::bigint as least, (w.expected ->> 'exactly')::bigint "
      "as exact,"
      "  (select string_agg(case when bare or jsonb_typeof(w.expected -> k.name) = 'boolean' then t.text else label || ' ' || t.text end, ', ' order by place)"
      "   from key k cross join lateral (select %s from (values (w.expected -> k.name)) r (v)) t (text) where k.category = w.category and w.expected ? k.name) as keys"
      "  from wanted w left join best b on b.category = w.category and b.item = w.item)"
      " select category, item, concat_ws(', ', keys, 'at least ' || least, 'exactly ' || exact, case when keys is null and least is null and exact is null then 'exists' end),"
      "  case when coalesce(least, exact) is not null then good::text when differences is not null then coalesce(said, 'exists')"
      "   when category = 'function' then coalesce((select 'only ' || string_agg(format('%%s(%%s)', names[2], pg_get_function_identity_arguments(p.oid)), ', ' order by "
      "pg_get_function_identity_arguments(p.oid) collate \"C\")"
      "    from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname = names[1]::name and p.proname = names[2]::name), 'none') else 'none' end,"
      "  case when good < least then good || ' of at least ' || least when good <> exact then good || ' of exactly ' || exact"
      "   when coalesce(least, exact) is not null or differences = 0 then 'OK' when differences is null then 'missing' else wrong end from checked",
      value_text, value_text);
  return sql.data;
}

// Everything that health_check() says; $1 is whether the database is being restored, $2 who asks. Rows stay in SPI_tuptable.
static uint64 run_health_check(bool only_problems) {
  StringInfoData sql;
  initStringInfo(&sql);
  appendStringInfo(&sql,
                   "select category, item, expected, actual, status from ("
                   " select 'restore', 'proapp.restoring', 'off', 'on', 'the database is being restored' where $1"
                   " union all select 'mapping', mapping, 'usable', 'not usable', problem from proapp.user_mappings where problem is not null"
                   " union all select 'membership', membership, 'usable', 'not usable', problem from proapp.memberships where problem is not null"
                   " union all select 'protection', relation, 'usable', 'not usable', problem from proapp.protected_relations where problem is not null"
                   " union all select 'blocker', relation || ' by ' || blocking, 'usable', 'not usable', problem from proapp.blockers where problem is not null"
                   " union all select 'reference', relation || ' by ' || referencing || '.' || quote_ident(referencing_column), 'usable', 'not usable', problem"
                   "  from proapp.registered_references where problem is not null"
                   " union all select 'migration', m.app, m.version, e.extversion, 'extension ' || e.extname || ' says ' || e.extversion || ': select * from proapp.post_restore()'"
                   "  from (select distinct on (app) app, version, extension from proapp.migrations order by app, applied_at desc) m join pg_extension e on e.extname = "
                   "m.extension and e.extversion <> m.version"
                   " union all select 'migration', e.extname, e.extversion, 'none', 'the ledger does not know it: its migrations were skipped, or rows of proapp_data were not restored'"
                   "  from pg_extension e join pg_depend d on d.classid = 'pg_extension'::regclass and d.objid = e.oid and d.refclassid = d.classid"
                   "   and d.refobjid = (select oid from pg_extension where extname = 'proapp_schema')"
                   "  where e.extname like 'proapp\\_%%' and e.extname not in (select extension from proapp.migrations where extension is not null)"
                   "%s%s) rows (category, item, expected, actual, status)%s order by status = 'OK', category collate \"C\", item collate \"C\"",
                   OidIsValid(state::find(expectations)) ? " union all " : "", OidIsValid(state::find(expectations)) ? psprintf("(%s)", expectation_rows()) : "",
                   only_problems ? " where status <> 'OK'" : "");
  return state::run(sql.data, {state::restoring(), {OIDOID, ObjectIdGetDatum(GetUserId())}}, true);
}

// Many small branches look expensive to the planner, and compiling them would cost more than running them.
static int without_jit() {
  const int nest = NewGUCNestLevel();
  set_config_option("jit", "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
  return nest;
}

static const char *problems(uint64 count) {
  StringInfoData lines;
  initStringInfo(&lines);
  for (uint64 i = 0; i < count; ++i)
    appendStringInfo(&lines, "%s%s %s: %s", i > 0 ? "\n" : "", TextDatumGetCString(*pg::spi_datum(i, 1)), TextDatumGetCString(*pg::spi_datum(i, 2)),
                     TextDatumGetCString(*pg::spi_datum(i, 5)));
  return lines.data;
}

}  // namespace proapp::verify

PROAPP_FUNCTION(proapp_health_check) {
  pg::Rows rows(fcinfo);
  const int settings = verify::without_jit();
  pg::spi_begin();
  verify::run_health_check(false);
  pg::spi_put(rows);
  pg::spi_end();
  AtEOXact_GUC(true, settings);
  return rows.done();
}

PROAPP_FUNCTION(proapp_assert_healthy) {
  const int settings = verify::without_jit();
  pg::spi_begin();
  const uint64 count = verify::run_health_check(true);
  if (count > 0)
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                    errmsg_plural("the database is not healthy: %llu problem", "the database is not healthy: %llu problems", count, static_cast<unsigned long long>(count)),
                    errdetail_internal("%s", verify::problems(count)), errhint("See select * from proapp.health_check().")));
  pg::spi_end();
  AtEOXact_GUC(true, settings);
  PG_RETURN_VOID();
}
