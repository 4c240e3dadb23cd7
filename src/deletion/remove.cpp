#include "deletion/remove.hpp"

#include "pg/boundary.hpp"

#include "pg/session.hpp"
#include "pg/statement.hpp"

#include "deletion/sets_sql.hpp"
#include "deletion/table_name.hpp"

extern "C" {
#include <access/xact.h>
#include <catalog/pg_inherits.h>
#include <common/hashfn.h>
#include <commands/trigger.h>
#include <utils/fmgrprotos.h>
#include <utils/guc.h>
#include <utils/jsonb.h>
}

namespace proapp::deletion {

static const char *key_text(const Key &key) { return DatumGetCString(DirectFunctionCall1(jsonb_out, key_jsonb(key))); }

void lock_root(const Request &request) {
  const char *what = psprintf("proapp deletion of %s %s", table_text(request.relation), key_text(request.key));
  const uint64 number = hash_bytes_extended(reinterpret_cast<const unsigned char *>(what), static_cast<int>(strlen(what)), 0);
  DirectFunctionCall1(pg_advisory_xact_lock_int8, Int64GetDatum(static_cast<int64>(number)));
}

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

// Foreign keys act on nothing any more: what they would do was done, or proven to be nothing, for all rows at once.
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

  uint64 run_as_caller(const char *sql, DestReceiver *into) {
    pg::Statement statement = {sql};
    statement.sets = closure_.sets;
    statement.into = into;
    statement.fires = fires;
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
    publish_count(rows);
    StringInfo sql = makeStringInfo();
    appendStringInfoString(sql, "delete from ");
    append_table(sql, table);
    appendStringInfo(sql, " using %s g where ", rows->name);
    append_same_row(sql, table);
    insist_on_count(table, "deleted", run_as_caller(sql->data, nullptr), rows->count);
  }

  // The texts of rows before, and the rows after.
  RowSet *changed_rows(const Table &table) {
    TupleDesc columns = CreateTemplateTupleDesc(2);
    TupleDescInitEntry(columns, 1, "before", TEXTOID, -1, 0);
    TupleDescInitEntry(columns, 2, "after", get_rel_type_id(table.id), -1, 0);
    return open_set(closure_.sets, "changed", columns, false);
  }

  RowSet *as_texts(const Table &table, RowSet *changed) {
    TupleDesc columns = CreateTemplateTupleDesc(2);
    TupleDescInitEntry(columns, 1, "before", TEXTOID, -1, 0);
    TupleDescInitEntry(columns, 2, "after", TEXTOID, -1, 0);
    RowSet *texts = open_set(closure_.sets, "changed_texts", columns, false);
    publish_count(changed);
    const int pin = pin_settings();
    run_as_owner(table.id, psprintf("select before, after::pg_catalog.text from %s", changed->name), closure_.sets, rows_into(texts, nullptr, PG_UINT64_MAX), closure_.purpose);
    pg::unpin_search_path(pin);
    return texts;
  }

  void update(const Update &update) {
    const Reference &reference = *update.reference;
    const Table &table = graph_.tables[reference.from];
    publish_count(update.rows);
    StringInfo sql = makeStringInfo();
    appendStringInfoString(sql, "update ");
    append_table(sql, table);
    append_set(sql, graph_, reference, closure_.going[reference.to].rows);
    appendStringInfo(sql, " from %s g where ", update.rows->name);
    append_same_row(sql, table);
    ArchivedStep step = {&table, reference.name, "update", update.rows, true, reference.set_count, reference.set_columns};
    if (!closure_.keeps_rows()) {
      insist_on_count(table, "updated", run_as_caller(sql->data, nullptr), update.rows->count);
      archive_count(deletion_, step_++, step);
      return;
    }
    RowSet *changed = changed_rows(table);
    appendStringInfoString(sql, " returning g.whole, c");
    run_as_caller(sql->data, rows_into(changed, nullptr, PG_UINT64_MAX));
    insist_on_count(table, "updated", changed->count, update.rows->count);
    step.rows = as_texts(table, changed);
    archive_step(deletion_, step_++, step);
    close_set(closure_.sets, step.rows);
    close_set(closure_.sets, changed);
  }

  // The locks on what goes keep everybody else from referencing it. What came before them is not seen where the transaction looks at the past, and
  // triggers of the application work inside of the locks.
  bool must_be_proven() const {
    if (IsolationUsesXactSnapshot() || graph_.erase) return true;
    for (const uint32_t number : graph_.order.children_first)
      if (closure_.going[number].count > 0 && has_own_triggers(graph_.tables[number])) return true;
    for (const Update &update : obstacles_.updates)
      if (has_own_triggers(graph_.tables[update.reference->from])) return true;
    return false;
  }

  static bool has_own_triggers(const Table &table) {
    List *tables = table.partitioned ? find_all_inheritors(table.id, AccessShareLock, nullptr) : list_make1_oid(table.id);
    ListCell *cell;
    foreach (cell, tables) {
      const Relation relation = table_open(lfirst_oid(cell), AccessShareLock);
      bool found = false;
      for (int i = 0; relation->trigdesc != nullptr && i < relation->trigdesc->numtriggers; ++i)
        found |= RI_FKey_trigger_type(relation->trigdesc->triggers[i].tgfoid) == RI_TRIGGER_NONE;
      table_close(relation, NoLock);
      if (found) return true;
    }
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
    ereport(ERROR, (errcode(ERRCODE_FOREIGN_KEY_VIOLATION), errmsg("rows of \"%s\" still reference what was deleted from \"%s\"", from.name, to.name),
                    errdetail(UINT64_FORMAT " rows, by %s.", left, reference.name), errhint("A trigger made them while the rows were deleted.")));
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
