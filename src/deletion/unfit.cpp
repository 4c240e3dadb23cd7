#include "deletion/unfit.hpp"

#include "pg/boundary.hpp"

#include "deletion/table_name.hpp"

extern "C" {
#include <access/relation.h>
#include <catalog/catalog.h>
#include <catalog/namespace.h>
#include <catalog/pg_inherits.h>
#include <commands/trigger.h>
#include <rewrite/prs2lock.h>
#include <rewrite/rewriteDefine.h>
#include <utils/acl.h>
}

namespace proapp::deletion {

namespace {

bool is_on(char enabled) { return enabled == TRIGGER_FIRES_ON_ORIGIN || enabled == TRIGGER_FIRES_ALWAYS; }

const char *reason_of(Relation table, CmdType command) {
  for (int i = 0; table->rd_rules != nullptr && i < table->rd_rules->numLocks; ++i) {
    const RewriteRule *rule = table->rd_rules->rules[i];
    if (rule->event == command && rule->enabled != RULE_DISABLED) return psprintf("A rule changes what %s does there.", command == CMD_DELETE ? "DELETE" : "UPDATE");
  }
  if (table->rd_rel->relkind == RELKIND_FOREIGN_TABLE) return "It is a foreign table: its rows cannot be locked.";
  if (table->rd_rel->relkind == RELKIND_RELATION && has_subclass(RelationGetRelid(table)) && find_inheritance_children(RelationGetRelid(table), NoLock) != NIL)
    return "Tables inherit from it, and foreign keys know nothing of their rows.";
  if (command != CMD_DELETE || table->trigdesc == nullptr) return nullptr;
  for (int i = 0; i < table->trigdesc->numtriggers; ++i) {
    const Trigger &trigger = table->trigdesc->triggers[i];
    if (RI_FKey_trigger_type(trigger.tgfoid) == RI_TRIGGER_PK && !is_on(trigger.tgenabled))
      return psprintf("The trigger of a foreign key that references it is switched off: ALTER TABLE … ENABLE TRIGGER %s.", quote_identifier(trigger.tgname));
  }
  return nullptr;
}

void add_unfit(uint32_t of, const Table &table, CmdType command, uint64 count, Obstacles &obstacles) {
  List *tables = table.partitioned ? find_all_inheritors(table.id, AccessShareLock, nullptr) : list_make1_oid(table.id);
  ListCell *cell;
  foreach (cell, tables) {
    const Relation relation = table_open(lfirst_oid(cell), AccessShareLock);
    const char *reason = reason_of(relation, command);
    table_close(relation, NoLock);
    if (reason != nullptr) obstacles.blocking.push_back({of, table_text(lfirst_oid(cell)), nullptr, count, reason, nullptr, ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE});
  }
}

}  // namespace

void add_unfit_tables(const Closure &closure, Obstacles &obstacles) {
  for (const uint32_t number : closure.graph->order.children_first)
    if (closure.going[number].count > 0) add_unfit(number, closure.graph->tables[number], CMD_DELETE, closure.going[number].count, obstacles);
  for (const Update &update : obstacles.updates) add_unfit(update.reference->to, closure.graph->tables[update.reference->from], CMD_UPDATE, update.rows->count, obstacles);
}

void insist_on_origin() {
  if (SessionReplicationRole == SESSION_REPLICATION_ROLE_REPLICA)
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("deletions are not safe while session_replication_role is replica"),
                    errdetail("Neither triggers nor foreign keys would be obeyed."), errhint("SET session_replication_role = origin.")));
}

void insist_on_root(Oid id) {
  insist_on_origin();
  const Relation relation = try_relation_open(id, AccessShareLock);
  if (relation == nullptr) ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE), errmsg("relation with OID %u does not exist", id)));
  const char *name = table_text(id);
  const char kind = relation->rd_rel->relkind;
  const Oid schema = RelationGetNamespace(relation);
  if (IsCatalogRelation(relation) || schema == get_namespace_oid("proapp_data", true) || schema == get_namespace_oid("proapp", true) ||
      schema == get_namespace_oid("information_schema", true))
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("rows of \"%s\" are not deleted like this", name),
                    errdetail("System catalogs, and what this extension keeps, have their own functions.")));
  if (relation->rd_rel->relispartition) {
    const char *whole = table_text(topmost(id));
    ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE), errmsg("\"%s\" is a partition", name), errhint("Name the partitioned table, \"%s\".", whole)));
  }
  if (kind != RELKIND_RELATION && kind != RELKIND_PARTITIONED_TABLE)
    ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE), errmsg("\"%s\" is not a table", name), errdetail("Rows are deleted from tables and partitioned tables.")));
  if (RELATION_IS_OTHER_TEMP(relation)) ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED), errmsg("\"%s\" is a temporary table of another session", name)));
  relation_close(relation, NoLock);
}

}  // namespace proapp::deletion
