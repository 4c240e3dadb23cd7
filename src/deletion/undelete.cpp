// undelete: what one deletion took comes back as it was, or nothing does.
#include "pg/boundary.hpp"

#include "pg/arguments.hpp"
#include "pg/rows.hpp"

#include "deletion/archive.hpp"
#include "deletion/bring_back.hpp"
#include "deletion/conflicts.hpp"
#include "deletion/undo_updates.hpp"
#include "deletion/unfit.hpp"

extern "C" {
#include <tcop/utility.h>
#include <utils/guc.h>
}

using namespace proapp;
using namespace proapp::deletion;

static void raise_state(const pg_uuid_t &deletion, const char *why, const char *what_to_do) {
  ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("deletion %s cannot be undone", uuid_text(deletion)), errdetail_internal("%s", why),
                  what_to_do != nullptr ? errhint("%s", what_to_do) : 0));
}

// Whoever undoes the same deletion waits here. False where that was done.
static bool lock_deletion(const pg_uuid_t &deletion) {
  if (!OidIsValid(state::find(deletions)) ||
      state::run("select state, erase from proapp_data.deletions where deletion = $1 for update", {{UUIDOID, UUIDPGetDatum(&deletion)}}) == 0)
    ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("deletion %s does not exist", uuid_text(deletion)), errhint("View proapp.deletions lists those that do.")));
  const char *state = TextDatumGetCString(*pg::spi_datum(0, 1));
  if (DatumGetBool(*pg::spi_datum(0, 2))) raise_state(deletion, "It erased a tenant, and of that nothing is kept.", nullptr);
  if (strcmp(state, "purged") == 0) raise_state(deletion, "What it kept was removed by proapp.purge_archive().", nullptr);
  if (strcmp(state, "deleting") == 0) raise_state(deletion, "It has not ended.", "Let proapp.run_deletion() end it, or cancel it, and then undo it.");
  return strcmp(state, "undeleted") != 0;
}

static void bring_back(const pg_uuid_t &deletion, pg::Rows &rows) {
  List *all = read_archived_steps(deletion);
  insist_on_writing(all);
  insist_on_tables(deletion, all);
  QueryEnvironment *sets = create_queryEnv();
  ListCell *cell;
  foreach (cell, all) read_archived_rows(deletion, *static_cast<ArchivedRows *>(lfirst(cell)), sets, psprintf("archived_%d", foreach_current_index(cell)));
  insist_on_no_conflict(deletion, all, sets);
  foreach (cell, all) {
    const auto &archived = *static_cast<ArchivedRows *>(lfirst(cell));
    if (archived.updated) {
      const Undone undone = undo_update(archived, sets);
      if (undone.restored > 0) rows.put({archived.relation, "update", static_cast<int64>(undone.restored)});
      if (undone.kept > 0) rows.put({archived.relation, "kept", static_cast<int64>(undone.kept)});
    } else {
      insert_rows(archived, sets);
      rows.put({archived.relation, "insert", static_cast<int64>(archived.count)});
    }
  }
  put_back(all, sets);
  foreach (cell, all) close_set(sets, static_cast<ArchivedRows *>(lfirst(cell))->rows);
}

PROAPP_FUNCTION(proapp_undelete) {
  PreventCommandIfReadOnly("proapp.undelete()");
  const pg_uuid_t deletion = *DatumGetUUIDP(pg::required(fcinfo, 0, "deletion"));
  insist_on_origin();
  state::refuse_while_restoring();
  pg::Rows rows(fcinfo);
  pg::spi_begin();
  if (lock_deletion(deletion)) {
    const int nest = NewGUCNestLevel();
    take_memory();
    bring_back(deletion, rows);
    AtEOXact_GUC(true, nest);
    end_deletion(deletion, "undeleted");
  }
  pg::spi_end();
  return rows.done();
}
