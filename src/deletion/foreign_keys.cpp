#include "deletion/foreign_keys.hpp"

#include "pg/boundary.hpp"

#include "pg/compat.hpp"

#include "deletion/closure.hpp"
#include "deletion/table_name.hpp"

extern "C" {
#include <access/xact.h>
#include <catalog/pg_constraint.h>
#include <commands/trigger.h>
#include <utils/ruleutils.h>
#include <utils/syscache.h>
}

namespace proapp::deletion {

namespace {

struct Constraint {
  Oid parent, table;
  bool ordinary;
};

Constraint constraint_of(Oid id) {
  HeapTuple tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(id));
  if (!HeapTupleIsValid(tuple)) elog(ERROR, "cache lookup failed for constraint %u", id);
  const auto *row = reinterpret_cast<Form_pg_constraint>(GETSTRUCT(tuple));
  const Constraint constraint = {row->conparentid, row->conrelid, pg::is_enforced(row) && !pg::is_period(row)};
  ReleaseSysCache(tuple);
  return constraint;
}

// Which rows belong to a partition is not known before they are there: a key that only a partition has is left to its trigger.
bool is_to_prove(Oid id) {
  Constraint constraint = constraint_of(id);
  if (!constraint.ordinary) return false;
  while (OidIsValid(constraint.parent)) constraint = constraint_of(constraint.parent);
  return !get_rel_relispartition(constraint.table);
}

// A key that references a partitioned table has copies that reference its partitions.
bool is_copy(Oid id, Oid table) {
  const Constraint constraint = constraint_of(id);
  return OidIsValid(constraint.parent) && constraint_of(constraint.parent).table == table;
}

template <class T>
const T *copy_of(const T *from, int count) {
  return static_cast<T *>(memcpy(palloc(sizeof(T) * static_cast<size_t>(count)), from, sizeof(T) * static_cast<size_t>(count)));
}

}  // namespace

List *foreign_keys_to_prove(Oid table) {
  const Relation relation = table_open(table, NoLock);
  List *keys = NIL;
  ListCell *cell;
  foreach (cell, RelationGetFKeyList(relation)) {
    const auto *known = lfirst_node(ForeignKeyCacheInfo, cell);
    if (is_copy(known->conoid, table) || !is_to_prove(known->conoid)) continue;
    auto *key = static_cast<ForeignKey *>(palloc0(sizeof(ForeignKey)));
    key->name = quote_identifier(get_constraint_name(known->conoid));
    key->referenced = known->confrelid;
    key->partition = get_rel_relispartition(known->confrelid);
    key->columns = known->nkeys;
    key->referencing_columns = copy_of(known->conkey, known->nkeys);
    key->referenced_columns = copy_of(known->confkey, known->nkeys);
    key->operators = copy_of(known->conpfeqop, known->nkeys);
    keys = lappend(keys, key);
  }
  table_close(relation, NoLock);
  return keys;
}

bool is_proven(const Trigger &trigger) { return RI_FKey_trigger_type(trigger.tgfoid) == RI_TRIGGER_FK && OidIsValid(trigger.tgconstraint) && is_to_prove(trigger.tgconstraint); }

namespace {

class Orphans {
 public:
  Orphans(const ArchivedRows &archived, const ForeignKey &key, QueryEnvironment *sets) : archived_(archived), key_(key), sets_(sets) {
    for (int i = 0; i < key.columns; ++i) column_[i] = column_of(archived, key.referencing_columns[i]);
  }

  bool are_known() const {
    for (int i = 0; i < key_.columns; ++i)
      if (column_[i] < 0) return false;
    return true;
  }

  void find(List *to_come, RowSet *into) {
    if (!are_known() && to_come != NIL) return;
    RowSet *left = open_set(sets_, "outsiders", columns(), false);
    publish_count(archived_.rows);
    run_as_owner(archived_.id, are_known() ? outsiders(to_come) : written(), sets_, rows_into(left, nullptr, PG_UINT64_MAX), Purpose::remove);
    if (left->count > 0) {
      publish_count(left);
      if (to_come != NIL || !are_known())
        run_as_owner(key_.referenced, psprintf("select from %s, %s g where %s for key share of c", referenced(), left->name, condition("c", nullptr)), sets_, nullptr,
                     Purpose::remove);
      run_as_owner(
          key_.referenced,
          psprintf("select row(%s)::pg_catalog.text from %s g where not exists (select from %s where %s) order by 1", values(), left->name, referenced(), condition("c", nullptr)),
          sets_, rows_into(into, nullptr, PG_UINT64_MAX), to_come != NIL ? Purpose::remove : Purpose::prove);
    }
    close_set(sets_, left);
  }

 private:
  static int column_of(const ArchivedRows &archived, AttrNumber number) {
    for (int i = 0; i < archived.columns; ++i)
      if (archived.column[i].number == number) return i;
    return -1;
  }

  const char *referenced_column(const char *alias, int i) const {
    return psprintf("%s.%s", alias, quote_identifier(get_attname(key_.referenced, key_.referenced_columns[i], false)));
  }

