#include "deletion/rights.hpp"

#include "pg/boundary.hpp"
#include "pg/statement.hpp"

#include "deletion/hiding.hpp"
#include "deletion/sets_sql.hpp"

extern "C" {
#include <utils/acl.h>
#include <utils/rls.h>
}

namespace proapp::deletion {

bool is_restricted(Oid table) { return check_enable_rls(table, InvalidOid, true) == RLS_ENABLED; }

namespace {

void insist_on(Oid table, AclMode mode) {
  const AclResult result = pg_class_aclcheck(table, GetUserId(), mode);
  if (result != ACLCHECK_OK) aclcheck_error(result, OBJECT_TABLE, get_rel_name(table));
}

void insist_on_update(const Reference &reference, Oid table) {
  insist_on(table, ACL_SELECT);
  if (pg_class_aclcheck(table, GetUserId(), ACL_UPDATE) == ACLCHECK_OK) return;
  for (int i = 0; i < reference.set_count; ++i)
    if (pg_attribute_aclcheck(table, reference.set_columns[i], GetUserId(), ACL_UPDATE) != ACLCHECK_OK)
      aclcheck_error_col(ACLCHECK_NO_PRIV, OBJECT_COLUMN, get_rel_name(table), get_attname(table, reference.set_columns[i], false));
}

// A DELETE or UPDATE with all its policies, that only reads which rows it would touch.
void only_read(Query *query) {
  reveal(query);
  query->commandType = CMD_SELECT;
  query->resultRelation = 0;
  query->targetList = NIL;
  query->withCheckOptions = NIL;
}

// How many rows of the set the caller's statement would touch.
uint64 touched(const Closure &closure, const char *beginning, RowSet *set) {
  publish_count(set);
  StringInfo sql = makeStringInfo();
  appendStringInfo(sql, "%s %s g where ", beginning, set->name);
  append_same_place(sql);
  pg::Statement statement = {sql->data};
  statement.sets = closure.sets;
  statement.sees = closure.purpose == Purpose::plan ? pg::Sees::caller : pg::Sees::now;
  statement.reshape = only_read;
  return pg::run(statement);
}

void insist_on_all(const Closure &closure, const Table &table, const char *beginning, const char *command, RowSet *set) {
  const uint64 reached = touched(closure, beginning, set);
  if (reached == set->count) return;
  const char *user = GetUserNameFromId(GetUserId(), false);
  ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("row-level security keeps rows of \"%s\" from being part of the deletion", table.name),
                  errdetail("Of " UINT64_FORMAT " rows, policies let %s %s " UINT64_FORMAT ".", set->count, user, command, reached),
                  errhint("Delete as the table's owner, or by a SECURITY DEFINER function that checks who calls it.")));
}

}  // namespace

void insist_on_rights(const Closure &closure, const Obstacles &obstacles) {
  for (const uint32_t number : closure.graph->order.children_first) {
    const Going &going = closure.going[number];
    const Table &table = closure.graph->tables[number];
    if (going.count == 0) continue;
    insist_on(table.id, ACL_SELECT);
    insist_on(table.id, ACL_DELETE);
    if (!is_restricted(table.id)) continue;
    StringInfo beginning = makeStringInfo();
    appendStringInfoString(beginning, "delete from ");
    append_table(beginning, table);
    appendStringInfoString(beginning, " using");
    insist_on_all(closure, table, beginning->data, "delete", going.rows);
  }
  for (const Update &update : obstacles.updates) {
    const Table &table = closure.graph->tables[update.reference->from];
    insist_on_update(*update.reference, table.id);
    if (!is_restricted(table.id)) continue;
    StringInfo beginning = makeStringInfo();
    appendStringInfoString(beginning, "update ");
    append_table(beginning, table);
    append_set(beginning, *closure.graph, *update.reference, closure.going[update.reference->to].rows);
    appendStringInfoString(beginning, " from");
    insist_on_all(closure, table, beginning->data, "update", update.rows);
  }
}

}  // namespace proapp::deletion
