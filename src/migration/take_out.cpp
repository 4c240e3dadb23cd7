#include "migration/take_out.hpp"

#include "pg/boundary.hpp"

#include "migration/by_hand.hpp"
#include "migration/rollback.hpp"
#include "migration/values.hpp"
#include "pg/scan.hpp"
#include "pg/spi.hpp"

extern "C" {
#include <access/relation.h>
#include <catalog/dependency.h>
#include <catalog/pg_class.h>
#include <catalog/pg_inherits.h>
#include <catalog/pg_publication_rel.h>
#include <commands/tablecmds.h>
#include <mb/pg_wchar.h>
#include <parser/parse_type.h>
#include <utils/fmgroids.h>
#include <utils/rel.h>
}

namespace proapp::migration {

static const char *name_of(Oid relation) { return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relation)), get_rel_name(relation)); }

// Runs each of the statements that the query answers.
static void run_each(const char *query, std::initializer_list<pg::Argument> arguments) {
  const uint64 count = pg::spi_run(query, arguments);
  auto **statements = static_cast<const char **>(palloc(sizeof(char *) * (count + 1)));
  for (uint64 i = 0; i < count; ++i) statements[i] = pg::c_string(pg::spi_text(i, 1));
  for (uint64 i = 0; i < count; ++i) pg::spi_run(statements[i]);
}

// What an own sequence stands at; "{"last": 7, "called": true}".
void keep_counter(const Script &script, Oid table, const char *column) {
  if (pg::spi_run("select pg_catalog.pg_get_serial_sequence($1, $2)", {name_of(table), column}) == 0) return;
  const char *sequence = pg::c_string(pg::spi_text(0, 1));
  if (*sequence == '\0') return;
  pg::spi_run(psprintf("select pg_catalog.jsonb_build_object('last', last_value, 'called', is_called)::text from %s", sequence));
  const char *state = pg::c_string(pg::spi_text(0, 1));
  keep(script, next_item(), {"counter", name_of(table), column, nullptr, state});
}

static constexpr char own_counters[] =
    "select a.attname::text from pg_catalog.pg_attribute a where a.attrelid = $1 and a.attnum > 0 and not a.attisdropped"
    " and pg_catalog.pg_get_serial_sequence($1::pg_catalog.regclass::text, a.attname::text) is not null";

static void keep_counters(const Script &script, Oid table) {
  const uint64 count = pg::spi_run(own_counters, {oid(table)});
  auto **columns = static_cast<const char **>(palloc(sizeof(char *) * (count + 1)));
  for (uint64 i = 0; i < count; ++i) columns[i] = pg::c_string(pg::spi_text(i, 1));
  for (uint64 i = 0; i < count; ++i) keep_counter(script, table, columns[i]);
}

// In this order: foreign keys before the keys of others that they need, triggers before functions. Inherited ones go with their parents'.
static constexpr const char *parts[] = {
    "select format('alter table %s drop constraint %I', conrelid::pg_catalog.regclass, conname) from pg_catalog.pg_constraint"
    " where conrelid = $1 and contype in ('f', 'c', 'x') and coninhcount = 0 and conparentid = 0 order by contype = 'f' desc",
    "select format('drop trigger %I on %s', tgname, tgrelid::pg_catalog.regclass) from pg_catalog.pg_trigger where tgrelid = $1 and not tgisinternal and tgparentid = 0",
    "select format('drop policy %I on %s', polname, polrelid::pg_catalog.regclass) from pg_catalog.pg_policy where polrelid = $1",
    "select format('drop rule %I on %s', rulename, ev_class::pg_catalog.regclass) from pg_catalog.pg_rewrite where ev_class = $1",
    "select format('alter table %s alter column %I drop %s', attrelid::pg_catalog.regclass, attname, case when attidentity <> '' then 'identity' when attgenerated <> '' then "
    "'expression' else "
    "'default' end)"
    " from pg_catalog.pg_attribute where attrelid = $1 and attnum > 0 and not attisdropped and (attidentity <> '' or atthasdef) and (attgenerated = '' and attidentity = '' or "
    "attinhcount = 0)",
    "select format('drop index %s', i.indexrelid::pg_catalog.regclass) from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid where i.indrelid = $1"
    " and not c.relispartition and not exists (select from pg_catalog.pg_constraint where conindid = i.indexrelid)",
    "select format('alter sequence %s owned by none', d.objid::pg_catalog.regclass) from pg_catalog.pg_depend d join pg_catalog.pg_class s on s.oid = d.objid and s.relkind = 'S'"
    " where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refclassid = d.classid and d.refobjid = $1 and d.deptype = 'a'",
};

