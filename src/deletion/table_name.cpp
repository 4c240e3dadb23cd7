#include "pg/boundary.hpp"

#include "deletion/table_name.hpp"
#include "pg/text.hpp"

extern "C" {
#include <access/relation.h>
#include <catalog/catalog.h>
#include <catalog/namespace.h>
#include <catalog/pg_class.h>
#include <catalog/pg_inherits.h>
#include <utils/acl.h>
#include <utils/varlena.h>
}

namespace proapp::deletion {

const char *table_text(Oid relation) {
  const char *name = get_rel_name(relation);
  if (name == nullptr) ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE), errmsg("relation with OID %u does not exist", relation)));
  return quote_qualified_identifier(get_namespace_name_or_temp(get_rel_namespace(relation)), name);
}

Oid find_table(const char *text) {
  List *names = textToQualifiedNameList(cstring_to_text(text));
  if (list_length(names) != 2) return InvalidOid;
  const Oid schema = get_namespace_oid(strVal(linitial(names)), true);
  return OidIsValid(schema) ? get_relname_relid(strVal(lsecond(names)), schema) : InvalidOid;
}

const char *kept_text(const char *written) {
  RangeVar *name = makeRangeVarFromNameList(textToQualifiedNameList(cstring_to_text(written)));
  const Oid relation = RangeVarGetRelid(name, NoLock, true);
  if (OidIsValid(relation)) return table_text(relation);
  return name->schemaname != nullptr ? quote_qualified_identifier(name->schemaname, name->relname) : quote_identifier(name->relname);
}

static const char *unfitness(Relation table) {
  const FormData_pg_class &form = *table->rd_rel;
  if (form.relkind != RELKIND_RELATION && form.relkind != RELKIND_PARTITIONED_TABLE) return "It is no table.";
  if (form.relpersistence != RELPERSISTENCE_PERMANENT) return "It is temporary or unlogged.";
  if (form.relkind == RELKIND_RELATION && form.relhassubclass && find_inheritance_children(RelationGetRelid(table), NoLock) != NIL)
    return "Other tables inherit from it, and neither keys nor triggers reach their rows.";
  return nullptr;
}

static bool belongs_to_the_system(Relation table) {
  if (IsSystemRelation(table)) return true;
  const char *schema = get_namespace_name(RelationGetNamespace(table));
  return schema == nullptr || pg::is_one_of(schema, "information_schema proapp proapp_data proapp_archive");
}

static void check_owner(const char *name, Oid owner) {
  if (!has_privs_of_role(GetUserId(), owner))
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("must be owner of table %s", name), errdetail("It belongs to \"%s\".", GetUserNameFromId(owner, false))));
}

void check_owns(const char *text) {
  const Oid relation = find_table(text);
  Relation table = OidIsValid(relation) ? try_relation_open(relation, AccessShareLock) : nullptr;
  if (table == nullptr) return;
  check_owner(text, table->rd_rel->relowner);
  relation_close(table, NoLock);
}

Relation open_own_table(Oid relation, LOCKMODE lock) {
  Relation table = try_relation_open(relation, lock);
  if (table == nullptr) ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE), errmsg("relation with OID %u does not exist", relation)));
  const char *name = table_text(relation);
  if (const char *why = unfitness(table))
    ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE), errmsg("deletions cannot be guarded in %s", name), errdetail_internal("%s", why),
                    errhint("Name a permanent plain or partitioned table.")));
  if (belongs_to_the_system(table)) ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("permission denied: %s belongs to PostgreSQL or to proapp_schema", name)));
  check_owner(name, table->rd_rel->relowner);
  return table;
}

const char *only(Relation table) { return table->rd_rel->relkind == RELKIND_RELATION ? "only " : ""; }

AttrNumber find_column(Relation table, const char *name) {
  const AttrNumber column = get_attnum(RelationGetRelid(table), name);
  if (column <= 0)
    ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN), errmsg("column %s.%s does not exist", table_text(RelationGetRelid(table)), quote_identifier(name)),
                    errhint("Name a column of the table's own.")));
  return column;
}

}  // namespace proapp::deletion
