#include "deletion/remove.hpp"

#include "pg/boundary.hpp"

#include "pg/session.hpp"
#include "pg/statement.hpp"

#include "deletion/hiding.hpp"
#include "deletion/moved_rows.hpp"
#include "deletion/sets_sql.hpp"
#include "deletion/table_name.hpp"
#include "deletion/triggers.hpp"

extern "C" {
#include <access/sysattr.h>
#include <access/tableam.h>
#include <access/xact.h>
#include <common/hashfn.h>
#include <commands/trigger.h>
#include <executor/executor.h>
#include <utils/fmgrprotos.h>
#include <utils/guc.h>
#include <utils/jsonb.h>
#include <utils/relcache.h>
#include <utils/snapmgr.h>
}

namespace proapp::deletion {

static const char *key_text(const Key &key) { return DatumGetCString(DirectFunctionCall1(jsonb_out, key_jsonb(key))); }

void lock_name(const char *name) {
  const uint64 number = hash_bytes_extended(reinterpret_cast<const unsigned char *>(name), static_cast<int>(strlen(name)), 0);
  DirectFunctionCall1(pg_advisory_xact_lock_int8, Int64GetDatum(static_cast<int64>(number)));
}

void lock_root(const Request &request) { lock_name(psprintf("proapp deletion of %s %s", table_text(request.relation), key_text(request.key))); }

void insist_on_no_obstacle(const Request &request, const Examination &examination) {
  const auto &blocking = examination.obstacles.blocking;
  if (blocking.empty()) return;
  const Obstacle *first = &blocking[0];
  const char *message = nullptr;
  StringInfo detail = makeStringInfo();
  for (const Obstacle &obstacle : blocking) {
    if (obstacle.sqlstate == ERRCODE_INSUFFICIENT_PRIVILEGE) first = &obstacle;
    if (message == nullptr) message = obstacle.message;
    appendStringInfo(detail, "%s" UINT64_FORMAT " row%s of %s%s: %s", detail->len == 0 ? "" : "\n", obstacle.count, obstacle.count == 1 ? "" : "s", obstacle.relation,
                     obstacle.via != nullptr ? psprintf(" by %s", obstacle.via) : "", obstacle.detail);
  }
  if (message != nullptr && first->sqlstate != ERRCODE_INSUFFICIENT_PRIVILEGE)
    ereport(ERROR, (errcode(ERRCODE_RAISE_EXCEPTION), errmsg_internal("%s", message), errdetail_internal("%s", detail->data)));
  ereport(ERROR, (errcode(first->sqlstate), errmsg("a row of \"%s\" cannot be deleted", table_text(request.relation)), errdetail_internal("%s", detail->data),
                  errhint("The whole plan: select * from proapp.deletion_plan(%s, %s::jsonb%s)", quote_literal_cstr(table_text(request.relation)),
                          quote_literal_cstr(key_text(request.key)), request.erase ? ", erase => true" : "")));
}

namespace {

// Of a DELETE: foreign keys act on nothing any more: what they would do was done, or proven to be nothing, for all rows at once.
bool fires(const Trigger &trigger) { return RI_FKey_trigger_type(trigger.tgfoid) != RI_TRIGGER_PK; }

class Removal {
 public:
  Removal(const Examination &examination, const pg_uuid_t &deletion, int first_step)
      : graph_(examination.graph), closure_(examination.closure), obstacles_(examination.obstacles), deletion_(deletion), step_(first_step) {}

  int run() {
    for (const Update &update : obstacles_.updates) this->update(update);
    for (const uint32_t number : graph_.order.children_first)
      if (closure_.going[number].count > 0) remove(number);
    if (must_be_proven())
      for (const Reference &reference : graph_.references)
        if (closure_.going[reference.to].count > 0) insist_on_none(reference);
    return step_;
  }

 private:
  void insist_on_count(const Table &table, const char *what, uint64 done, uint64 expected) {
    if (done == expected) return;
    ereport(ERROR, (errcode(ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION), errmsg("not all rows of \"%s\" could be %s", table.name, what),
                    errdetail(UINT64_FORMAT " rows were locked, and " UINT64_FORMAT " %s.", expected, done, what),
                    errhint("A trigger that returns null, or that changes keys, keeps rows from it.")));
  }

