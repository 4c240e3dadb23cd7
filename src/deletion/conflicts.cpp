#include "deletion/conflicts.hpp"

#include "pg/boundary.hpp"

#include "pg/session.hpp"

#include "deletion/archive.hpp"
#include "deletion/closure.hpp"
#include "deletion/foreign_keys.hpp"
#include "deletion/sets_sql.hpp"
#include "deletion/table_name.hpp"

extern "C" {
#include <catalog/pg_am.h>
#include <catalog/pg_index.h>
#include <catalog/pg_type.h>
#include <nodes/makefuncs.h>
#include <nodes/nodeFuncs.h>
#include <optimizer/optimizer.h>
#include <parser/parse_coerce.h>
#include <rewrite/prs2lock.h>
#include <rewrite/rewriteDefine.h>
#include <utils/fmgrprotos.h>
#include <utils/ruleutils.h>
}

namespace proapp::deletion {

const char *uuid_text(const pg_uuid_t &uuid) { return DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(&uuid))); }

namespace {

void add(StringInfo conflicts, const char *sentence) { appendStringInfo(conflicts, "%s%s", conflicts->len == 0 ? "" : "\n", sentence); }

void raise_if_any(const pg_uuid_t &deletion, StringInfo conflicts) {
  if (conflicts->len == 0) return;
  ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("deletion %s cannot be undone", uuid_text(deletion)), errdetail_internal("%s", conflicts->data),
                  errhint("Nothing was restored. Settle what is named, and call it again.")));
}

// ---- tables and columns ----

bool is_needed(const ArchivedRows &archived, int column) {
  if (!archived.updated) return true;
  for (int i = 0; i < archived.keys; ++i)
    if (archived.key[i] == column) return true;
  for (int i = 0; i < archived.sets; ++i)
    if (archived.set[i] == column) return true;
  return archived.keys == 0;
}

void check_column(ArchivedRows &archived, int i, StringInfo conflicts) {
  const ArchivedColumn &column = archived.column[i];
  const char *name = quote_identifier(column.name);
  if (!is_needed(archived, i)) return;
  if (column.number == 0) {
    archived.resolved = false;
    add(conflicts, psprintf("Column %s.%s is gone.", archived.relation, name));
    return;
  }
  const Oid type = get_atttype(archived.id, column.number);
  Oid from = column.type;
  if (column.converted && !can_coerce_type(1, &from, &type, COERCION_ASSIGNMENT)) {
    archived.resolved = false;
    add(conflicts, psprintf("Column %s.%s was of type %s, and has become %s.", archived.relation, name, column.type_name, format_type_be_qualified(type)));
  }
}

bool is_archived(const ArchivedRows &archived, int number) {
  for (int i = 0; i < archived.columns; ++i)
    if (archived.column[i].number == number) return true;
  return false;
}

// What was added since and takes no null.
void check_new_columns(const ArchivedRows &archived, Relation table, StringInfo conflicts) {
  const TupleDesc columns = RelationGetDescr(table);
  for (int i = 0; i < columns->natts; ++i) {
    const Form_pg_attribute column = TupleDescAttr(columns, i);
    if (column->attisdropped || !column->attnotnull || column->atthasdef || column->attidentity != '\0' || is_archived(archived, i + 1)) continue;
    add(conflicts, psprintf("Column %s.%s is new and NOT NULL, and has no default.", archived.relation, quote_identifier(NameStr(column->attname))));
  }
}

void check_rules(const ArchivedRows &archived, Relation table, StringInfo conflicts) {
  const CmdType command = archived.updated ? CMD_UPDATE : CMD_INSERT;
  for (int i = 0; table->rd_rules != nullptr && i < table->rd_rules->numLocks; ++i) {
    const RewriteRule *rule = table->rd_rules->rules[i];
    if (rule->event == command && rule->enabled != RULE_DISABLED)
      add(conflicts, psprintf("A rule changes what %s does to %s.", archived.updated ? "UPDATE" : "INSERT", archived.relation));
  }
}

// ---- rows ----

class Search {
 public:
  Search(List *all, QueryEnvironment *sets) : all_(all), sets_(sets), conflicts_(makeStringInfo()) {}

