// migrate_down, set_aside, and what view archived shows.
#include "pg/boundary.hpp"

#include "migration/archive.hpp"
#include "migration/baselines.hpp"
#include "migration/deferred.hpp"
#include "migration/ledger.hpp"
#include "migration/rollback.hpp"
#include "migration/take_out.hpp"
#include "pg/arguments.hpp"
#include "pg/spi.hpp"
#include "state/restoring.hpp"

extern "C" {
#include <access/xact.h>
}

using namespace proapp;
using namespace proapp::migration;

static void refuse_irreversible(const Script &script) {
  ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED), errmsg("version %s of %s cannot be undone", script.version, script.app),
                  errdetail("Its author declared it irreversible."), errhint("Restore a backup from before it.")));
}

// An older snapshot does not show what others have committed since: dropped with a column, it would not have been kept.
static void refuse_old_snapshot() {
  if (IsolationUsesXactSnapshot())
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("a downgrade needs the isolation level read committed"),
                    errdetail("A transaction of another level does not see the rows that others have committed meanwhile, and could not keep them."),
                    errhint("BEGIN ISOLATION LEVEL READ COMMITTED.")));
}

static void migrate_down(const Script &script) {
  refuse_old_snapshot();
  state::find_or_make(ledger);
  pg::spi_begin();
  lock_ledger();
  insist_on_newest(script);
  const List *noted = note_drift();
  open_archive();
  run_back(script);
  close_archive();
  renew_baselines(script, noted);
  forget_deferred(script);
  strike_out(script);
  pg::spi_end();
}

PROAPP_FUNCTION(proapp_migrate_down) {
  Script script = read_script(fcinfo, nullptr);
  script.back = true;
  if (state::restoring())
    warn_restoring(script);
  else if (script.sql == nullptr)
    refuse_irreversible(script);
  else
    migrate_down(script);
  PG_RETURN_VOID();
}

PROAPP_FUNCTION(proapp_set_aside) {
  const Oid relation = DatumGetObjectId(pg::required(fcinfo, 0, "relation"));
  const char *condition = pg::required_text(fcinfo, 1, "condition");
  const Script &script = current_rollback("proapp.set_aside()");
  pg::spi_begin();
  const uint64 rows = take_out_rows(script, relation, condition);
  pg::spi_end();
  PG_RETURN_INT64(static_cast<int64>(rows));
}

PROAPP_FUNCTION(proapp_archived_items) {
  return state::rows(fcinfo, archived_items,
                     "select app, version, kind, relation, column_name, archived_as, case kind when 'counter' then details end, archived_at, archived_by from "
                     "proapp_data.archived_items where kind <> 'partition' order by item");
}