  uint64 run_as_caller(const char *sql, DestReceiver *into, bool (*fires)(const Trigger &)) {
    pg::Statement statement = {sql};
    statement.sets = closure_.sets;
    statement.into = into;
    statement.fires = fires;
    statement.reshape = reveal;
    return pg::run(statement);
  }

  void remove(uint32_t number) {
    const Table &table = graph_.tables[number];
    RowSet *rows = closure_.going[number].rows;
    const ArchivedStep step = {&table, nullptr, "delete", rows, false, 0, nullptr};
    if (closure_.keeps_rows())
      archive_step(deletion_, step_++, step);
    else
      archive_count(deletion_, step_++, step);
    insist_on_count(table, "deleted", lies_still(table) ? delete_where_they_lie(rows) : delete_by_statement(table, rows), rows->count);
  }

  uint64 delete_by_statement(const Table &table, RowSet *rows) {
    publish_count(rows);
    StringInfo sql = makeStringInfo();
    appendStringInfoString(sql, "delete from ");
    append_table(sql, table);
    appendStringInfo(sql, " using %s g where ", rows->name);
    append_same_row(sql, table);
    return run_as_caller(sql->data, nullptr, fires);
  }

  // Nothing moves locked rows but ourselves and triggers of the application, and with neither triggers nor rules a DELETE does nothing else: rights and
  // policies were asked for every row.
  bool lies_still(const Table &table) const {
    if (!obstacles_.updates.empty()) return false;
    for (const uint32_t number : graph_.order.children_first)
      if (closure_.going[number].count > 0 && has_own_triggers(graph_.tables[number].id)) return false;
    const Relation relation = table_open(table.id, AccessShareLock);
    const bool has_rules = relation->rd_rel->relhasrules;
    table_close(relation, NoLock);
    return !has_rules;
  }

  static uint64 delete_where_they_lie(const RowSet *rows) {
    TupleTableSlot *slot = MakeSingleTupleTableSlot(rows->columns, &TTSOpsMinimalTuple);
    Relation relation = nullptr;
    uint64 count = 0;
    PushActiveSnapshot(GetLatestSnapshot());
    tuplestore_rescan(rows->rows);
    for (; tuplestore_gettupleslot(rows->rows, true, false, slot); ++count) {
      CHECK_FOR_INTERRUPTS();
      slot_getallattrs(slot);
      const Oid part = DatumGetObjectId(slot->tts_values[part_column - 1]);
      if (relation == nullptr || RelationGetRelid(relation) != part) {
        if (relation != nullptr) table_close(relation, NoLock);
        relation = table_open(part, RowExclusiveLock);
        CheckCmdReplicaIdentity(relation, CMD_DELETE);
      }
      simple_table_tuple_delete(relation, reinterpret_cast<ItemPointer>(DatumGetPointer(slot->tts_values[place_column - 1])), GetActiveSnapshot());
    }
    if (relation != nullptr) table_close(relation, NoLock);
    PopActiveSnapshot();
    ExecDropSingleTupleTableSlot(slot);
    CommandCounterIncrement();
    return count;
  }

  // Triggers of the application may move rows, and their keys stay; where there is no key, or a default becomes part of it, only the place tells.
  bool is_found_by_place(const Table &table) const {
    if (table.key_columns == 0) return true;
    for (const Update &update : obstacles_.updates) {
      if (&graph_.tables[update.reference->from] != &table) continue;
      for (int i = 0; i < update.reference->set_count; ++i)
        for (int j = 0; j < table.key_columns; ++j)
          if (update.reference->set_columns[i] == table.key[j]) return true;
    }
    return false;
  }

  RowSet *as_texts(const Table &table, RowSet *changed) {
    RowSet *texts = open_set(closure_.sets, "changed_texts", columns_of_moved(TEXTOID), false);
    publish_count(changed);
    const int pin = pin_settings();
    run_as_owner(table.id, psprintf("select place, part, new_place, new_part, before, after::pg_catalog.text from %s", changed->name), closure_.sets,
                 rows_into(texts, nullptr, PG_UINT64_MAX), closure_.purpose);
    pg::unpin_search_path(pin);
    return texts;
  }