  // Of a foreign key the referenced column's collation says what is equal.
  void append_equal_key(StringInfo sql, int i, const char *left, const char *right) const {
    Oid left_type, left_collation;
    int32 modifier;
    get_atttypetypmodcoll(key_.referenced, key_.referenced_columns[i], &left_type, &modifier, &left_collation);
    if (OidIsValid(left_collation)) left = psprintf("(%s) collate %s", left, generate_collation_name(left_collation));
    if (i > 0) appendStringInfoString(sql, " and ");
    generate_operator_clause(sql, left, left_type, key_.operators[i], right, type(i));
  }

  const char *referenced() const { return psprintf("%s%s c", get_rel_relkind(key_.referenced) == RELKIND_PARTITIONED_TABLE ? "" : "only ", table_text(key_.referenced)); }

  Oid type(int i) const { return get_atttype(archived_.id, key_.referencing_columns[i]); }

  const char *values() const {
    StringInfo sql = makeStringInfo();
    for (int i = 0; i < key_.columns; ++i) appendStringInfo(sql, "%sg.v%d", i == 0 ? "" : ", ", i + 1);
    return sql->data;
  }

  const char *not_null() const {
    StringInfo sql = makeStringInfo();
    for (int i = 0; i < key_.columns; ++i) appendStringInfo(sql, "%sg.v%d is not null", i == 0 ? "" : " and ", i + 1);
    return sql->data;
  }

  // The row called alias is referenced by the row g; where it comes back itself, `back` says as what.
  const char *condition(const char *alias, const ArchivedRows *back) const {
    StringInfo sql = makeStringInfo();
    for (int i = 0; i < key_.columns; ++i) {
      const AttrNumber number = back != nullptr ? get_attnum(back->id, get_attname(key_.referenced, key_.referenced_columns[i], false)) : 0;
      append_equal_key(sql, i, back == nullptr ? referenced_column(alias, i) : value_sql(*back, alias, 'a', column_of(*back, number)), psprintf("g.v%d", i + 1));
    }
    return sql->data;
  }

  bool has_columns(const ArchivedRows &back) const {
    for (int i = 0; i < key_.columns; ++i)
      if (column_of(back, get_attnum(back.id, get_attname(key_.referenced, key_.referenced_columns[i], false))) < 0) return false;
    return true;
  }

  TupleDesc columns() const {
    TupleDesc columns = CreateTemplateTupleDesc(key_.columns);
    for (int i = 0; i < key_.columns; ++i) {
      const auto number = static_cast<AttrNumber>(i + 1);
      Oid type, collation;
      int32 modifier;
      get_atttypetypmodcoll(archived_.id, key_.referencing_columns[i], &type, &modifier, &collation);
      TupleDescInitEntry(columns, number, psprintf("v%d", number), type, modifier, 0);
      TupleDescInitEntryCollation(columns, number, collation);
    }
    return columns;
  }

  // The keys, each once, that are not null and reference no row that comes back as well.
  const char *outsiders(List *to_come) const {
    StringInfo sql = makeStringInfo();
    appendStringInfo(sql, "select distinct %s from (select ", values());
    for (int i = 0; i < key_.columns; ++i) appendStringInfo(sql, "%s%s as v%d", i == 0 ? "" : ", ", value_sql(archived_, "g", 'a', column_[i]), i + 1);
    appendStringInfo(sql, " from %s g) g where %s", archived_.rows->name, not_null());
    ListCell *cell;
    foreach (cell, to_come) {
      const auto &back = *static_cast<ArchivedRows *>(lfirst(cell));
      if (back.rows != nullptr && !back.updated && OidIsValid(back.id) && is_part_of(back.id) && has_columns(back))
        appendStringInfo(sql, " and not exists (select from %s p where %s)", back.rows->name, condition("p", &back));
    }
    return sql->data;
  }

  // The keys that this transaction has written: those of our rows are among them, and the others have to reference something as well.
  const char *written() const {
    StringInfo sql = makeStringInfo();
    appendStringInfo(sql, "select distinct %s from (select ", values());
    for (int i = 0; i < key_.columns; ++i)
      appendStringInfo(sql, "%sc.%s as v%d", i == 0 ? "" : ", ", quote_identifier(get_attname(archived_.id, key_.referencing_columns[i], false)), i + 1);
    appendStringInfo(sql, " from %s where c.xmin operator(pg_catalog.=) '%u'::pg_catalog.xid) g where %s", table_sql(archived_), GetCurrentTransactionId(), not_null());
    return sql->data;
  }

  bool is_part_of(Oid whole) const { return key_.referenced == whole || topmost(key_.referenced) == whole; }

  const ArchivedRows &archived_;
  const ForeignKey &key_;
  QueryEnvironment *sets_;
  int column_[INDEX_MAX_KEYS];
};

}  // namespace

bool is_known(const ArchivedRows &archived, const ForeignKey &key) { return Orphans(archived, key, nullptr).are_known(); }

void find_orphans(const ArchivedRows &archived, const ForeignKey &key, List *to_come, QueryEnvironment *sets, RowSet *into) { Orphans(archived, key, sets).find(to_come, into); }

}  // namespace proapp::deletion
