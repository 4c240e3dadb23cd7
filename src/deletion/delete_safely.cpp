// delete_safely: one row and all that goes with it, or nothing.
#include "pg/boundary.hpp"

#include "pg/arguments.hpp"
#include "pg/context_arena.hpp"
#include "pg/rows.hpp"
#include "pg/spi.hpp"

#include "deletion/hiding.hpp"
#include "deletion/remove.hpp"
#include "deletion/table_name.hpp"

using namespace proapp;
using namespace proapp::deletion;

static void put_steps(pg::Rows &rows, const pg_uuid_t &deletion) {
  state::run("select deletion, relation, action, row_count from proapp_data.deletion_steps where deletion = $1 order by step", {{UUIDOID, UUIDPGetDatum(&deletion)}});
  pg::spi_put(rows);
}

// A deletion that was done for this request already. Whoever asks at the same time waits.
static bool was_done(const char *request_key, const Request &request, pg_uuid_t &deletion) {
  lock_name(psprintf("proapp request key %s", request_key));
  if (state::run("select deletion, relation = $2 and key = $3 from proapp_data.deletions where request_key = $1",
                 {request_key, table_text(request.relation), {JSONBOID, key_jsonb(request.key)}}) == 0)
    return false;
  if (!DatumGetBool(*pg::spi_datum(0, 2)))
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("request key \"%s\" was used for another deletion", request_key),
                    errhint("A request key stands for one deletion, however often it is asked for.")));
  deletion = *DatumGetUUIDP(*pg::spi_datum(0, 1));
  return true;
}

PROAPP_FUNCTION(proapp_delete_safely) {
  PreventCommandIfReadOnly("proapp.delete_safely()");
  const Request request = read_request(fcinfo, false, Purpose::remove);
  const char *reason = pg::optional_text(fcinfo, 2), *request_key = pg::optional_text(fcinfo, 3);
  const Actor actor = current_actor();
  pg::Rows rows(fcinfo);
  auto &arena = *new (palloc(sizeof(pg::ContextArena))) pg::ContextArena("proapp deletion");
  make_archive();
  pg::spi_begin();
  pg_uuid_t deletion;
  if (request_key == nullptr || !was_done(request_key, request, deletion)) {
    lock_root(request);
    Examination &examination = examine(arena, request);
    if (examination.is_empty()) {
      close(examination);
      pg::spi_end();
      return rows.done();
    }
    insist_on_not_hidden(request.key);
    insist_on_no_obstacle(request, examination);
    deletion = archive_deletion({table_text(request.relation), request.key, false, reason, request_key, "deleted"}, actor);
    remove_all(examination, deletion, 1);
    close(examination);
    end_deletion(deletion, "deleted");
  }
  put_steps(rows, deletion);
  pg::spi_end();
  return rows.done();
}
