// run_deletion: one batch after the other, each committed, until the root is gone. What is left after a crash is found again from the root.
#include "pg/boundary.hpp"

#include "pg/arguments.hpp"
#include "pg/context_arena.hpp"
#include "pg/session.hpp"
#include "pg/spi.hpp"

#include "deletion/batch.hpp"
#include "deletion/hiding.hpp"
#include "deletion/remove.hpp"
#include "deletion/runs.hpp"
#include "deletion/table_name.hpp"
#include "deletion/unfit.hpp"

extern "C" {
#include <access/xact.h>
#include <common/hashfn.h>
#include <utils/fmgrprotos.h>
#include <utils/guc.h>
}

namespace proapp::deletion {

static pg::Argument uuid(const pg_uuid_t &deletion) { return {UUIDOID, UUIDPGetDatum(&deletion)}; }
static const char *uuid_text(const pg_uuid_t &deletion) { return DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(&deletion))); }

// Until the batch is committed. Whoever runs it between two batches of ours keeps it, and we stop.
static void insist_on_running_alone(const pg_uuid_t &deletion) {
  const uint64 number = hash_bytes_extended(deletion.data, UUID_LEN, 2);
  if (DatumGetBool(DirectFunctionCall1(pg_try_advisory_xact_lock_int8, Int64GetDatum(static_cast<int64>(number))))) return;
  ereport(ERROR, (errcode(ERRCODE_OBJECT_IN_USE), errmsg("deletion %s is being run by another session", uuid_text(deletion)), errhint("select * from proapp.deletions_running")));
}

struct Task {
  Request request;
  int32 next_step;
};

static Task read_task(const pg_uuid_t &deletion, bool first) {
  if (!OidIsValid(state::find(deletion_runs)) ||
      state::run("select d.state, d.relation, d.key, (select coalesce(max(s.step), 0) + 1 from proapp_data.deletion_steps s where s.deletion = d.deletion)"
                 " from proapp_data.deletions d join proapp_data.deletion_runs r using (deletion) where d.deletion = $1 for update",
                 {uuid(deletion)}) == 0)
    ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("deletion %s was not started", uuid_text(deletion)), errhint("select proapp.start_deletion(…)")));
  if (pg::spi_text(0, 1) != "deleting")
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("deletion %s is %s", uuid_text(deletion), pg::c_string(pg::spi_text(0, 1))),
                    first ? 0 : errdetail("It was while it ran. What was deleted until then is archived.")));
  const char *relation = pg::c_string(pg::spi_text(0, 2));
  Task task = {};
  task.request.relation = find_table(relation);
  if (!OidIsValid(task.request.relation))
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("table %s no longer exists as it was registered", relation),
                    errhint("select proapp.cancel_deletion('%s')", uuid_text(deletion))));
  insist_on_root(task.request.relation);
  const Datum key = *pg::spi_datum(0, 3);
  task.next_step = DatumGetInt32(*pg::spi_datum(0, 4));
  const Relation table = table_open(task.request.relation, AccessShareLock);
  task.request.key = read_key(table, key, JSONBOID);
  table_close(table, NoLock);
  task.request.purpose = Purpose::remove;
  return task;
}

static void set_locally(const char *setting, const char *value) { set_config_option(setting, value, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false); }

// A batch is small beside its tables, and the next one is not to read them as a whole again. Only this backend knows what see_own() says.
static int set_for_batches() {
  const int nest = NewGUCNestLevel();
  set_locally("random_page_cost", "1");
  set_locally("max_parallel_workers_per_gather", "0");
  return nest;
}

// Is there more to do?
static bool run_batch(const pg_uuid_t &deletion, uint64 size, Guess &guess, bool first) {
  insist_on_running_alone(deletion);
  take_turn(deletion);
  const Task task = read_task(deletion, first);
  lock_root(task.request);
  auto &arena = *new (palloc(sizeof(pg::ContextArena))) pg::ContextArena("proapp batch of a deletion");
  if (first) state::run("update proapp_data.deletion_runs set run_started_at = pg_catalog.clock_timestamp(), run_rows = 0 where deletion = $1", {uuid(deletion)});
  const int nest = set_for_batches();
  const Batch batch = next_batch(arena, task.request, size, guess);
  int64 rows = 0;
  if (batch.examination != nullptr) {
    insist_on_no_obstacle(task.request, *batch.examination);
    remove_all(*batch.examination, deletion, task.next_step);
    rows = static_cast<int64>(batch.examination->closure.total);
    close(*batch.examination);
  }
  pg::unpin_search_path(nest);
  state::run(
      "update proapp_data.deletion_runs set rows_done = rows_done + $2, run_rows = run_rows + $2, batches = batches + 1, last_batch_at = pg_catalog.clock_timestamp()"
      " where deletion = $1",
      {uuid(deletion), rows});
  if (batch.examination != nullptr && !batch.is_last) return true;
  end_deletion(deletion, "deleted");
  show_rows(deletion);
  return false;
}

}  // namespace proapp::deletion

using namespace proapp;
using namespace proapp::deletion;

PROAPP_FUNCTION(proapp_run_deletion) {
  pg::insist_on_commit(fcinfo, "run_deletion()", "It commits after each batch.", "In one transaction: select * from proapp.delete_safely(…).");
  PreventCommandIfReadOnly("proapp.run_deletion()");
  state::refuse_while_restoring();
  const pg_uuid_t deletion = *DatumGetUUIDP(pg::required(fcinfo, 0, "deletion"));
  const int32 size = DatumGetInt32(pg::required(fcinfo, 1, "batch_size"));
  if (size < 1) ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("batch_size must be at least 1")));
  Guess guess = {};
  pg::spi_begin_procedure();
  const MemoryContext outside = CurrentMemoryContext;
  bool more = true;
  for (bool first = true; more; first = false) {
    const MemoryContext of_batch = AllocSetContextCreate(outside, "proapp batch", ALLOCSET_DEFAULT_SIZES);
    MemoryContextSwitchTo(of_batch);
    PushActiveSnapshot(GetTransactionSnapshot());
    see_own(deletion, [&] { more = run_batch(deletion, static_cast<uint64>(size), guess, first); });
    PopActiveSnapshot();
    MemoryContextSwitchTo(outside);
    pg::spi_commit();
    MemoryContextDelete(of_batch);
  }
  pg::spi_end();
  PG_RETURN_VOID();
}
