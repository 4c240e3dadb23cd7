#include "migration/touched.hpp"

#include "pg/boundary.hpp"

extern "C" {
#include <access/htup_details.h>
#include <catalog/index.h>
#include <catalog/namespace.h>
#include <catalog/pg_class.h>
#include <nodes/parsenodes.h>
#include <utils/lsyscache.h>
}

namespace proapp::migration {

static List *add(List *tables, const RangeVar *name) {
  if (name == nullptr) return tables;
  const Oid relation = RangeVarGetRelid(name, NoLock, true);
  const char kind = OidIsValid(relation) ? get_rel_relkind(relation) : '\0';
  if (kind == RELKIND_INDEX || kind == RELKIND_PARTITIONED_INDEX) return list_append_unique_oid(tables, IndexGetRelation(relation, false));
  if (kind != RELKIND_RELATION && kind != RELKIND_PARTITIONED_TABLE) return tables;
  return list_append_unique_oid(tables, relation);
}

// Those that are called "policy ON table": the table's name, and the policy's after it.
static List *of_drop(const DropStmt &drop) {
  const bool on_table = drop.removeType == OBJECT_POLICY || drop.removeType == OBJECT_TRIGGER || drop.removeType == OBJECT_RULE;
  if (!on_table && drop.removeType != OBJECT_INDEX) return NIL;
  List *tables = NIL;
  const ListCell *cell;
  foreach (cell, drop.objects) {
    auto *name = static_cast<List *>(lfirst(cell));
    if (on_table && list_length(name) < 2) continue;
    tables = add(tables, makeRangeVarFromNameList(on_table ? list_truncate(list_copy(name), list_length(name) - 1) : name));
  }
  return tables;
}

static List *of_grant(const GrantStmt &grant) {
  List *tables = NIL;
  const ListCell *cell;
  if (grant.targtype == ACL_TARGET_OBJECT && grant.objtype == OBJECT_TABLE)
    foreach (cell, grant.objects) tables = add(tables, lfirst_node(RangeVar, cell));
  return tables;
}

static List *of_publication(const AlterPublicationStmt &alter) {
  List *tables = NIL;
  const ListCell *cell;
  foreach (cell, alter.pubobjects) {
    const auto *object = lfirst_node(PublicationObjSpec, cell);
    if (object->pubtable != nullptr) tables = add(tables, object->pubtable->relation);
  }
  return tables;
}

List *touched_tables(const Node *statement) {
  switch (nodeTag(statement)) {
    case T_AlterTableStmt:
      return add(NIL, reinterpret_cast<const AlterTableStmt *>(statement)->relation);
    case T_AlterPolicyStmt:
      return add(NIL, reinterpret_cast<const AlterPolicyStmt *>(statement)->table);
    case T_RenameStmt:
      return add(NIL, reinterpret_cast<const RenameStmt *>(statement)->relation);
    case T_GrantStmt:
      return of_grant(*reinterpret_cast<const GrantStmt *>(statement));
    case T_AlterPublicationStmt:
      return of_publication(*reinterpret_cast<const AlterPublicationStmt *>(statement));
    case T_DropStmt:
      return of_drop(*reinterpret_cast<const DropStmt *>(statement));
    default:
      return NIL;
  }
}

}  // namespace proapp::migration
