// start_deletion and cancel_deletion, before and instead of what run_deletion() does; view deletions_running.
#include "pg/boundary.hpp"

#include "pg/arguments.hpp"
#include "pg/context_arena.hpp"
#include "pg/spi.hpp"

#include "deletion/hiding.hpp"
#include "deletion/remove.hpp"
#include "deletion/runs.hpp"
#include "deletion/table_name.hpp"

using namespace proapp;
using namespace proapp::deletion;

static bool is_started(const Request &request, pg_uuid_t &deletion) {
  if (state::run("select deletion from proapp_data.deletions where relation = $1 and key = $2 and state = 'deleting'",
                 {table_text(request.relation), {JSONBOID, key_jsonb(request.key)}}) == 0)
    return false;
  deletion = *DatumGetUUIDP(*pg::spi_datum(0, 1));
  return true;
}

static Datum uuid_of(const pg_uuid_t &deletion) {
  auto *copy = static_cast<pg_uuid_t *>(palloc(sizeof(pg_uuid_t)));
  *copy = deletion;
  return UUIDPGetDatum(copy);
}

static const char *text_of(const pg_uuid_t &deletion) { return DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(&deletion))); }

static void announce(const pg_uuid_t &deletion, const char *visible) {
  if (visible == nullptr)
    ereport(NOTICE, (errmsg("the rows are hidden until they are gone"), errhint("CALL proapp.run_deletion('%s').", text_of(deletion))));
  else
    ereport(NOTICE, (errmsg("rows of %s stay visible until their batch", visible), errdetail("Rows are hidden where row-level security is on and the table was protected since."),
                     errhint("CALL proapp.run_deletion('%s').", text_of(deletion))));
}

// False where there is no such row. What is started already is answered again.
static bool start(const Request &request, const char *reason, const Actor &actor, pg_uuid_t &deletion) {
  auto &arena = *new (palloc(sizeof(pg::ContextArena))) pg::ContextArena("proapp deletion");
  lock_root(request);
  Examination &examination = examine(arena, request);
  const bool there = !examination.is_empty();
  if (there && !is_started(request, deletion)) {
    insist_on_not_hidden(request.key);
    insist_on_no_obstacle(request, examination);
    deletion = archive_deletion({table_text(request.relation), request.key, false, reason, nullptr, "deleting"}, actor);
    state::run("insert into proapp_data.deletion_runs (deletion, rows_estimated) values ($1, $2)",
               {{UUIDOID, UUIDPGetDatum(&deletion)}, static_cast<int64>(examination.closure.total)});
    announce(deletion, hide_rows(examination, deletion));
  }
  close(examination);
  return there;
}

PROAPP_FUNCTION(proapp_start_deletion) {
  PreventCommandIfReadOnly("proapp.start_deletion()");
  Request request = read_request(fcinfo, false, Purpose::plan);
  request.all_rows = true;
  const char *reason = pg::optional_text(fcinfo, 2);
  const Actor actor = current_actor();
  make_archive();
  state::find_or_make(deletion_runs);
  state::find_or_make(hidden_tables);
  state::find_or_make(hidden_rows);
  pg::spi_begin();
  pg_uuid_t deletion = {};
  const bool there = start(request, reason, actor, deletion);
  pg::spi_end();
  if (!there) PG_RETURN_NULL();
  return uuid_of(deletion);
}

// Waits for the batch that is being done.
PROAPP_FUNCTION(proapp_cancel_deletion) {
  const Datum deletion = pg::required(fcinfo, 0, "deletion");
  state::refuse_while_restoring();
  const char *text = DatumGetCString(DirectFunctionCall1(uuid_out, deletion));
  take_turn(*DatumGetUUIDP(deletion));
  pg::spi_begin();
  if (!OidIsValid(state::find(deletions)) || state::run("select state from proapp_data.deletions where deletion = $1 for update", {{UUIDOID, deletion}}) == 0)
    ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("deletion %s does not exist", text)));
  const char *was = pg::c_string(pg::spi_text(0, 1));
  if (strcmp(was, "deleting") != 0)
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("deletion %s is %s", text, was), errdetail("Only what is being deleted in batches can be cancelled."),
                    strcmp(was, "deleted") == 0 ? errhint("select * from proapp.undelete('%s')", text) : 0));
  state::run("update proapp_data.deletions set state = 'cancelled', ended_at = pg_catalog.clock_timestamp() where deletion = $1", {{UUIDOID, deletion}});
  show_rows(*DatumGetUUIDP(deletion));
  pg::spi_end();
  PG_RETURN_VOID();
}

PROAPP_FUNCTION(proapp_deletions_running) {
  return state::rows(
      fcinfo, deletion_runs,
      "select deletion, relation, key, reason, started_at, rows_done, rows_estimated, batches, last_batch_at, rate, case when rate > 0 then"
      " pg_catalog.make_interval(secs => pg_catalog.round((greatest(rows_estimated - rows_done, 0) / rate)::pg_catalog.numeric)::pg_catalog.float8) end,"
      " coalesce('rows of ' || visible || ' stay visible until their batch; ', 'the rows are hidden until they are gone; ')"
      "  || pg_catalog.format('call proapp.run_deletion(%L) goes on, select proapp.cancel_deletion(%L) ends it', deletion, deletion)"
      " from (select *, pg_catalog.round((run_rows / nullif(extract(epoch from last_batch_at - run_started_at), 0))::pg_catalog.numeric, 1)::pg_catalog.float8 as rate"
      "  from proapp_data.deletion_runs r join proapp_data.deletions d using (deletion) where d.state = 'deleting') r order by started_at, deletion");
}