// Membership is the publication's owner's to change, but dropping the table would end it, too.
static void leave_publications(Oid table) {
  ScanKeyData key;
  ScanKeyInit(&key, Anum_pg_publication_rel_prrelid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(table));
  ObjectAddresses *memberships = new_object_addresses();
  for (pg::CatalogScan scan(PublicationRelRelationId, InvalidOid, nullptr, &key, 1); scan.next();) {
    const ObjectAddress membership = {PublicationRelRelationId, scan.row<Form_pg_publication_rel>()->oid, 0};
    add_exact_object_address(&membership, memberships);
  }
  performMultipleDeletions(memberships, DROP_RESTRICT, PERFORM_DELETION_INTERNAL);
  free_object_addresses(memberships);
}

static constexpr char own_sequences[] =
    "select d.objid from pg_catalog.pg_depend d join pg_catalog.pg_class s on s.oid = d.objid and s.relkind = 'S'"
    " where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refclassid = d.classid and d.refobjid = $1 and d.deptype = 'a'";

static void strip(Oid table) {
  // An own sequence is let go and dropped when nothing names it any more: its value is kept.
  const uint64 count = pg::spi_run(own_sequences, {oid(table)});
  auto *sequences = static_cast<Oid *>(palloc(sizeof(Oid) * (count + 1)));
  for (uint64 i = 0; i < count; ++i) sequences[i] = DatumGetObjectId(*pg::spi_datum(i, 1));
  for (const char *part : parts) run_each(part, {oid(table)});
  for (uint64 i = 0; i < count; ++i) pg::spi_run(psprintf("drop sequence %s", name_of(sequences[i])));
  leave_publications(table);
}

static const char *move(const Script &script, Oid relation, const char *kind, const char *details) {
  const char *was = name_of(relation), *type = get_rel_relkind(relation) == RELKIND_SEQUENCE ? "sequence" : "table";
  const int32 item = next_item();
  const char *name = archive_name(get_rel_name(relation), item), *bare = strchr(name, '.') + 1;
  // By way of a name that is free in both schemas. Keys have indexes, whose names may be taken there, too.
  const char *passing = psprintf("proapp_archive_%d", item);
  run_each("select format('alter index %s rename to proapp_archive_%s_%s', indexrelid::pg_catalog.regclass, $2, row_number() over ()) from pg_catalog.pg_index where indrelid = $1",
           {oid(relation), item});
  pg::spi_run(psprintf("alter %s %s rename to %s", type, was, passing));
  pg::spi_run(psprintf("alter %s %s set schema proapp_archive", type, name_of(relation)));
  pg::spi_run(psprintf("alter %s proapp_archive.%s rename to %s", type, passing, bare));
  keep(script, item, {kind, was, nullptr, name, details});
  return name;
}

TakenTable describe_table(const Script &script, Oid table) {
  const bool partitioned = get_rel_relkind(table) == RELKIND_PARTITIONED_TABLE;
  TakenTable taken = {table, partitioned ? find_all_inheritors(table, AccessExclusiveLock, nullptr) : list_make1_oid(table), NIL};
  const ListCell *cell;
  foreach (cell, taken.all) taken.definitions = lappend(taken.definitions, const_cast<char *>(definition_of(script, lfirst_oid(cell))));
  return taken;
}

