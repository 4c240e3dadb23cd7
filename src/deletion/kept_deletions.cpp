// What views deletions and deletion_archive show, and purge_archive.
#include "pg/boundary.hpp"

#include "pg/arguments.hpp"

#include "deletion/archive.hpp"

extern "C" {
#include <tcop/utility.h>
#include <utils/fmgrprotos.h>
}

using namespace proapp;
using namespace proapp::deletion;

PROAPP_FUNCTION(proapp_deletions) {
  return state::rows(fcinfo, deletions,
                     "select deletion, relation, key, state, erase, reason, request_key, claims, acting_role, login_role, started_at, ended_at from proapp_data.deletions"
                     " order by started_at desc, deletion");
}

PROAPP_FUNCTION(proapp_deletion_archive) {
  return state::rows(fcinfo, deletion_rows,
                     "select s.deletion, s.step, s.relation, s.action, r.before, r.after from proapp_data.deletion_steps s join proapp_data.deletion_rows c using (deletion, step),"
                     " lateral rows from (pg_catalog.unnest(c.rows), pg_catalog.unnest(c.after)) with ordinality r(before, after, number) order by s.deletion, s.step, c.chunk, r.number");
}

// Deletions that somebody is undoing at this moment wait for the next time.
PROAPP_FUNCTION(proapp_purge_archive) {
  PreventCommandIfReadOnly("proapp.purge_archive()");
  const Datum older_than = pg::required(fcinfo, 0, "older_than");
  if (DatumGetBool(DirectFunctionCall2(interval_lt, older_than, DirectFunctionCall3(interval_in, CStringGetDatum("0"), ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)))))
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("argument \"older_than\" must not be negative"), errhint("Such as '90 days'.")));
  state::refuse_while_restoring();
  if (!OidIsValid(state::find(deletion_rows))) PG_RETURN_INT64(0);
  pg::spi_begin();
  state::run(
      "with old as materialized (select deletion from proapp_data.deletions where state <> 'deleting' and ended_at < pg_catalog.now() - $1 for update skip locked),"
      " rows as (delete from proapp_data.deletion_rows r using old where r.deletion = old.deletion returning pg_catalog.cardinality(r.rows) as count),"
      " steps as (delete from proapp_data.deletion_steps s using old where s.deletion = old.deletion),"
      " history as (update proapp_data.deletions d set state = 'purged' from old where d.deletion = old.deletion and d.state in ('deleted', 'cancelled'))"
      " select coalesce(pg_catalog.sum(count), 0)::pg_catalog.int8 from rows",
      {{INTERVALOID, older_than}});
  const int64 removed = DatumGetInt64(*pg::spi_datum(0, 1));
  pg::spi_end();
  PG_RETURN_INT64(removed);
}
