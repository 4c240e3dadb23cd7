// is_being_deleted(): what the policies of hiding.hpp ask. While nothing of a table is hidden the planner answers, and plans made then are made anew when that ends.
#include "pg/boundary.hpp"

#include "deletion/hiding.hpp"
#include "deletion/runs.hpp"
#include "deletion/table_name.hpp"
#include "pg/scan.hpp"
#include "state/scan.hpp"

extern "C" {
#include <access/table.h>
#include <access/xact.h>
#include <nodes/makefuncs.h>
#include <nodes/pathnodes.h>
#include <nodes/supportnodes.h>
#include <utils/fmgroids.h>
#include <utils/inval.h>
#include <utils/relcache.h>
#include <utils/snapmgr.h>
}

namespace proapp::deletion {

static bool sees_hidden = false;

void see_hidden(void (*work)(void *), void *argument) {
  const bool before = sees_hidden;
  sees_hidden = true;
  PG_TRY();
  { work(argument); }
  PG_FINALLY();
  { sees_hidden = before; }
  PG_END_TRY();
}

namespace {

// Tables of which nothing is hidden, as far as this backend was told: who starts to hide rows of one invalidates it.
HTAB *nothing_hidden = nullptr;
uint64 invalidations = 0;

void forget(Datum, Oid relation) {
  ++invalidations;
  if (OidIsValid(relation)) {
    hash_search(nothing_hidden, &relation, HASH_REMOVE, nullptr);
    return;
  }
  HASH_SEQ_STATUS status;
  hash_seq_init(&status, nothing_hidden);
  while (const void *entry = hash_seq_search(&status)) hash_search(nothing_hidden, entry, HASH_REMOVE, nullptr);
}

void remember_from_now_on() {
  if (nothing_hidden != nullptr) return;
  HASHCTL control = {};
  control.keysize = control.entrysize = sizeof(Oid);
  nothing_hidden = hash_create("proapp tables without hidden rows", 64, &control, HASH_ELEM | HASH_BLOBS);
  CacheRegisterRelcacheCallback(forget, 0);
}

bool names(const ArrayType *array, std::string_view name) {
  Datum *elements;
  int count;
  deconstruct_array(const_cast<ArrayType *>(array), TEXTOID, -1, false, TYPALIGN_INT, &elements, nullptr, &count);
  for (int i = 0; i < count; ++i)
    if (pg::view(elements[i]) == name) return true;
  return false;
}

bool is_hidden_by_some_run(Oid relation, Snapshot snapshot) {
  const char *name = table_text(relation);
  bool found = false;
  state::Scan scan(deletion_runs, snapshot);
  while (!found && scan.next())
    if (const auto hidden = scan.value("hidden")) found = names(DatumGetArrayTypeP(*hidden), name);
  if (found) scan.close();
  return found;
}

// As of now, whatever the statement sees: its plan may outlive it. Parallel work takes no new snapshot.
bool may_hide(Oid relation) {
  if (IsInParallelMode()) return true;
  remember_from_now_on();
  if (hash_search(nothing_hidden, &relation, HASH_FIND, nullptr) != nullptr) return false;
  const uint64 before = invalidations;
  const Snapshot snapshot = RegisterSnapshot(GetLatestSnapshot());
  const bool hides = is_hidden_by_some_run(relation, snapshot);
  UnregisterSnapshot(snapshot);
  if (!hides && invalidations == before) hash_search(nothing_hidden, &relation, HASH_ENTER, nullptr);
  return hides;
}

// What rows of one table are looked up by, for as long as no relation is invalidated.
struct Known {
  Oid relation, hidden_rows, index;
  uint64 invalidations;
  char name[(NAMEDATALEN * 2 + 2) * 2];
};
Known known;

// False where there is no such table, or nothing was ever hidden.
bool is_known(Oid relation) {
  remember_from_now_on();
  if (known.relation == relation && known.invalidations == invalidations) return true;
  const Oid hidden = get_rel_name(relation) != nullptr ? state::find(hidden_rows) : InvalidOid;
  if (!OidIsValid(hidden)) return false;
  const Relation table = table_open(hidden, AccessShareLock);
  RelationGetIndexList(table);
  known = {InvalidOid, hidden, table->rd_pkindex, 0, {}};
  table_close(table, AccessShareLock);
  strlcpy(known.name, table_text(relation), sizeof known.name);
  known.invalidations = invalidations;
  known.relation = relation;
  return true;
}

bool is_hidden(const pg_uuid_t &digest) {
  ScanKeyData key;
  ScanKeyInit(&key, 1, BTEqualStrategyNumber, F_UUID_EQ, UUIDPGetDatum(&digest));
  pg::CatalogScan scan(known.hidden_rows, known.index, GetActiveSnapshot(), &key, 1);
  const bool found = scan.next();
  if (found) scan.close();
  return found;
}

}  // namespace
}  // namespace proapp::deletion

using namespace proapp;
using namespace proapp::deletion;

PROAPP_FUNCTION(proapp_is_being_deleted) {
  if (sees_hidden || PG_ARGISNULL(0) || !ActiveSnapshotSet()) PG_RETURN_BOOL(false);
  const Oid relation = PG_GETARG_OID(0);
  if (!is_known(relation)) PG_RETURN_BOOL(false);
  KeyValue values[FUNC_MAX_ARGS];
  const int count = PG_NARGS() - 1;
  for (int i = 0; i < count; ++i) {
    if (PG_ARGISNULL(i + 1)) PG_RETURN_BOOL(false);
    values[i].value = PG_GETARG_DATUM(i + 1);
    get_typlenbyval(get_fn_expr_argtype(fcinfo->flinfo, i + 1), &values[i].length, &values[i].by_value);
  }
  PG_RETURN_BOOL(is_hidden(digest_of_row(known.name, values, count)));
}

PROAPP_FUNCTION(proapp_plan_is_being_deleted) {
  const auto *request = reinterpret_cast<SupportRequestSimplify *>(PG_GETARG_POINTER(0));
  if (!IsA(request, SupportRequestSimplify) || request->root == nullptr || !IsA(linitial(request->fcall->args), Const)) PG_RETURN_POINTER(nullptr);
  const auto *relation = linitial_node(Const, request->fcall->args);
  if (relation->constisnull) PG_RETURN_POINTER(nullptr);
  const Oid table = DatumGetObjectId(relation->constvalue);
  if (get_rel_name(table) == nullptr || may_hide(table)) PG_RETURN_POINTER(nullptr);
  request->root->glob->relationOids = lappend_oid(request->root->glob->relationOids, table);
  PG_RETURN_POINTER(makeBoolConst(false, false));
}
