// deletion_plan: what would go, what forbids it, in the order in which it would be done.
#include "pg/boundary.hpp"

#include "pg/context_arena.hpp"
#include "pg/rows.hpp"

#include "deletion/examination.hpp"

#include "deletion/plan.hpp"

extern "C" {
#include <utils/guc.h>
}

using namespace proapp;
using namespace proapp::deletion;

static int row_limit = 10000000;

void proapp::deletion::define_plan_setting() {
  DefineCustomIntVariable("proapp.plan_row_limit", "Rows after which deletion_plan() stops counting.", "The plan then says how many there are at least.", &row_limit, 10000000, 1,
                          INT_MAX, PGC_USERSET, 0, nullptr, nullptr, nullptr);
}

Request proapp::deletion::read_plan_request(FunctionCallInfo fcinfo, bool erase) {
  Request request = read_request(fcinfo, erase, Purpose::plan);
  request.limit = static_cast<uint64>(row_limit);
  return request;
}

namespace {

class PlanRows {
 public:
  PlanRows(const Examination &examination, pg::Rows &rows) : graph_(examination.graph), closure_(examination.closure), obstacles_(examination.obstacles), rows_(rows) {}

  void print() {
    for (const Obstacle &obstacle : obstacles_.blocking)
      put(obstacle.relation, obstacle.via, "block", obstacle.count, true, obstacle.message != nullptr ? psprintf("%s (%s)", obstacle.message, obstacle.detail) : obstacle.detail);
    for (const Update &update : obstacles_.updates)
      put(graph_.tables[update.reference->from].name, update.reference->name, "update", update.rows->count, false, note_on(*update.reference, what_is_set(*update.reference)));
    for (const uint32_t table : graph_.order.children_first)
      if (closure_.going[table].count > 0) put(graph_.tables[table].name, ways_into(table), "delete", closure_.going[table].count, false, notes_on(table));
    for (const Reference &reference : graph_.references)
      if (is_idle(reference)) put(graph_.tables[reference.from].name, reference.name, "none", 0, false, note_on(reference, nullptr));
  }

 private:
  void put(const char *relation, const char *via, const char *action, uint64 count, bool blocked, const char *detail) {
    rows_.put({static_cast<int64>(++step_), relation, via, action, static_cast<int64>(count), blocked, detail});
  }

  const char *what_is_set(const Reference &reference) const {
    if (reference.kind == Reference::Kind::array) return "the keys that go are taken out of the array";
    StringInfo text = makeStringInfo();
    for (int i = 0; i < reference.set_count; ++i) appendStringInfo(text, "%s%s", i == 0 ? "" : ", ", column_name(graph_.tables[reference.from].id, reference.set_columns[i]));
    appendStringInfoString(text, reference.action == Reference::Action::set_null ? " becomes null" : " gets its default");
    return text->data;
  }

  const char *note_on(const Reference &reference, const char *note) const {
    if (reference.indexed) return note;
    StringInfo text = makeStringInfo();
    if (note != nullptr) appendStringInfo(text, "%s; ", note);
    appendStringInfo(text, "no index on (");
    for (int i = 0; i < reference.columns; ++i) appendStringInfo(text, "%s%s", i == 0 ? "" : ", ", column_name(graph_.tables[reference.from].id, reference.referencing_columns[i]));
    appendStringInfoString(text, "): the table is read as a whole");
    return text->data;
  }

  const char *ways_into(uint32_t table) const {
    StringInfo text = makeStringInfo();
    for (const Reference &reference : graph_.references)
      if (reference.follows && reference.from == table && closure_.going[reference.to].count > 0) appendStringInfo(text, "%s%s", text->len == 0 ? "" : ", ", reference.name);
    return text->len == 0 ? nullptr : text->data;
  }

  const char *notes_on(uint32_t table) const {
    const char *note = closure_.at_limit() ? psprintf("at least " INT64_FORMAT ": the plan stops counting at " UINT64_FORMAT " rows",
                                                      static_cast<int64>(closure_.going[table].count), closure_.limit)
                                           : nullptr;
    for (const Reference &reference : graph_.references)
      if (reference.follows && reference.from == table && closure_.going[reference.to].count > 0) note = note_on(reference, note);
    return note;
  }

  // Nothing references the rows that go by it.
  bool is_idle(const Reference &reference) const {
    if (closure_.going[reference.to].count == 0) return false;
    if (reference.follows) return closure_.going[reference.from].count == 0;
    for (const Update &update : obstacles_.updates)
      if (update.reference == &reference) return false;
    for (const Obstacle &obstacle : obstacles_.blocking)
      if (obstacle.via == reference.name) return false;
    return true;
  }

  const Graph &graph_;
  const Closure &closure_;
  const Obstacles &obstacles_;
  pg::Rows &rows_;
  int64 step_ = 0;
};

}  // namespace

PROAPP_FUNCTION(proapp_deletion_plan) {
  const bool erase = !PG_ARGISNULL(2) && PG_GETARG_BOOL(2);
  pg::Rows rows(fcinfo);
  auto &arena = *new (palloc(sizeof(pg::ContextArena))) pg::ContextArena("proapp deletion plan");
  Examination &examination = examine(arena, read_plan_request(fcinfo, erase));
  if (!examination.is_empty()) PlanRows(examination, rows).print();
  close(examination);
  return rows.done();
}
