#include "migration/deferred_worker.hpp"

#include "migration/deferred.hpp"
#include "pg/boundary.hpp"
#include "pg/compat.hpp"
#include "pg/spi.hpp"

extern "C" {
#include <access/xact.h>
#include <miscadmin.h>
#include <parser/parser.h>
#include <postmaster/bgworker.h>
#include <storage/ipc.h>
#include <tcop/pquery.h>
#include <tcop/tcopprot.h>
#include <tcop/utility.h>
#include <utils/backend_status.h>
#include <utils/guc.h>
#include <utils/memutils.h>
#include <utils/portal.h>
#include <utils/snapmgr.h>
}

namespace proapp::migration {

namespace {

struct Passed {
  Oid database, user;
  int64 number;
};
static_assert(sizeof(Passed) <= BGW_EXTRALEN);

struct Task {
  const char *statement, *role;
  int32 attempt;
  bool ended;  // the attempt before this one was ended, and said nothing
};

// In a transaction of its own, with a snapshot. `work` makes PostgreSQL calls only.
template <class Work>
void transaction(Work work) {
  StartTransactionCommand();
  PushActiveSnapshot(GetTransactionSnapshot());
  pg::spi_begin();
  work();
  pg::spi_end();
  PopActiveSnapshot();
  CommitTransactionCommand();
}

const char *keep(std::string_view text) { return MemoryContextStrdup(TopMemoryContext, pg::c_string(text)); }

// False where somebody else has it in work, or it is done. The lock is the session's, and ends with it.
bool take(int64 number, Task &task) {
  bool taken = false;
  transaction([&] {
    pg::spi_run("select pg_catalog.pg_try_advisory_lock(pg_catalog.hashtextextended('proapp deferred statement', $1))", {number});
    if (!DatumGetBool(*pg::spi_datum(0, 1))) return;
    if (state::run(
            "update proapp_data.deferred_statements set attempts = attempts + 1 where number = $1 and done_at is null returning statement, role, attempts, last_error is null",
            {number}) == 0)
      return;
    task = {keep(pg::spi_text(0, 1)), keep(pg::spi_text(0, 2)), DatumGetInt32(*pg::spi_datum(0, 3)), DatumGetBool(*pg::spi_datum(0, 4))};
    taken = true;
  });
  return taken;
}

void record(int64 number, const char *error) {
  transaction([&] {
    state::run("update proapp_data.deferred_statements set last_error = $2, done_at = case when $2 is null then pg_catalog.clock_timestamp() end where number = $1",
               {number, error});
  });
}

// As the server runs what a client sends: a statement may end transactions and begin others, and its plan outlives them.
void execute(const char *sql) {
  const MemoryContext outside = CurrentMemoryContext, context = AllocSetContextCreate(TopMemoryContext, "proapp deferred statement", ALLOCSET_DEFAULT_SIZES);
  debug_query_string = sql;
  pgstat_report_activity(STATE_RUNNING, sql);
  StartTransactionCommand();
  MemoryContextSwitchTo(context);
  const RawStmt *statement = linitial_node(RawStmt, pg_parse_query(sql));
  const CommandTag tag = CreateCommandTag(statement->stmt);
  List *queries = pg_analyze_and_rewrite_fixedparams(const_cast<RawStmt *>(statement), sql, nullptr, 0, nullptr);
  List *plans = pg_plan_queries(queries, sql, CURSOR_OPT_PARALLEL_OK, nullptr);
  Portal portal = CreatePortal("", true, true);
  portal->visible = false;
  PortalDefineQuery(portal, nullptr, sql, tag, plans, nullptr);
  PortalStart(portal, nullptr, 0, InvalidSnapshot);
  DestReceiver *nowhere = CreateDestReceiver(DestNone);
  QueryCompletion completion;
  PortalRun(portal, FETCH_ALL, true, true, nowhere, nowhere, &completion);
  PortalDrop(portal, false);
  CommitTransactionCommand();
  MemoryContextSwitchTo(outside);
  MemoryContextDelete(context);
}

// Relations that the statement makes, or makes anew.
const RangeVar *target_of(const Node *statement, const char *&made) {
  made = nullptr;
  if (IsA(statement, IndexStmt)) {
    const auto *index = reinterpret_cast<const IndexStmt *>(statement);
    made = quote_qualified_identifier(index->relation->schemaname, index->idxname);
    return index->relation;
  }
  return IsA(statement, ReindexStmt) ? reinterpret_cast<const ReindexStmt *>(statement)->relation : nullptr;
}

// The rest of DETACH PARTITION … CONCURRENTLY, which must not be begun again; null where it was not begun.
const char *finalizing(const Node *statement) {
  if (!IsA(statement, AlterTableStmt)) return nullptr;
  const auto *alter = reinterpret_cast<const AlterTableStmt *>(statement);
  const RangeVar *parent = alter->relation, *part = reinterpret_cast<const PartitionCmd *>(linitial_node(AlterTableCmd, alter->cmds)->def)->name;
  const char *of = quote_qualified_identifier(parent->schemaname, parent->relname), *name = quote_qualified_identifier(part->schemaname, part->relname);
  if (pg::spi_run("select from pg_catalog.pg_inherits where inhrelid = pg_catalog.to_regclass($1) and inhparent = pg_catalog.to_regclass($2) and inhdetachpending", {name, of}) ==
      0)
    return nullptr;
  return keep(psprintf("alter table %s detach partition %s finalize", of, name));
}

// What an attempt before this one has left: invalid indexes go, a partition that is half detached is detached. True where nothing is left to do.
bool clear_up(const Task &task) {
  bool done = false;
  const char *rest = nullptr, **leftovers = nullptr;
  uint64 count = 0;
  transaction([&] {
    const char *made;
    const Node *statement = linitial_node(RawStmt, raw_parser(task.statement, RAW_PARSE_DEFAULT))->stmt;
    rest = finalizing(statement);
    const RangeVar *target = target_of(statement, made);
    if (target == nullptr) return;
    const char *name = quote_qualified_identifier(target->schemaname, target->relname);
    count = pg::spi_run(
        "select pg_catalog.format('%s', c.oid::pg_catalog.regclass) from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid"
        " where not i.indisvalid and (c.oid = pg_catalog.to_regclass($1) or c.relname ~ '_cc(new|old)[0-9]*$' and i.indrelid ="
        " coalesce((select indrelid from pg_catalog.pg_index where indexrelid = pg_catalog.to_regclass($2)), pg_catalog.to_regclass($2)))",
        {made, name});
    leftovers = static_cast<const char **>(MemoryContextAlloc(TopMemoryContext, sizeof(char *) * (count + 1)));
    for (uint64 i = 0; i < count; ++i) leftovers[i] = keep(pg::spi_text(i, 1));
    done = task.ended && made != nullptr && pg::spi_run("select from pg_catalog.pg_index where indexrelid = pg_catalog.to_regclass($1) and indisvalid", {made}) > 0;
  });
  for (uint64 i = 0; i < count; ++i) execute(psprintf("drop index concurrently %s", leftovers[i]));
  if (rest != nullptr) execute(rest);
  return done || rest != nullptr;
}

// Null where it went well.
const char *attempt(const Task &task) {
  const MemoryContext context = CurrentMemoryContext;
  const char *volatile failure = nullptr;
  PG_TRY();
  {
    execute(psprintf("set role %s", quote_identifier(task.role)));
    if (task.attempt == 1 || !clear_up(task)) execute(task.statement);
  }
  PG_CATCH();
  {
    MemoryContextSwitchTo(TopMemoryContext);
    ErrorData *error = CopyErrorData();
    FlushErrorState();
    AbortCurrentTransaction();
    failure = error->message;
  }
  PG_END_TRY();
  MemoryContextSwitchTo(context);
  return failure;
}

}  // namespace

static void stop_worker(int, Datum handle) { TerminateBackgroundWorker(reinterpret_cast<BackgroundWorkerHandle *>(DatumGetPointer(handle))); }

void run_in_worker(int64 number) {
  BackgroundWorker worker = {};
  worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
  worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
  worker.bgw_restart_time = BGW_NEVER_RESTART;
  worker.bgw_notify_pid = MyProcPid;
  strlcpy(worker.bgw_library_name, "proapp_schema", sizeof worker.bgw_library_name);
  strlcpy(worker.bgw_function_name, "proapp_deferred_worker", sizeof worker.bgw_function_name);
  strlcpy(worker.bgw_name, "proapp deferred statement", sizeof worker.bgw_name);
  strlcpy(worker.bgw_type, worker.bgw_name, sizeof worker.bgw_type);
  const Passed passed = {MyDatabaseId, GetSessionUserId(), number};
  memcpy(worker.bgw_extra, &passed, sizeof passed);
  BackgroundWorkerHandle *handle;
  if (!RegisterDynamicBackgroundWorker(&worker, &handle))
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_RESOURCES), errmsg("no background worker is free to run a deferred statement"),
                    errhint("Call it again later, or increase max_worker_processes.")));
  // Also where this session is ended.
  PG_ENSURE_ERROR_CLEANUP(stop_worker, PointerGetDatum(handle));
  {
    InvalidateCatalogSnapshot();
    (void)WaitForBackgroundWorkerShutdown(handle);
  }
  PG_END_ENSURE_ERROR_CLEANUP(stop_worker, PointerGetDatum(handle));
}

}  // namespace proapp::migration

using namespace proapp::migration;

extern "C" PROAPP_EXPORT void proapp_deferred_worker(Datum argument);

void proapp_deferred_worker(Datum) {
  Passed passed;
  memcpy(&passed, MyBgworkerEntry->bgw_extra, sizeof passed);
  pqsignal(SIGTERM, die);
  BackgroundWorkerUnblockSignals();
  BackgroundWorkerInitializeConnectionByOid(passed.database, passed.user, 0);
  // As in a script, whatever the database or the user has set.
  static constexpr const char *settings[][2] = {
      {"search_path", "pg_catalog, pg_temp"}, {"standard_conforming_strings", "on"}, {"default_transaction_isolation", "read committed"}, {"default_transaction_read_only", "off"}};
  for (const auto &setting : settings) SetConfigOption(setting[0], setting[1], PGC_USERSET, PGC_S_SESSION);
  Task task;
  if (!take(passed.number, task)) return;
  const char *failure = attempt(task);
  execute("reset role");
  record(passed.number, failure);
}
