// hold, release_hold and what view holds shows.
#include "pg/boundary.hpp"

#include "deletion/key.hpp"
#include "deletion/registrations.hpp"
#include "deletion/table_name.hpp"
#include "pg/arguments.hpp"
#include "pg/rows.hpp"

extern "C" {
#include <catalog/pg_type.h>
#include <utils/jsonb.h>
}

using namespace proapp;

namespace proapp::deletion {

static const char *json_text(Datum key) { return JsonbToCString(nullptr, &DatumGetJsonbP(key)->root, -1); }

// The row is there, and stays until this transaction ends: whoever is deleting it is waited for, and whoever wants to waits. As the table's owner, of whom
// the caller is one, past its policies.
static void lock_row(Relation table, const Key &key) {
  Oid types[INDEX_MAX_KEYS];
  Datum values[INDEX_MAX_KEYS];
  for (int i = 0; i < key.count; ++i) {
    types[i] = key.columns[i].type;
    values[i] = key.columns[i].value;
  }
  const char *sql = psprintf("select 1 from %s%s r where %s for key share of r", only(table), table_text(RelationGetRelid(table)), key_sql(key, "r", 1));
  Oid user;
  int context;
  GetUserIdAndSecContext(&user, &context);
  SetUserIdAndSecContext(table->rd_rel->relowner, context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_NOFORCE_RLS);
  const int result = SPI_execute_with_args(sql, key.count, types, values, nullptr, false, 0);
  SetUserIdAndSecContext(user, context);
  if (result != SPI_OK_SELECT) elog(ERROR, "SPI failed with %s: %s", SPI_result_code_string(result), sql);
  if (SPI_processed == 0) ereport(ERROR, (errcode(ERRCODE_NO_DATA_FOUND), errmsg("table %s has no row %s", table_text(RelationGetRelid(table)), json_text(key_jsonb(key)))));
}

static Datum hold_row(FunctionCallInfo fcinfo, Oid key_type) {
  const Oid relation = DatumGetObjectId(pg::required(fcinfo, 0, "relation"));
  const Datum written = pg::required(fcinfo, 1, "key");
  const char *reason = pg::required_text(fcinfo, 2, "reason");
  Relation table = open_own_table(relation, RowShareLock);
  const Key key = read_key(table, written, key_type);
  state::find_or_make(holds);
  pg::spi_begin();
  lock_row(table, key);
  state::run(
      "insert into proapp_data.holds as h (relation, key, reason, until) values ($1, $2, $3, $4)"
      " on conflict (relation, key) do update set reason = excluded.reason, until = excluded.until, held_by = session_user, held_at = pg_catalog.now()"
      " where (h.reason, h.until) is distinct from (excluded.reason, excluded.until)",
      {table_text(relation), {JSONBOID, key_jsonb(key)}, reason, {TIMESTAMPTZOID, PG_GETARG_DATUM(3), PG_ARGISNULL(3)}});
  pg::spi_end();
  table_close(table, NoLock);
  PG_RETURN_VOID();
}

static uint64 forget(const char *relation, Datum key) { return state::run("delete from proapp_data.holds where relation = $1 and key = $2", {relation, {JSONBOID, key}}); }

// As it is kept, which also does where the table is gone or has another key now; or as the caller writes the key.
static Datum release_row(FunctionCallInfo fcinfo, Oid key_type) {
  const char *relation = kept_text(pg::required_text(fcinfo, 0, "relation"));
  const Datum written = pg::required(fcinfo, 1, "key");
  check_owns(relation);
  uint64 gone = 0;
  if (OidIsValid(state::find(holds))) {
    state::refuse_while_restoring();
    pg::spi_begin();
    if (key_type == JSONBOID) gone = forget(relation, written);
    const Oid found = gone == 0 ? find_table(relation) : InvalidOid;
    Relation table = OidIsValid(found) ? try_table_open(found, AccessShareLock) : nullptr;
    if (table != nullptr) {
      gone = forget(relation, key_jsonb(read_key(table, written, key_type)));
      table_close(table, NoLock);
    }
    pg::spi_end();
  }
  if (gone == 0)
    ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("row %s of table %s is not held", key_type == JSONBOID ? json_text(written) : TextDatumGetCString(written), relation),
                    errhint("Rows that are: select * from proapp.holds.")));
  PG_RETURN_VOID();
}

}  // namespace proapp::deletion

PROAPP_FUNCTION(proapp_hold) { return deletion::hold_row(fcinfo, TEXTOID); }
PROAPP_FUNCTION(proapp_hold_jsonb) { return deletion::hold_row(fcinfo, JSONBOID); }
PROAPP_FUNCTION(proapp_release_hold) { return deletion::release_row(fcinfo, TEXTOID); }
PROAPP_FUNCTION(proapp_release_hold_jsonb) { return deletion::release_row(fcinfo, JSONBOID); }

PROAPP_FUNCTION(proapp_holds) {
  return state::rows(
      fcinfo, deletion::holds,
      "select relation, key, reason, until, held_by, held_at, coalesce(until <= pg_catalog.now(), false) from proapp_data.holds order by relation collate \"C\", key");
}