void take_out_table(const Script &script, const TakenTable &taken) {
  const Oid table = taken.table;
  const List *all = taken.all;
  const ListCell *cell;
  run_each(
      "select format('alter table %s %s %s', case when c.relispartition then i.inhparent else c.oid end::pg_catalog.regclass, case when c.relispartition then 'detach partition' "
      "else 'no inherit' end,"
      " case when c.relispartition then c.oid else i.inhparent end::pg_catalog.regclass)"
      " from pg_catalog.pg_inherits i join pg_catalog.pg_class c on c.oid = i.inhrelid where i.inhrelid = $1",
      {oid(table)});
  foreach (cell, all) keep_counters(script, lfirst_oid(cell));
  foreach (cell, all) strip(lfirst_oid(cell));
  foreach (cell, all)
    move(script, lfirst_oid(cell), lfirst_oid(cell) == table ? "table" : "partition", static_cast<const char *>(list_nth(taken.definitions, foreach_current_index(cell))));
}

void take_out_sequence(const Script &script, Oid sequence) { move(script, sequence, "sequence", nullptr); }

// ---- types ----

// Whatever depends on the type or its array: only columns in the archive?
static constexpr char users_of_type[] =
    "select coalesce(bool_and(d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and c.relnamespace = 'proapp_archive'::pg_catalog.regnamespace), false)"
    " from pg_catalog.pg_type t join pg_catalog.pg_depend d on d.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass and d.refobjid in (t.oid, t.typarray)"
    " left join pg_catalog.pg_class c on d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and c.oid = d.objid"
    " where t.oid = $1 and not (d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass and d.objid = t.typarray) and not (d.deptype = 'i' and d.classid = "
    "'pg_catalog.pg_class'::pg_catalog.regclass)"
    " and d.classid <> 'pg_catalog.pg_constraint'::pg_catalog.regclass";

bool take_out_type(const Script &script, Oid type) {
  pg::spi_run(users_of_type, {oid(type)});
  if (!DatumGetBool(*pg::spi_datum(0, 1))) return false;
  const char *was = format_type_extended(type, -1, FORMAT_TYPE_FORCE_QUALIFY);
  run_each("select format('alter domain %s drop constraint %I', contypid::pg_catalog.regtype, conname) from pg_catalog.pg_constraint where contypid = $1", {oid(type)});
  const int32 item = next_item();
  pg::spi_run("select typname::text from pg_catalog.pg_type where oid = $1", {oid(type)});
  const char *name = archive_name(pg::c_string(pg::spi_text(0, 1)), item), *bare = strchr(name, '.') + 1;
  const char *passing = psprintf("proapp_archive_%d", item);
  pg::spi_run(psprintf("alter type %s rename to %s", was, passing));
  pg::spi_run(psprintf("alter type %s set schema proapp_archive", format_type_extended(type, -1, FORMAT_TYPE_FORCE_QUALIFY)));
  pg::spi_run(psprintf("alter type proapp_archive.%s rename to %s", passing, bare));
  keep(script, item, {"type", was, nullptr, name, nullptr});
  return true;
}

// ---- columns ----

static void insist_on_key(Oid table, const char *what) {
  const Relation relation = table_open(table, NoLock);
  RelationGetIndexList(relation);
  const bool found = OidIsValid(relation->rd_pkindex);
  table_close(relation, NoLock);
  if (!found)
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("%s of table %s cannot be kept", what, name_of(table)),
                    errdetail("It has no primary key by which they could be brought back."), errhint("Give it one, or declare the version irreversible: migrate_down(…, null).")));
}

// "a, b" of the primary key, each after the prefix.
static const char *key_list(Oid table, const char *format, const char *separator) {
  pg::spi_run(
      "select string_agg(format($2, a.attname), $3 order by k.n) from pg_catalog.pg_index i, pg_catalog.unnest(i.indkey) with ordinality k (attnum, n), pg_catalog.pg_attribute a"
      " where i.indrelid = $1 and i.indisprimary and a.attrelid = $1 and a.attnum = k.attnum and k.n <= i.indnkeyatts",
      {oid(table), format, separator});
  return pg::c_string(pg::spi_text(0, 1));
}