  StringInfo run() {
    ListCell *cell;
    foreach (cell, all_) {
      const auto &archived = *static_cast<ArchivedRows *>(lfirst(cell));
      publish_count(archived.rows);
    }
    foreach (cell, all_) {
      const auto &archived = *static_cast<ArchivedRows *>(lfirst(cell));
      check_values(archived);
      if (archived.updated) continue;
      check_keys(archived);
      ListCell *key;
      foreach (key, foreign_keys_to_prove(archived.id)) check_references(archived, *static_cast<ForeignKey *>(lfirst(key)));
    }
    return conflicts_;
  }

 private:
  static constexpr uint64 most_examples = 5;

  // Such as "3 rows of public.t …: (1), (2), (3)."
  void report(const ArchivedRows &archived, RowSet *found, const char *what) {
    if (found->count > 0) {
      StringInfo sentence = makeStringInfo();
      appendStringInfo(sentence, UINT64_FORMAT " row%s of %s: %s: ", found->count, found->count == 1 ? "" : "s", archived.relation, what);
      TupleTableSlot *slot = MakeSingleTupleTableSlot(found->columns, &TTSOpsMinimalTuple);
      tuplestore_rescan(found->rows);
      for (uint64 i = 0; i < most_examples && tuplestore_gettupleslot(found->rows, true, false, slot); ++i) {
        slot_getallattrs(slot);
        appendStringInfo(sentence, "%s%s", i == 0 ? "" : ", ", TextDatumGetCString(slot->tts_values[0]));
      }
      ExecDropSingleTupleTableSlot(slot);
      appendStringInfoString(sentence, found->count > most_examples ? ", …" : ".");
      add(conflicts_, sentence->data);
    }
    close_set(sets_, found);
  }

  void check_values(const ArchivedRows &archived) {
    for (int i = 0; i < archived.columns; ++i) {
      if (!archived.column[i].converted || !is_needed(archived, i) || archived.column[i].generated) continue;
      const char letter = archived.updated ? 'b' : 'a';
      const char *then = psprintf("g.%c%d::pg_catalog.text", letter, i + 1), *today = psprintf("(%s)::pg_catalog.text", value_sql(archived, "g", letter, i));
      RowSet *found = open_texts(sets_, "changed_values");
      run_as_owner(archived.id, psprintf("select %s from %s g where %s is distinct from %s order by 1", then, archived.rows->name, then, today), sets_,
                   rows_into(found, nullptr, PG_UINT64_MAX), Purpose::remove);
      report(archived, found, psprintf("column %s has another type today, which does not hold its values", quote_identifier(archived.column[i].name)));
    }
  }

  // The archived rows with the names of today.
  static const char *rows_of_today(const ArchivedRows &archived) {
    StringInfo sql = makeStringInfo();
    for (int i = 0; i < archived.columns; ++i) appendStringInfo(sql, "%s%s as %s", i == 0 ? "" : ", ", value_sql(archived, "g", 'a', i), quote_identifier(archived.column[i].name));
    return psprintf("(select %s from %s g)", sql->data, archived.rows->name);
  }

  static bool knows_columns(const ArchivedRows &archived, Relation index, Node *expressions, Node *predicate) {
    Bitmapset *columns = nullptr;
    for (int i = 0; i < index->rd_index->indnkeyatts; ++i)
      if (index->rd_index->indkey.values[i] != 0) columns = bms_add_member(columns, index->rd_index->indkey.values[i] - FirstLowInvalidHeapAttributeNumber);
    pull_varattnos(expressions, 1, &columns);
    pull_varattnos(predicate, 1, &columns);
    for (int i = -1; (i = bms_next_member(columns, i)) >= 0;)
      if (!is_archived(archived, i + FirstLowInvalidHeapAttributeNumber)) return false;
    return true;
  }

  static const char *text_of(Node *expression, Oid table, const char *alias) { return deparse_expression(expression, deparse_context_for(alias, table), true, false); }

  void check_keys(const ArchivedRows &archived) {
    const Relation table = table_open(archived.id, NoLock);
    ListCell *cell;
    foreach (cell, RelationGetIndexList(table)) {
      const Relation index = index_open(lfirst_oid(cell), AccessShareLock);
      if (index->rd_index->indisunique && index->rd_index->indisready && index->rd_rel->relam == BTREE_AM_OID) check_key(archived, index);
      index_close(index, NoLock);
    }
    table_close(table, NoLock);
  }

