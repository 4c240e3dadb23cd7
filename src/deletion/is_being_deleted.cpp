// is_being_deleted(): what the policies of hiding.hpp ask. While a snapshot sees nothing hidden of a table its rows cost a comparison of snapshots each.
#include "pg/boundary.hpp"

#include "deletion/hiding.hpp"
#include "deletion/table_name.hpp"
#include "pg/moment.hpp"
#include "pg/scan.hpp"

extern "C" {
#include <access/table.h>
#include <nodes/supportnodes.h>
#include <utils/builtins.h>
#include <utils/fmgroids.h>
#include <utils/fmgrprotos.h>
#include <utils/relcache.h>
#include <utils/snapmgr.h>
}

namespace proapp::deletion {

namespace {

const pg_uuid_t *own = nullptr;  // see_own()

struct HiddenTable {
  Oid id;
  char name[(NAMEDATALEN * 2 + 2) * 2];  // what its rows' digests begin with
};

// Tables of which one snapshot sees hidden rows, and where these stand.
struct HiddenTables {
  pg::Moment moment;
  MemoryContext context;
  HiddenTable *tables;
  int count;
  Oid rows, index;
};
HiddenTables kept;

// An array that has room for one more at every power of two.
void add_table(HiddenTables &into, Oid id, const char *name) {
  if ((into.count & (into.count - 1)) == 0) {
    auto *larger = static_cast<HiddenTable *>(palloc(sizeof(HiddenTable) * static_cast<size_t>(into.count == 0 ? 1 : into.count * 2)));
    if (into.count > 0) memcpy(larger, into.tables, sizeof(HiddenTable) * static_cast<size_t>(into.count));
    into.tables = larger;
  }
  into.tables[into.count].id = id;
  strlcpy(into.tables[into.count++].name, name, sizeof into.tables->name);
}

void read_tables(Snapshot snapshot, HiddenTables &into) {
  const Oid hidden = state::find_trusted(hidden_tables);
  into.rows = OidIsValid(hidden) ? state::find_trusted(hidden_rows) : InvalidOid;
  if (!OidIsValid(into.rows)) return;
  const Relation rows = table_open(into.rows, AccessShareLock);
  RelationGetIndexList(rows);
  into.index = rows->rd_pkindex;
  table_close(rows, AccessShareLock);
  for (pg::CatalogScan scan(hidden, snapshot); scan.next();) {
    const auto name = scan.column(2);
    if (!name) continue;
    const char *written = TextDatumGetCString(*name);
    if (const Oid id = find_table(written); OidIsValid(id)) add_table(into, id, written);
  }
}

const HiddenTables &tables_hidden_from(Snapshot snapshot) {
  if (kept.context != nullptr && pg::is_now(kept.moment, snapshot)) return kept;
  const uint64 generation = pg::generation();
  const MemoryContext fresh = AllocSetContextCreateInternal(CurrentMemoryContext, "proapp hidden tables", ALLOCSET_SMALL_SIZES);
  const MemoryContext outside = MemoryContextSwitchTo(fresh);
  HiddenTables found = {};
  read_tables(snapshot, found);
  if (pg::can_be_recognised(snapshot)) {
    found.moment = pg::keep_moment(generation, snapshot);
    MemoryContextSetParent(fresh, CacheMemoryContext);
  } else {
    found.moment.generation = PG_UINT64_MAX;  // never again
  }
  MemoryContextSwitchTo(outside);
  if (kept.context != nullptr && kept.moment.generation != PG_UINT64_MAX) MemoryContextDelete(kept.context);
  kept = found;
  kept.context = fresh;
  return kept;
}

const HiddenTable *find(const HiddenTables &tables, Oid relation) {
  for (int i = 0; i < tables.count; ++i)
    if (tables.tables[i].id == relation) return &tables.tables[i];
  return nullptr;
}

// The deletion that hides it; false where none does, or only our own.
bool is_hidden(const HiddenTables &tables, const pg_uuid_t &digest, Snapshot snapshot, pg_uuid_t &deletion) {
  ScanKeyData key;
  ScanKeyInit(&key, 1, BTEqualStrategyNumber, F_UUID_EQ, UUIDPGetDatum(&digest));
  bool found = false;
  pg::CatalogScan scan(tables.rows, tables.index, snapshot, &key, 1);
  while (!found && scan.next()) {
    deletion = *DatumGetUUIDP(*scan.column(2));
    found = own == nullptr || memcmp(own, &deletion, sizeof deletion) != 0;
  }
  if (found) scan.close();
  return found;
}

}  // namespace

void see_own(const pg_uuid_t &deletion, void (*work)(void *), void *argument) {
  const pg_uuid_t *before = own;
  own = &deletion;
  PG_TRY();
  { work(argument); }
  PG_FINALLY();
  { own = before; }
  PG_END_TRY();
}

void insist_on_not_hidden(const Key &key) {
  const Snapshot snapshot = RegisterSnapshot(GetLatestSnapshot());
  const HiddenTables &tables = tables_hidden_from(snapshot);
  pg_uuid_t deletion;
  bool hidden = false;
  if (const HiddenTable *table = find(tables, key.relation)) {
    KeyValue values[INDEX_MAX_KEYS];
    for (int i = 0; i < key.count; ++i) values[i] = {key.columns[i].value, key.columns[i].type};
    hidden = is_hidden(tables, digest_of_row(table->name, values, key.count), snapshot, deletion);
  }
  UnregisterSnapshot(snapshot);
  if (!hidden) return;
  const char *id = DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(&deletion)));
  ereport(ERROR, (errcode(ERRCODE_OBJECT_IN_USE), errmsg("the row is being deleted already"), errdetail("Deletion %s in batches has hidden it.", id),
                  errhint("CALL proapp.run_deletion('%s') goes on; SELECT proapp.cancel_deletion('%s') ends it.", id, id)));
}

}  // namespace proapp::deletion

using namespace proapp;
using namespace proapp::deletion;

PROAPP_FUNCTION(proapp_is_being_deleted) {
  if (PG_ARGISNULL(0) || !ActiveSnapshotSet()) PG_RETURN_BOOL(false);
  const Snapshot snapshot = GetActiveSnapshot();
  const HiddenTables &tables = tables_hidden_from(snapshot);
  const HiddenTable *table = find(tables, PG_GETARG_OID(0));
  if (table == nullptr) PG_RETURN_BOOL(false);
  KeyValue values[FUNC_MAX_ARGS];
  const int count = PG_NARGS() - 1;
  for (int i = 0; i < count; ++i) {
    if (PG_ARGISNULL(i + 1)) PG_RETURN_BOOL(false);
    values[i] = {PG_GETARG_DATUM(i + 1), get_fn_expr_argtype(fcinfo->flinfo, i + 1)};
  }
  pg_uuid_t deletion;
  PG_RETURN_BOOL(is_hidden(tables, digest_of_row(table->name, values, count), snapshot, deletion));
}

// Hardly any row is: without this the planner takes a third of them for hidden.
PROAPP_FUNCTION(proapp_plan_is_being_deleted) {
  auto *request = reinterpret_cast<SupportRequestSelectivity *>(PG_GETARG_POINTER(0));
  if (!IsA(request, SupportRequestSelectivity)) PG_RETURN_POINTER(nullptr);
  request->selectivity = 0.0;
  PG_RETURN_POINTER(request);
}
