#include "pg/boundary.hpp"

#include "identity/known.hpp"
#include "identity/target.hpp"

extern "C" {
#include <access/relation.h>
#include <access/stratnum.h>
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

const char *table_text(const Source &source) { return quote_qualified_identifier(source.schema, source.table); }

const char *column_text(const Source &source, const char *column) { return psprintf("%s.%s", table_text(source), quote_identifier(column)); }

void raise(const Problem &problem) {
  ereport(ERROR, (errcode(problem.sqlstate), errmsg_internal("%s", problem.message), problem.detail != nullptr ? errdetail_internal("%s", problem.detail) : 0,
                  problem.hint != nullptr ? errhint("%s", problem.hint) : 0));
  pg_unreachable();
}

const char *problem_text(const Problem &problem) {
  if (!problem) return nullptr;
  return problem.detail != nullptr ? psprintf("%s: %s", problem.message, problem.detail) : problem.message;
}

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

static Problem check_kind(const Source &source, Relation table) {
  if (const char *kind = kind_text(*table->rd_rel))
    return {ERRCODE_WRONG_OBJECT_TYPE, psprintf("%s is %s", table_text(source), kind), "Policies look up users and members in a permanent, logged, plain table.",
            "Name the table that holds the rows itself."};
  if (table->rd_rel->relhassubclass && has_subclass(RelationGetRelid(table)) && find_inheritance_children(RelationGetRelid(table), NoLock) != NIL)
    return {ERRCODE_WRONG_OBJECT_TYPE, psprintf("%s has child tables", table_text(source)), "A unique index of the parent does not reach the rows of its children.",
            "Name a table without children."};
  return {};
}

Problem find_column(const Source &source, Relation table, const char *name, AttrNumber &number, Oid &type) {
  const AttrNumber found = get_attnum(RelationGetRelid(table), name);
  if (found <= 0) return {ERRCODE_UNDEFINED_COLUMN, psprintf("column %s does not exist", column_text(source, name)), nullptr, "Name the columns of the table's own."};
  constexpr char virtual_column = 'v';  // from 18 on; rows do not hold it
  if (TupleDescAttr(RelationGetDescr(table), found - 1)->attgenerated == virtual_column)
    return {ERRCODE_FEATURE_NOT_SUPPORTED, psprintf("column %s is virtual", column_text(source, name)), "A virtual generated column is not kept in the row.",
            "Name a column that is stored."};
  number = found;
  type = TupleDescAttr(RelationGetDescr(table), found - 1)->atttypid;
  return {};
}

static bool is_key_type(Oid type) { return type == UUIDOID || type == TEXTOID || type == VARCHAROID || type == INT4OID || type == INT8OID; }

Problem find_key_column(const Source &source, Relation table, const char *name, AttrNumber &number, Oid &type) {
  AttrNumber found_number;
  Oid found_type;
  if (const Problem problem = find_column(source, table, name, found_number, found_type)) return problem;
  if (!is_key_type(found_type))
    return {ERRCODE_DATATYPE_MISMATCH, psprintf("column %s is of type %s", column_text(source, name), format_type_be(found_type)),
            "Ids are of type uuid, text, varchar, integer or bigint.", "Add a column of one of these types and name that."};
  number = found_number;
  type = found_type;
  return {};
}

static const char too_young[] = "is younger than this transaction's snapshot, or was made in this transaction over rows updated in it";

// What keeps `index` from answering "which rows have this key?"; null where nothing does.
static const char *unfitness(Relation index, const Target &target, bool unique) {
  const FormData_pg_index &form = *index->rd_index;
  if (index->rd_rel->relam != BTREE_AM_OID) return "is no btree index";
  if (unique && !form.indisunique) return "is not unique";
  if (unique && form.indnkeyatts != 1) return "has further key columns";
  if (!heap_attisnull(index->rd_indextuple, Anum_pg_index_indpred, nullptr)) return "is partial";
  if (unique && !form.indimmediate) return "is deferrable";
  if (!form.indisvalid || !form.indisready || !form.indislive) return "is not valid";
  if (index->rd_opfamily[0] != lookup_type_cache(target.key_type, TYPECACHE_BTREE_OPFAMILY)->btree_opf) return "uses another operator class than the default";
  if (index->rd_indcollation[0] != TupleDescAttr(RelationGetDescr(target.table), target.key - 1)->attcollation) return "has another collation than the column";
  // Built over rows that older snapshots see differently: not for transactions that may hold such a snapshot.
  if (form.indcheckxmin && !TransactionIdPrecedes(HeapTupleHeaderGetXmin(index->rd_indextuple->t_data), TransactionXmin)) return too_young;
  return nullptr;
}

static void use_index(Relation index, Target &target) {
  target.index = index;
  target.index_id = RelationGetRelid(index);
  target.collation = index->rd_indcollation[0];
  target.operator_input = index->rd_opcintype[0];
  target.equals = get_opcode(get_opfamily_member(index->rd_opfamily[0], target.operator_input, target.operator_input, BTEqualStrategyNumber));
  target.lasting = !index->rd_index->indcheckxmin;
}

static Problem find_index(const Source &source, Target &target) {
  StringInfoData why;
  initStringInfo(&why);
  bool young = false;
  const List *indexes = RelationGetIndexList(target.table);
  const ListCell *cell;
  foreach (cell, indexes) {
    Relation index = index_open(lfirst_oid(cell), AccessShareLock);
    const bool on_column = index->rd_index->indnatts > 0 && index->rd_index->indkey.values[0] == target.key;
    const char *unfit = on_column ? unfitness(index, target, source.unique) : nullptr;
    if (on_column && unfit == nullptr) {
      use_index(index, target);
      return {};
    }
    young = young || unfit == too_young;
    if (on_column) appendStringInfo(&why, "%sIndex \"%s\" %s.", why.len > 0 ? " " : "", RelationGetRelationName(index), unfit);
    index_close(index, AccessShareLock);
  }
  if (why.len == 0) appendStringInfoString(&why, source.unique ? "No index is on that column alone." : "No index begins with that column.");
  return {ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE, psprintf("column %s has no %sindex that can be used", column_text(source, source.key_column), source.unique ? "unique " : ""),
          why.data,
          young ? "Call again in a new transaction."
                : psprintf("Create one with CREATE %sINDEX ON %s (%s).", source.unique ? "UNIQUE " : "", table_text(source), quote_identifier(source.key_column))};
}

Problem inspect_target(const Source &source, Relation table, Target &into) {
  into = {};
  into.table = table;
  into.table_id = RelationGetRelid(table);
  if (const Problem problem = check_kind(source, table)) return problem;
  if (const Problem problem = find_key_column(source, table, source.key_column, into.key, into.key_type)) return problem;
  if (const Problem problem = find_key_column(source, table, source.value_column, into.value, into.value_type)) return problem;
  const Oid collation = TupleDescAttr(RelationGetDescr(table), into.key - 1)->attcollation;
  if (OidIsValid(collation) && !get_collation_isdeterministic(collation))
    return {ERRCODE_FEATURE_NOT_SUPPORTED, psprintf("column %s has a nondeterministic collation", column_text(source, source.key_column)),
            "Two ids that differ would count as one.", "Give the column a deterministic collation, such as \"C\"."};
  return find_index(source, into);
}

static Oid find_table(const Source &source) {
  const Oid schema = get_namespace_oid(source.schema, true);
  return OidIsValid(schema) ? get_relname_relid(source.table, schema) : InvalidOid;
}

// As RangeVarGetRelid does, without its check of the schema's privileges: the name may change its meaning until the lock is ours.
static Relation lock_by_name(const Source &source) {
  for (;;) {
    const uint64 messages = SharedInvalidMessageCounter;
    const Oid relation = find_table(source);
    if (!OidIsValid(relation)) return nullptr;
    LockRelationOid(relation, AccessShareLock);
    if (messages == SharedInvalidMessageCounter || find_table(source) == relation) {
      Relation table = try_relation_open(relation, NoLock);
      if (table != nullptr) return table;
    }
    UnlockRelationOid(relation, AccessShareLock);
  }
}

Problem open_by_name(const Source &source, Relation &table) {
  table = lock_by_name(source);
  if (table != nullptr) return {};
  return {ERRCODE_UNDEFINED_TABLE, psprintf("table %s does not exist", table_text(source)), nullptr, "Name the table that replaced it."};
}

Problem open_target(const Source &source, Target &into) {
  Relation table;
  if (const Problem problem = open_by_name(source, table)) return problem;
  const Problem problem = inspect_target(source, table, into);
  if (problem) relation_close(table, AccessShareLock);
  return problem;
}

// False, with nothing open, where something was invalidated since `generation`.
static bool reopen_target(Target &target, uint64 generation) {
  target.table = target.lasting ? try_relation_open(target.table_id, AccessShareLock) : nullptr;
  if (target.table == nullptr) return false;
  // The lock brought what other sessions invalidated; as it is still the same, the index is there.
  if (generation != pg::generation()) {
    relation_close(target.table, AccessShareLock);
    return false;
  }
  target.index = index_open(target.index_id, AccessShareLock);
  return true;
}

bool reopen_known(Known &known, Target &target, Snapshot snapshot) { return holds(known, snapshot) && reopen_target(target, known.generation); }

void close_target(const Target &target) {
  index_close(target.index, AccessShareLock);
  relation_close(target.table, AccessShareLock);
}

}  // namespace proapp::identity
