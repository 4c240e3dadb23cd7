// run_deferred: what migrations kept for after their commit, one statement after the other.
#include "pg/boundary.hpp"

#include "migration/deferred.hpp"
#include "migration/deferred_worker.hpp"
#include "pg/spi.hpp"

extern "C" {
#include <miscadmin.h>
#include <tcop/utility.h>
#include <utils/snapmgr.h>
}

namespace proapp::migration {

// Runs `work` with a snapshot, and ends the transaction.
template <class Work>
static void step(Work work) {
  PushActiveSnapshot(GetTransactionSnapshot());
  work();
  PopActiveSnapshot();
  pg::spi_commit();
}

// The next one after `number`, of a role that the session's user may become; 0 where there is none. What follows a statement of the same version that is not
// done waits for it.
static int64 next_after(int64 number) {
  int64 next = 0;
  step([&] {
    if (state::run("select d.number from proapp_data.deferred_statements d where d.done_at is null and d.number > $1 and not exists"
                   " (select from proapp_data.deferred_statements e where e.app = d.app and e.version = d.version and e.number < d.number and e.done_at is null)"
                   " and not exists (select from pg_catalog.pg_roles r where r.rolname = d.role and not pg_catalog.pg_has_role(session_user, r.oid, 'MEMBER'))"
                   " order by d.number limit 1",
                   {number}) > 0)
      next = DatumGetInt64(*pg::spi_datum(0, 1));
  });
  return next;
}

// What came of it, where it failed: for DETAIL, in the current memory context.
static void add_failure(int64 number, StringInfo failures) {
  step([&] {
    if (state::run("select pg_catalog.format('%s %s: %s: %s', app, version, statement, coalesce(last_error, case when attempts = 0 then 'it did not begin' else 'it was ended, or "
                   "runs in another session' end))"
                   " from proapp_data.deferred_statements where number = $1 and done_at is null",
                   {number}) > 0)
      appendStringInfo(failures, "%s%s", failures->len > 0 ? "\n" : "", pg::c_string(pg::spi_text(0, 1)));
  });
}

static void run_deferred() {
  StringInfo failures = makeStringInfo();
  for (int64 number = next_after(0); number != 0; number = next_after(number)) {
    CHECK_FOR_INTERRUPTS();
    run_in_worker(number);
    add_failure(number, failures);
  }
  if (failures->len > 0)
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("not all deferred statements are done"), errdetail_internal("%s", failures->data),
                    errhint("Those that are done stay done. The others are tried again by the next CALL: select * from proapp.deferred_statements.")));
}

}  // namespace proapp::migration

using namespace proapp;
using namespace proapp::migration;

PROAPP_FUNCTION(proapp_run_deferred) {
  pg::insist_on_commit(fcinfo, "run_deferred()", "What it runs cannot run within a transaction.", "Each statement has transactions of its own.");
  PreventCommandIfReadOnly("proapp.run_deferred()");
  state::refuse_while_restoring();
  if (!OidIsValid(state::find(deferred_statements))) PG_RETURN_VOID();
  pg::spi_begin_procedure();
  run_deferred();
  pg::spi_end();
  PG_RETURN_VOID();
}