  // A key with a column that came since is left to the statement.
  void check_key(const ArchivedRows &archived, Relation index) {
    List *expressions = RelationGetIndexExpressions(index), *predicate = RelationGetIndexPredicate(index);
    if (!knows_columns(archived, index, reinterpret_cast<Node *>(expressions), reinterpret_cast<Node *>(predicate))) return;
    StringInfo where = makeStringInfo(), values = makeStringInfo(), names = makeStringInfo();
    ListCell *expression = list_head(expressions);
    for (int i = 0; i < index->rd_index->indnkeyatts; ++i) {
      const AttrNumber number = index->rd_index->indkey.values[i];
      const char *back, *there;
      Oid type;
      if (number != 0) {
        const char *name = quote_identifier(get_attname(archived.id, number, false));
        back = psprintf("r.%s", name);
        there = psprintf("c.%s", name);
        type = get_atttype(archived.id, number);
        appendStringInfo(names, "%s%s", i == 0 ? "" : ", ", name);
      } else {
        auto *node = static_cast<Node *>(lfirst(expression));
        expression = lnext(expressions, expression);
        back = psprintf("(%s)", text_of(node, archived.id, "r"));
        there = psprintf("(%s)", text_of(node, archived.id, "c"));
        type = exprType(node);
        appendStringInfo(names, "%s%s", i == 0 ? "" : ", ", deparse_expression(node, deparse_context_for("c", archived.id), false, false));
      }
      appendStringInfo(values, "%s%s", i == 0 ? "" : ", ", back);
      if (i > 0) appendStringInfoString(where, " and ");
      append_same(where, index, i, there, back, type);
    }
    if (predicate != NIL) {
      auto *node = reinterpret_cast<Node *>(make_ands_explicit(predicate));
      appendStringInfo(where, " and (%s) and (%s)", text_of(node, archived.id, "r"), text_of(node, archived.id, "c"));
    }
    RowSet *found = open_texts(sets_, "taken_keys");
    run_as_owner(archived.id,
                 psprintf("select row(%s)::pg_catalog.text from %s r, %s where %s order by 1", values->data, rows_of_today(archived), table_sql(archived), where->data), sets_,
                 rows_into(found, nullptr, PG_UINT64_MAX), Purpose::prove);
    report(archived, found, psprintf("key (%s) is in use again", names->data));
  }

  static void append_same(StringInfo sql, Relation index, int i, const char *there, const char *back, Oid type) {
    const Oid input = index->rd_opcintype[i], collation = index->rd_indcollation[i];
    const Oid equality = get_opfamily_member(index->rd_opfamily[i], input, input, BTEqualStrategyNumber);
    if (!OidIsValid(equality)) elog(ERROR, "index \"%s\" has no equality", RelationGetRelationName(index));
    const char *left = OidIsValid(collation) ? psprintf("%s collate %s", there, generate_collation_name(collation)) : there;
    StringInfo equal = makeStringInfo();
    append_operator(equal, left, equality, back, type);
    if (index->rd_index->indnullsnotdistinct)
      appendStringInfo(sql, "(%s or (%s is null and %s is null))", equal->data, there, back);
    else
      appendStringInfoString(sql, equal->data);
  }

  void check_references(const ArchivedRows &archived, const ForeignKey &key) {
    RowSet *found = open_texts(sets_, "orphans");
    find_orphans(archived, key, all_, sets_, found);
    if (found->count > 0) {
      report(archived, found, psprintf("what %s references in %s is gone", key.name, table_text(key.referenced)));
      return;
    }
    close_set(sets_, found);
  }

  List *all_;
  QueryEnvironment *sets_;
  StringInfo conflicts_;
};

}  // namespace

void insist_on_tables(const pg_uuid_t &deletion, List *all) {
  StringInfo conflicts = makeStringInfo();
  ListCell *cell;
  foreach (cell, all) {
    auto &archived = *static_cast<ArchivedRows *>(lfirst(cell));
    if (!OidIsValid(archived.id)) {
      add(conflicts, psprintf("Table %s is gone.", archived.relation));
      continue;
    }
    for (int i = 0; i < archived.columns; ++i) check_column(archived, i, conflicts);
    const Relation table = table_open(archived.id, NoLock);
    if (!archived.updated) check_new_columns(archived, table, conflicts);
    check_rules(archived, table, conflicts);
    table_close(table, NoLock);
  }
  raise_if_any(deletion, conflicts);
}

void insist_on_no_conflict(const pg_uuid_t &deletion, List *all, QueryEnvironment *sets) {
  const int pin = pin_settings();
  StringInfo conflicts = Search(all, sets).run();
  pg::unpin_search_path(pin);
  raise_if_any(deletion, conflicts);
}

}  // namespace proapp::deletion
