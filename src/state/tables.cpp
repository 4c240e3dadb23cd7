#include "pg/boundary.hpp"

#include "pg/rows.hpp"
#include "pg/scan.hpp"
#include "pg/session.hpp"
#include "state/restoring.hpp"
#include "state/tables.hpp"

extern "C" {
#include <catalog/namespace.h>
#include <catalog/pg_class.h>
#include <catalog/pg_extension.h>
#include <catalog/pg_namespace.h>
#include <commands/extension.h>
#include <storage/lmgr.h>
#include <utils/acl.h>
#include <utils/fmgroids.h>
#include <utils/syscache.h>
}

namespace proapp::state {

static constexpr char schema_name[] = "proapp_data";

Oid extension_owner() {
  ScanKeyData key;
  ScanKeyInit(&key, Anum_pg_extension_extname, BTEqualStrategyNumber, F_NAMEEQ, CStringGetDatum("proapp_schema"));
  pg::CatalogScan scan(ExtensionRelationId, ExtensionNameIndexId, nullptr, &key, 1);
  if (!scan.next()) ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("extension \"proapp_schema\" does not exist")));
  const Oid owner = scan.row<Form_pg_extension>()->extowner;
  scan.close();
  return owner;
}

static bool is_trusted(Oid owner) { return owner == extension_owner() || superuser_arg(owner); }

static void raise_distrust(Oid owner, const char *what, const char *name) {
  const Oid expected = extension_owner();
  ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("%s \"%s\" belongs to \"%s\", not to the owner of the extension", what, name, GetUserNameFromId(owner, false)),
                  errdetail("The extension \"proapp_schema\" belongs to \"%s\" and trusts nobody else's tables.", GetUserNameFromId(expected, false)),
                  errhint("If its content is yours, give it to the extension's owner: ALTER %s %s OWNER TO %s.", strcmp(what, "schema") == 0 ? "SCHEMA" : "TABLE", name,
                          quote_identifier(GetUserNameFromId(expected, false)))));
}

static Oid find(const Table &table, bool raises) {
  const Oid schema = get_namespace_oid(schema_name, true);
  if (!OidIsValid(schema)) return InvalidOid;
  HeapTuple tuple = SearchSysCache1(NAMESPACEOID, ObjectIdGetDatum(schema));
  if (!HeapTupleIsValid(tuple)) return InvalidOid;
  const Oid schema_owner = reinterpret_cast<Form_pg_namespace>(GETSTRUCT(tuple))->nspowner;
  ReleaseSysCache(tuple);
  if (!is_trusted(schema_owner)) {
    if (raises) raise_distrust(schema_owner, "schema", schema_name);
    return InvalidOid;
  }

  const Oid relation = get_relname_relid(table.name, schema);
  if (!OidIsValid(relation)) return InvalidOid;
  tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
  if (!HeapTupleIsValid(tuple)) return InvalidOid;
  const Oid table_owner = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relowner;
  ReleaseSysCache(tuple);
  if (is_trusted(table_owner)) return relation;
  if (raises) raise_distrust(table_owner, "table", psprintf("%s.%s", schema_name, table.name));
  return InvalidOid;
}

Oid find(const Table &table) { return find(table, true); }
Oid find_trusted(const Table &table) { return find(table, false); }

uint64 run(const char *sql, std::initializer_list<pg::Argument> arguments, bool read_only) {
  const pg::User before = pg::switch_user(extension_owner());
  const int pin = pg::pin_search_path();
  const uint64 rows = pg::spi_run(sql, arguments, read_only);
  pg::unpin_search_path(pin);
  pg::restore_user(before);
  return rows;
}

// Default privileges may have granted our new object to others.
static void revoke_defaults(const char *kind, const char *name, const char *grantees) {
  const uint64 count = pg::spi_run(grantees);
  SPITupleTable *found = SPI_tuptable;
  for (uint64 i = 0; i < count; ++i) pg::spi_run(psprintf("revoke all on %s %s from %s", kind, name, SPI_getvalue(found->vals[i], found->tupdesc, 1)));
}

static void make_schema() {
  if (OidIsValid(get_namespace_oid(schema_name, true))) return;
  pg::spi_run("create schema proapp_data");
  pg::spi_run("comment on schema proapp_data is 'State of proapp_schema: what you registered, saved and recorded. Kept by DROP EXTENSION; dumped with your data.'");
  revoke_defaults("schema", schema_name,
                  "select distinct case a.grantee when 0 then 'public' else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) end"
                  " from pg_catalog.pg_namespace n, pg_catalog.aclexplode(n.nspacl) a where n.nspname = 'proapp_data' and a.grantee <> n.nspowner");
}

static void make_table(const Table &table) {
  pg::spi_run(psprintf("create table proapp_data.%s (%s)", table.name, table.columns));
  if (table.index != nullptr) pg::spi_run(psprintf("create index on proapp_data.%s %s", table.name, table.index));
  if (table.changes != nullptr) pg::spi_run(psprintf("alter table proapp_data.%s %s", table.name, table.changes));
  revoke_defaults("table", psprintf("proapp_data.%s", table.name),
                  psprintf("select distinct case a.grantee when 0 then 'public' else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) end"
                           " from pg_catalog.pg_class c, pg_catalog.aclexplode(c.relacl) a where c.oid = 'proapp_data.%s'::pg_catalog.regclass and a.grantee <> c.relowner",
                           table.name));
}

void refuse_while_restoring() {
  if (restoring())
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("proapp_schema writes nothing while the database is being restored"),
                    errdetail("The setting proapp.restoring is on, or is auto and the session looks like a restore: row_security is off and search_path is empty."),
                    errhint("Call again after the restore, or SET proapp.restoring = off.")));
}

Oid find_or_make(const Table &table) {
  refuse_while_restoring();
  Oid relation = find(table);
  if (OidIsValid(relation)) return relation;

  // Two sessions may come here at once: the second waits for the first one's commit and then finds the table.
  LockDatabaseObject(ExtensionRelationId, get_extension_oid("proapp_schema", false), 0, ShareUpdateExclusiveLock);
  relation = find(table);
  if (OidIsValid(relation)) return relation;

  // A companion's script may be what calls us: its extension must not own our tables.
  const pg::User before = pg::switch_user(extension_owner());
  const int pin = pg::pin_search_path();
  pg::outside_of_extension([&table] {
    pg::spi_begin();
    make_schema();
    make_table(table);
    pg::spi_end();
    CommandCounterIncrement();
  });
  pg::unpin_search_path(pin);
  pg::restore_user(before);
  return find(table);
}

Datum rows(FunctionCallInfo fcinfo, const Table &table, const char *sql) {
  pg::Rows rows(fcinfo);
  if (!OidIsValid(find(table))) return rows.done();
  pg::spi_begin();
  run(sql, {}, true);
  pg::spi_put(rows);
  pg::spi_end();
  return rows.done();
}

}  // namespace proapp::state
