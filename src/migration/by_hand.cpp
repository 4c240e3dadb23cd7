#include "migration/by_hand.hpp"

#include "pg/boundary.hpp"

#include "migration/values.hpp"
#include "pg/attempt.hpp"
#include "pg/session.hpp"
#include "pg/spi.hpp"
#include "state/tables.hpp"

extern "C" {
#include <utils/acl.h>
}

namespace proapp::migration {

// ---- tables ----

// With the checksum of the version's script: another script makes another table, and its author knows better. And what makes a partition again.
static constexpr char definition[] =
    "select pg_catalog.jsonb_build_object('checksum', (select checksum from proapp.migrations where app = $1 and version = $2), 'document', proapp.manifest_document(variadic "
    "array[$3]),"
    " 'parent', i.inhparent::pg_catalog.regclass::pg_catalog.text, 'bound', pg_catalog.pg_get_expr(c.relpartbound, c.oid), 'key', "
    "pg_catalog.pg_get_partkeydef(c.oid))::pg_catalog.text"
    " from pg_catalog.pg_class c left join pg_catalog.pg_inherits i on i.inhrelid = c.oid and c.relispartition where c.oid = $4";

// Quotes take their meaning from the characters of a pattern.
static const char *selector(Oid table) {
  pg::spi_run("select format('table:\"%s\".\"%s\"', replace($1, '\"', '\"\"'), replace($2, '\"', '\"\"'))", {get_namespace_name(get_rel_namespace(table)), get_rel_name(table)});
  return text_of(0, 1);
}

namespace {

struct Remembered {
  Oid table;
  const char *definition;
};

List *remembered = NIL;  // of this transaction, while a downgrade runs

const Remembered *find_remembered(Oid table) {
  const ListCell *cell;
  foreach (cell, remembered)
    if (static_cast<const Remembered *>(lfirst(cell))->table == table) return static_cast<const Remembered *>(lfirst(cell));
  return nullptr;
}

const char *describe(const Script &script, Oid table) {
  const int pin = pg::pin_texts();
  state::run(definition, {script.app, script.version, selector(table), oid(table)});
  const char *described = text_of(0, 1);
  pg::unpin_search_path(pin);
  return described;
}

}  // namespace

void begin_remembering() { remembered = NIL; }

void remember_definition(const Script &script, Oid table) {
  if (find_remembered(table) != nullptr) return;
  pg::spi_begin();
  const char *described = describe(script, table);
  const MemoryContext before = MemoryContextSwitchTo(TopTransactionContext);
  auto *one = static_cast<Remembered *>(palloc(sizeof(Remembered)));
  *one = {table, pstrdup(described)};
  remembered = lappend(remembered, one);
  MemoryContextSwitchTo(before);
  pg::spi_end();
}

const char *definition_of(const Script &script, Oid table) {
  const Remembered *known = find_remembered(table);
  return known != nullptr ? known->definition : describe(script, table);
}

static constexpr char differs[] =
    "select exists (select from proapp.compare_manifests($1::pg_catalog.jsonb -> 'document',"
    " proapp.manifest_document(variadic array(select pg_catalog.jsonb_array_elements_text($1::pg_catalog.jsonb -> 'document' -> 'selectors')))) where change <> 'changed' or "
    "attribute <> 'column_order')";

// Runs what `work` does as the caller, and for nobody's extension.
template <class Work>
static ErrorData *try_to(Work work) {
  return pg::attempt([work] { pg::outside_of_extension(work); });
}

// What went through while it was tried and loses no row, where not everything did.
static void run_what_can(uint64 count) {
  auto **statements = static_cast<const char **>(palloc0(sizeof(char *) * (count + 1)));
  for (uint64 i = 0; i < count; ++i) statements[i] = pg::spi_text(i, 2) == "taken back" ? pg::c_string(pg::spi_text(i, 1)) : nullptr;
  for (uint64 i = 0; i < count; ++i) {
    const char *statement = statements[i];
    if (statement != nullptr) (void)try_to([statement] { pg::spi_run(statement); });
  }
}

// What somebody without these rights has put into a check or a default would run with ours.
static bool is_trusted(Oid owner) { return OidIsValid(owner) && (owner == GetUserId() || superuser_arg(owner)); }

static bool belonged_to_us(const char *kept) {
  const uint64 found = state::run(
      "select pg_catalog.to_regrole(o -> 'definition' ->> 'owner')::pg_catalog.oid from pg_catalog.jsonb_array_elements($1::pg_catalog.jsonb -> 'document' -> 'objects') o"
      " where o ->> 'kind' = 'table'",
      {kept});
  return found > 0 && pg::spi_datum(0, 1) && is_trusted(DatumGetObjectId(*pg::spi_datum(0, 1)));
}

// Partitions would have to be there before the rows.
static bool was_partitioned_otherwise(const char *kept) {
  return state::run(
             "select from pg_catalog.jsonb_array_elements($1::pg_catalog.jsonb -> 'document' -> 'objects') o join pg_catalog.pg_class c on c.oid = pg_catalog.to_regclass(o ->> "
             "'identity') where o ->> 'kind' = 'table' and (o -> 'definition' ? 'partition_key') <> (c.relkind = 'p')",
             {kept}) > 0;
}

// What stays different, and why; null for nothing. Where rows would be lost, all does.
static const char *repair(const char *baseline) {
  const uint64 count = pg::spi_run("select statement, outcome, reason from proapp.repair($1, false, '{imported,rewrite}') order by step", {baseline});
  StringInfo reasons = makeStringInfo();
  bool forbidden = false;
  for (uint64 i = 0; i < count; ++i) {
    forbidden = forbidden || pg::spi_text(i, 2) == "not allowed";
    if (pg::spi_text(i, 2) == "stays" || pg::spi_text(i, 2) == "not allowed")
      appendStringInfo(reasons, "%s%s", reasons->len > 0 ? "\n" : "", pg::c_string(pg::spi_text(i, pg::spi_text(i, 2) == "stays" ? 3 : 1)));
  }
  if (pg::spi_text(count - 1, 2) == "proven" && !forbidden) return nullptr;
  if (!forbidden) run_what_can(count);
  return reasons->data;
}

void restore_definition(const Script &script, const char *checksum, const char *table, const char *kept) {
  pg::spi_run("select $1::pg_catalog.jsonb ->> 'checksum' = $2", {kept, checksum});
  if (!pg::spi_datum(0, 1) || !DatumGetBool(*pg::spi_datum(0, 1))) return;
  state::run(differs, {kept});
  if (!DatumGetBool(*pg::spi_datum(0, 1))) return;
  const char *baseline = psprintf("%s before %s %s was undone", table, script.app, script.version), *stays = nullptr;
  state::run("select proapp.drop_baseline(baseline) from proapp.baselines where baseline = $1", {baseline});
  state::run("select proapp.import_baseline($1, $2::pg_catalog.jsonb -> 'document')", {baseline, kept});
  const ErrorData *error = nullptr;
  if (!belonged_to_us(kept))
    stays = "It belonged to somebody else, whose definitions do not run with the rights of who migrates.";
  else if (was_partitioned_otherwise(kept))
    stays = "It is not partitioned as it was.";
  else
    error = try_to([baseline, &stays] { stays = repair(baseline); });
  if (error == nullptr && stays == nullptr)
    state::run("select proapp.drop_baseline($1)", {baseline});
  else
    ereport(WARNING, (errmsg("not all that was changed by hand on %s could be made again", table), errdetail_internal("%s", error != nullptr ? error->message : stays),
                      errhint("Baseline %s has what it was: select * from proapp.drift(%s); drop it afterwards.", quote_literal_cstr(baseline), quote_literal_cstr(baseline))));
}

// ---- columns ----

// [{"part": "index", "of": "public.orders", "name": "by_hand", "sql": "CREATE INDEX …"}], and comments, which follow what they are about.
static constexpr char of_column[] =
    "with parts as ("
    " select 1 as place, 'index' as part, c.relname as name, pg_catalog.pg_get_indexdef(i.indexrelid) as sql, pg_catalog.obj_description(c.oid, 'pg_class') as comment"
    " from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid where i.indrelid = $1 and not c.relispartition"
    "  and not exists (select from pg_catalog.pg_constraint where conindid = i.indexrelid and contype in ('p', 'u', 'x'))"
    "  and exists (select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = i.indexrelid"
    "   and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refobjid = $1 and d.refobjsubid = $2)"
    " union all"
    " select 2, 'constraint', conname, format('alter table %s add constraint %I %s', $1::pg_catalog.regclass, conname, pg_catalog.pg_get_constraintdef(oid)),"
    "  pg_catalog.obj_description(oid, 'pg_constraint') from pg_catalog.pg_constraint where conrelid = $1 and $2 = any (conkey) and contype <> 'p' and coninhcount = 0"
    " union all"
    " select 3, 'right', null, format('grant %s (%I) on %s to %s%s', a.privilege_type, c.attname, $1::pg_catalog.regclass, case a.grantee when 0 then 'public' else "
    "quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) end, case when a.is_grantable then ' with grant option' else '' end), null"
    " from pg_catalog.pg_attribute c, pg_catalog.aclexplode(c.attacl) a where c.attrelid = $1 and c.attnum = $2)"
    " select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('part', part, 'of', $1::pg_catalog.regclass::pg_catalog.text, 'name', name, 'sql', sql, 'comment',"
    "  format('comment on %s %s is %L', part, case part when 'index' then $3 || '.' || quote_ident(name) else quote_ident(name) || ' on ' || "
    "$1::pg_catalog.regclass::pg_catalog.text "
    "end, comment)) order by place, name)::pg_catalog.text from parts";

const char *statements_of_column(Oid table, AttrNumber column) {
  const int pin = pg::pin_texts();
  pg::spi_run(of_column, {oid(table), {INT2OID, Int16GetDatum(column)}, quote_identifier(get_namespace_name(get_rel_namespace(table)))});
  const char *statements = text_of(0, 1);
  pg::unpin_search_path(pin);
  return statements;
}

static constexpr char still_missing[] =
    "select s.sql, case when s.comment not like '%NULL' then s.comment end, (select relowner from pg_catalog.pg_class where oid = "
    "pg_catalog.to_regclass(s.of)) from pg_catalog.jsonb_to_recordset($1::pg_catalog.jsonb) s (part pg_catalog.text, of pg_catalog.text,"
    " name pg_catalog.name, sql pg_catalog.text, comment pg_catalog.text) where case s.part"
    " when 'index' then not exists (select from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid where i.indrelid = pg_catalog.to_regclass(s.of) and "
    "c.relname = s.name)"
    " when 'constraint' then not exists (select from pg_catalog.pg_constraint where conrelid = pg_catalog.to_regclass(s.of) and conname = s.name)"
    " else true end";

void restore_statements(const char *kept) {
  const uint64 count = pg::spi_run(still_missing, {kept});
  struct Statement {
    const char *sql, *comment;
    bool trusted;
  };
  auto *statements = static_cast<Statement *>(palloc0(sizeof(Statement) * (count + 1)));
  for (uint64 i = 0; i < count; ++i) statements[i] = {pg::c_string(pg::spi_text(i, 1)), text_of(i, 2), pg::spi_datum(i, 3) && is_trusted(DatumGetObjectId(*pg::spi_datum(i, 3)))};
  for (uint64 i = 0; i < count; ++i) {
    const Statement &one = statements[i];
    const char *why = one.trusted ? nullptr : "the table belongs to somebody else than who migrates";
    if (why == nullptr) {
      const ErrorData *error = try_to([one] {
        pg::spi_run(one.sql);
        if (one.comment != nullptr) pg::spi_run(one.comment);
      });
      if (error != nullptr) why = error->message;
    }
    if (why != nullptr) ereport(WARNING, (errmsg("what was made by hand could not be made again"), errdetail_internal("%s: %s", one.sql, why)));
  }
}

}  // namespace proapp::migration