  void update(const Update &update) {
    const Reference &reference = *update.reference;
    const Table &table = graph_.tables[reference.from];
    const bool keeps = closure_.keeps_rows();
    RowSet *changed = open_set(closure_.sets, "changed", columns_of_moved(keeps ? get_rel_type_id(table.id) : InvalidOid), false);
    publish_count(update.rows);
    StringInfo sql = makeStringInfo();
    appendStringInfoString(sql, "update ");
    append_table(sql, table);
    append_set(sql, graph_, reference, closure_.going[reference.to].rows);
    appendStringInfo(sql, " from %s g where ", update.rows->name);
    if (is_found_by_place(table))
      append_same_place(sql);
    else
      append_same_row(sql, table);
    appendStringInfo(sql, " returning %s", moved_places);
    if (keeps) appendStringInfo(sql, ", g.whole, c.*::%s", table.name);  // c alone may be a column
    // With all triggers: a column that loses its value may itself be referenced.
    run_as_caller(sql->data, rows_into(changed, nullptr, PG_UINT64_MAX), nullptr);
    insist_on_count(table, "updated", changed->count, update.rows->count);
    RowSet *moved = keeps ? as_texts(table, changed) : changed;
    const ArchivedStep step = {&table, reference.name, "update", moved, true, reference.set_count, reference.set_columns};
    keeps ? archive_step(deletion_, step_++, step) : archive_count(deletion_, step_++, step);
    for (Update &later : obstacles_.updates)
      if (&later > &update && later.reference->from == reference.from) later.rows = follow_moved(closure_.sets, later.rows, moved);
    if (moved != changed) close_set(closure_.sets, moved);
    close_set(closure_.sets, changed);
  }

  // The locks on what goes keep everybody else from referencing it. What came before them is not seen where the transaction looks at the past, and
  // triggers and defaults of the application work inside of the locks, as do the triggers of tables that reference a column that an update changes.
  bool must_be_proven() const {
    if (IsolationUsesXactSnapshot() || graph_.erase) return true;
    for (const uint32_t number : graph_.order.children_first)
      if (closure_.going[number].count > 0 && has_own_triggers(graph_.tables[number].id)) return true;
    for (const Update &update : obstacles_.updates)
      if (update.reference->action == Reference::Action::set_default || changes_key(*update.reference) || has_own_triggers(graph_.tables[update.reference->from].id)) return true;
    return false;
  }

  // Of columns that may be referenced.
  bool changes_key(const Reference &reference) const {
    const Relation relation = table_open(graph_.tables[reference.from].id, AccessShareLock);
    const Bitmapset *keys = RelationGetIndexAttrBitmap(relation, INDEX_ATTR_BITMAP_KEY);
    table_close(relation, NoLock);
    for (int i = 0; i < reference.set_count; ++i)
      if (bms_is_member(reference.set_columns[i] - FirstLowInvalidHeapAttributeNumber, keys)) return true;
    return false;
  }

  // Also what others committed meanwhile, whatever the isolation level, and what triggers did.
  void insist_on_none(const Reference &reference) {
    StringInfo sql = makeStringInfo();
    appendStringInfoString(sql, "select");
    append_referencing(sql, graph_, reference, closure_.going[reference.to].rows);
    const Table &from = graph_.tables[reference.from], &to = graph_.tables[reference.to];
    const uint64 left = run_as_owner(from.id, sql->data, closure_.sets, nullptr, Purpose::prove);
    if (left == 0) return;
    if (IsolationUsesXactSnapshot())
      ereport(ERROR, (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE), errmsg("could not serialize access due to concurrent update"),
                      errdetail("Rows of %s came that reference deleted rows of %s by %s.", from.name, to.name, reference.name), errhint("Run the transaction again.")));
    ereport(ERROR,
            (errcode(ERRCODE_FOREIGN_KEY_VIOLATION), errmsg("rows of \"%s\" still reference what was deleted from \"%s\"", from.name, to.name),
             errdetail(UINT64_FORMAT " row%s, by %s.", left, left == 1 ? "" : "s", reference.name), errhint("A trigger or a default made them while the rows were deleted.")));
  }

  const Graph &graph_;
  const Closure &closure_;
  const Obstacles &obstacles_;
  const pg_uuid_t &deletion_;
  int step_;
};

}  // namespace

int remove_all(const Examination &examination, const pg_uuid_t &deletion, int first_step) {
  const int nest = NewGUCNestLevel();
  take_memory();
  const int next = Removal(examination, deletion, first_step).run();
  pg::unpin_search_path(nest);
  return next;
}

}  // namespace proapp::deletion