static const char *shortened(const char *name, int longest) { return pnstrdup(name, static_cast<Size>(pg_mbcliplen(name, static_cast<int>(strlen(name)), longest))); }

// Policies that hold for the owner, too, would hide rows from us: their values would not be kept.
template <class Work>
static void with_all_rows(Oid table, Work work) {
  const bool forced = pg::spi_run("select from pg_catalog.pg_class where oid = $1 and relforcerowsecurity", {oid(table)}) > 0;
  if (forced) pg::spi_run(psprintf("alter table %s no force row level security", name_of(table)));
  work();
  if (forced) pg::spi_run(psprintf("alter table %s force row level security", name_of(table)));
}

void insist_on_no_values_of(Oid composite_type) {
  const Relation relation = relation_open(typeidTypeRelid(composite_type), NoLock);
  find_composite_type_dependencies(composite_type, relation, nullptr);
  relation_close(relation, NoLock);
}

TakenColumn take_out_column(const Script &script, Oid table, AttrNumber column, bool retyped) {
  const char *name = get_attname(table, column, false), *quoted = quote_identifier(name);
  if (!retyped) {
    insist_on_no_values_of(get_rel_type_id(table));
    keep_counter(script, table, name);
  }
  if (get_attgenerated(table, column) != '\0') return {nullptr, table, column};
  insist_on_key(table, psprintf("values of column %s", quoted));
  const int32 item = next_item();
  const char *archived = archive_name(psprintf("%s_%s", shortened(get_rel_name(table), 28), shortened(name, 20)), item);
  // A column of the key is there already.
  const bool in_key = strstr(key_list(table, "/%I/", ""), psprintf("/%s/", quoted)) != nullptr;
  if (in_key)
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("column %s of table %s cannot be kept", quoted, name_of(table)),
                    errdetail("It is part of the primary key, by which its values would be brought back."), errhint("Declare the version irreversible: migrate_down(…, null).")));
  const char *copy = psprintf("create table %s as select %s, %s as \"value\" from %s", archived, key_list(table, "%I", ", "), quoted, name_of(table));
  with_all_rows(table, [copy] { pg::spi_run(copy); });
  keep(script, item, {retyped ? "column type" : "column", name_of(table), name, archived, retyped ? nullptr : statements_of_column(table, column)});
  return {archived, table, column};
}

void keep_retyped(const TakenColumn &taken) {
  if (taken.archived_as == nullptr) return;
  Oid type;
  int32 modifier;
  Oid collation;
  get_atttypetypmodcoll(taken.table, taken.column, &type, &modifier, &collation);
  pg::spi_run(psprintf("alter table %s add column \"became\" %s", taken.archived_as, format_type_extended(type, modifier, FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY)));
  const char *note = psprintf("update %s a set \"became\" = t.%s from %s t where %s", taken.archived_as, quote_identifier(get_attname(taken.table, taken.column, false)),
                              name_of(taken.table), key_list(taken.table, "a.%1$I = t.%1$I", " and "));
  with_all_rows(taken.table, [note] { pg::spi_run(note); });
}

// ---- rows ----

uint64 take_out_rows(const Script &script, Oid table, const char *condition) {
  insist_on_key(table, "rows");
  const int32 item = next_item();
  const char *archived = archive_name(get_rel_name(table), item), *name = name_of(table);
  pg::spi_run(psprintf("lock table %s in share row exclusive mode", name));
  const uint64 kept = pg::spi_run(psprintf("create table %s as select * from %s where %s", archived, name, condition));
  keep(script, item, {"rows", name, nullptr, archived, nullptr});
  // Those that were kept: the condition may hold for others when it is asked again.
  const uint64 gone = delete_kept(psprintf("delete from %s t using %s a where %s", name, archived, key_list(table, "a.%1$I = t.%1$I", " and ")));
  if (gone != kept)
    ereport(ERROR, (errcode(ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION), errmsg("not all rows of \"%s\" could be set aside", name),
                    errdetail(UINT64_FORMAT " rows were kept, and " UINT64_FORMAT " deleted.", kept, gone)));
  return gone;
}

}  // namespace proapp::migration
