#include "pg/boundary.hpp"

#include "identity/target.hpp"

extern "C" {
#include <access/relation.h>
#include <access/transam.h>
#include <access/xact.h>
#include <catalog/namespace.h>
#include <catalog/pg_am.h>
#include <catalog/pg_class.h>
#include <catalog/pg_index.h>
#include <catalog/pg_inherits.h>
#include <catalog/pg_type.h>
#include <storage/lmgr.h>
#include <storage/sinval.h>
#include <utils/typcache.h>
}

namespace proapp::identity {

static const char *kind_text(const FormData_pg_class &relation) {
  switch (relation.relkind) {
    case RELKIND_VIEW:
      return "a view";
    case RELKIND_MATVIEW:
      return "a materialized view";
    case RELKIND_FOREIGN_TABLE:
      return "a foreign table";
    case RELKIND_PARTITIONED_TABLE:
      return "a partitioned table";
    case RELKIND_RELATION:
      break;
    default:
      return "no table";
  }
  if (relation.relpersistence == RELPERSISTENCE_TEMP) return "a temporary table";
  return relation.relpersistence == RELPERSISTENCE_UNLOGGED ? "an unlogged table" : nullptr;
}

static Problem check_kind(const Registration &registration, Relation table) {
  if (const char *kind = kind_text(*table->rd_rel))
    return {ERRCODE_WRONG_OBJECT_TYPE, psprintf("%s is %s", table_text(registration), kind), "The signed-in user is looked up in a permanent, logged, plain table.",
            "Map the table that holds the users' rows itself."};
  if (table->rd_rel->relhassubclass && has_subclass(RelationGetRelid(table)) && find_inheritance_children(RelationGetRelid(table), NoLock) != NIL)
    return {ERRCODE_WRONG_OBJECT_TYPE, psprintf("%s has child tables", table_text(registration)), "A unique index of the parent does not reach the rows of its children.",
            "Map a table without children."};
  return {};
}

static bool is_key_type(Oid type) { return type == UUIDOID || type == TEXTOID || type == VARCHAROID || type == INT4OID || type == INT8OID; }

// The column's number and type; they stay as they are where it is missing or of a type that cannot be a key.
static Problem find_column(const Registration &registration, Relation table, const char *name, AttrNumber &number, Oid &type) {
  const AttrNumber found = get_attnum(RelationGetRelid(table), name);
  if (found <= 0) return {ERRCODE_UNDEFINED_COLUMN, psprintf("column %s does not exist", column_text(registration, name)), nullptr, "Name the columns of the table's own."};
  const Oid found_type = TupleDescAttr(RelationGetDescr(table), found - 1)->atttypid;
  constexpr char virtual_column = 'v';  // from 18 on; rows do not hold it
  if (TupleDescAttr(RelationGetDescr(table), found - 1)->attgenerated == virtual_column)
    return {ERRCODE_FEATURE_NOT_SUPPORTED, psprintf("column %s is virtual", column_text(registration, name)), "A virtual generated column is not kept in the row.",
            "Map a column that is stored."};
  if (!is_key_type(found_type))
    return {ERRCODE_DATATYPE_MISMATCH, psprintf("column %s is of type %s", column_text(registration, name), format_type_be(found_type)),
            "Ids are of type uuid, text, varchar, integer or bigint.", "Add a column of one of these types and map that."};
  number = found;
  type = found_type;
  return {};
}

static const char too_young[] = "is younger than this transaction's snapshot, or was made in this transaction over rows updated in it";

// What keeps `index` from answering "which row has this auth id?"; null where nothing does. Null and foreign keys of other columns apart.
static const char *unfitness(Relation index, const Target &target) {
  const FormData_pg_index &form = *index->rd_index;
  if (index->rd_rel->relam != BTREE_AM_OID) return "is no btree index";
  if (!form.indisunique) return "is not unique";
  if (form.indnkeyatts != 1) return "has further key columns";
  if (!heap_attisnull(index->rd_indextuple, Anum_pg_index_indpred, nullptr)) return "is partial";
  if (!form.indimmediate) return "is deferrable";
  if (!form.indisvalid || !form.indisready || !form.indislive) return "is not valid";
  if (index->rd_opfamily[0] != lookup_type_cache(target.auth_type, TYPECACHE_BTREE_OPFAMILY)->btree_opf) return "uses another operator class than the default";
  if (index->rd_indcollation[0] != TupleDescAttr(RelationGetDescr(target.table), target.auth - 1)->attcollation) return "has another collation than the column";
  // Built over rows that older snapshots see differently: not for transactions that may hold such a snapshot.
  if (form.indcheckxmin && !TransactionIdPrecedes(HeapTupleHeaderGetXmin(index->rd_indextuple->t_data), TransactionXmin)) return too_young;
  return nullptr;
}

static Problem find_index(const Registration &registration, Target &target) {
  StringInfoData why;
  initStringInfo(&why);
  bool young = false;
  const List *indexes = RelationGetIndexList(target.table);
  const ListCell *cell;
  foreach (cell, indexes) {
    Relation index = index_open(lfirst_oid(cell), AccessShareLock);
    const bool on_column = index->rd_index->indnatts > 0 && index->rd_index->indkey.values[0] == target.auth;
    const char *unfit = on_column ? unfitness(index, target) : nullptr;
    if (on_column && unfit == nullptr) {
      target.index = index;
      return {};
    }
    young = young || unfit == too_young;
    if (on_column) appendStringInfo(&why, "%sIndex \"%s\" %s.", why.len > 0 ? " " : "", RelationGetRelationName(index), unfit);
    index_close(index, AccessShareLock);
  }
  if (why.len == 0) appendStringInfoString(&why, "No index is on that column alone.");
  return {ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE, psprintf("column %s has no unique index that can be used", column_text(registration, registration.auth_column)), why.data,
          young ? "Call again in a new transaction."
                : psprintf("Create one with CREATE UNIQUE INDEX ON %s (%s).", table_text(registration), quote_identifier(registration.auth_column))};
}

Problem inspect_target(const Registration &registration, Relation table, Target &into) {
  into = {};
  into.table = table;
  if (const Problem problem = check_kind(registration, table)) return problem;
  if (const Problem problem = find_column(registration, table, registration.auth_column, into.auth, into.auth_type)) return problem;
  if (const Problem problem = find_column(registration, table, registration.id_column, into.id, into.id_type)) return problem;
  const Oid collation = TupleDescAttr(RelationGetDescr(table), into.auth - 1)->attcollation;
  if (OidIsValid(collation) && !get_collation_isdeterministic(collation))
    return {ERRCODE_FEATURE_NOT_SUPPORTED, psprintf("column %s has a nondeterministic collation", column_text(registration, registration.auth_column)),
            "Two auth ids that differ would count as one user.", "Give the column a deterministic collation, such as \"C\"."};
  return find_index(registration, into);
}

static Oid find_table(const Registration &registration) {
  const Oid schema = get_namespace_oid(registration.table_schema, true);
  return OidIsValid(schema) ? get_relname_relid(registration.table_name, schema) : InvalidOid;
}

// As RangeVarGetRelid does, without its check of the schema's privileges: the name may change its meaning until the lock is ours.
static Relation open_by_name(const Registration &registration) {
  for (;;) {
    const uint64 messages = SharedInvalidMessageCounter;
    const Oid relation = find_table(registration);
    if (!OidIsValid(relation)) return nullptr;
    LockRelationOid(relation, AccessShareLock);
    if (messages == SharedInvalidMessageCounter || find_table(registration) == relation) {
      Relation table = try_relation_open(relation, NoLock);
      if (table != nullptr) return table;
    }
    UnlockRelationOid(relation, AccessShareLock);
  }
}

Problem open_target(const Registration &registration, Target &into) {
  Relation table = open_by_name(registration);
  if (table == nullptr)
    return {ERRCODE_UNDEFINED_TABLE, psprintf("table %s does not exist", table_text(registration)), nullptr, "Map the table that replaced it with proapp.map_users()."};
  const Problem problem = inspect_target(registration, table, into);
  if (problem) relation_close(table, AccessShareLock);
  return problem;
}

void close_target(const Target &target) {
  index_close(target.index, AccessShareLock);
  relation_close(target.table, AccessShareLock);
}

}  // namespace proapp::identity
