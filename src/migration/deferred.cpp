#include "migration/deferred.hpp"

#include "pg/boundary.hpp"
#include "pg/spi.hpp"

extern "C" {
#include <commands/defrem.h>
#include <miscadmin.h>
}

namespace proapp::migration {

static bool is_concurrent(const ReindexStmt *statement) {
  const ListCell *cell;
  foreach (cell, statement->params)
    if (strcmp(lfirst_node(DefElem, cell)->defname, "concurrently") == 0) return defGetBoolean(lfirst_node(DefElem, cell));
  return false;
}

static bool detaches_concurrently(const AlterTableStmt *statement) {
  const ListCell *cell;
  foreach (cell, statement->cmds) {
    const auto *command = lfirst_node(AlterTableCmd, cell);
    if (command->subtype == AT_DetachPartition && reinterpret_cast<const PartitionCmd *>(command->def)->concurrent) return true;
  }
  return false;
}

bool must_be_deferred(const Node *statement) {
  switch (nodeTag(statement)) {
    case T_IndexStmt:
      return reinterpret_cast<const IndexStmt *>(statement)->concurrent;
    case T_DropStmt:
      return reinterpret_cast<const DropStmt *>(statement)->concurrent;
    case T_ReindexStmt:
      return is_concurrent(reinterpret_cast<const ReindexStmt *>(statement));
    case T_AlterTableStmt:
      return detaches_concurrently(reinterpret_cast<const AlterTableStmt *>(statement));
    case T_VacuumStmt:
      return reinterpret_cast<const VacuumStmt *>(statement)->is_vacuumcmd;
    default:
      return false;
  }
}

void defer(const Script &script, const Node *statement, const char *sql) {
  if (IsA(statement, IndexStmt) && reinterpret_cast<const IndexStmt *>(statement)->idxname == nullptr)
    ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR), errmsg("an index that a migration makes CONCURRENTLY needs a name"),
                    errdetail("It is made after the migration is committed; if that fails, what is left is found by its name.")));
  state::find_or_make(deferred_statements);
  // The ledger is locked. A sequence could give a number twice after a crash, where wal_level is minimal.
  state::run(
      "insert into proapp_data.deferred_statements (number, app, version, statement, role)"
      " select coalesce(pg_catalog.max(number), 0) + 1, $1, $2, $3, $4 from proapp_data.deferred_statements",
      {script.app, script.version, sql, static_cast<const char *>(GetUserNameFromId(GetUserId(), false))});
  ereport(NOTICE, (errmsg("a statement of %s %s runs after it is committed", script.app, script.version), errdetail_internal("%s", sql), errhint("CALL proapp.run_deferred().")));
}

void forget_deferred(const Script &script) {
  if (OidIsValid(state::find(deferred_statements))) state::run("delete from proapp_data.deferred_statements where app = $1 and version = $2", {script.app, script.version});
}

}  // namespace proapp::migration

using namespace proapp;
using namespace proapp::migration;

PROAPP_FUNCTION(proapp_deferred_statements) {
  return state::rows(fcinfo, deferred_statements,
                     "select app, version, statement, role, case when done_at is not null then 'done' when last_error is not null then 'failed' else 'pending' end,"
                     " attempts, last_error, created_at, done_at from proapp_data.deferred_statements order by number");
}
