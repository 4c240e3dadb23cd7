#include "deletion/forbidden.hpp"

#include "pg/boundary.hpp"

#include "deletion/key.hpp"
#include "deletion/registered.hpp"
#include "deletion/table_name.hpp"

extern "C" {
#include <catalog/pg_type.h>
#include <executor/tuptable.h>
#include <lib/stringinfo.h>
#include <utils/jsonb.h>
}

namespace proapp::deletion {

namespace {

class Search {
 public:
  Search(const Closure &closure, Obstacles &obstacles) : closure_(closure), obstacles_(obstacles), sight_(closure.purpose == Purpose::plan ? Sight::snapshot : Sight::latest) {}

  void run() {
    insist_on_allowed();
    for (const Blocker &blocker : all_blockers(sight_)) block(blocker);
    for (const uint32_t number : closure_.graph->order.children_first)
      if (closure_.going[number].count > 0) hold(number);
  }

 private:
  // The rows that go, as r; what follows is a condition.
  void append_going(StringInfo sql, uint32_t number) {
    const Table &table = closure_.graph->tables[number];
    publish_count(closure_.going[number].rows);
    appendStringInfo(sql, "%s%s r, %s g", table.partitioned ? "" : "only ", table.name, closure_.going[number].rows->name);
  }
  static void append_same_place(StringInfo sql) { appendStringInfoString(sql, "r.ctid operator(pg_catalog.=) g.place and r.tableoid operator(pg_catalog.=) g.part"); }

  // Whoever holds the locks looks at what is there now, whatever the isolation level.
  uint64 run_now(Oid table, StringInfo sql, DestReceiver *into = nullptr) {
    return run_as_owner(table, sql->data, closure_.sets, into, closure_.purpose == Purpose::plan ? Purpose::plan : Purpose::prove);
  }

  void insist_on_allowed() {
    bool is_protected;
    const Oid root = closure_.graph->tables[0].id;
    const char *allowed = allowed_of(root, sight_, &is_protected);
    if (allowed == nullptr || closure_.going[0].count == 0) return;
    StringInfo sql = makeStringInfo();
    appendStringInfoString(sql, "select from ");
    append_going(sql, 0);
    appendStringInfoString(sql, " where ");
    append_same_place(sql);
    appendStringInfo(sql, " and (%s)", allowed);
    if (run_now(root, sql) > 0) return;
    obstacles_.blocking.push_back({0, closure_.graph->tables[0].name, nullptr, closure_.going[0].count,
                                   psprintf("Its protection lets only those delete for whom this holds: %s", allowed), nullptr, ERRCODE_INSUFFICIENT_PRIVILEGE});
  }

  void block(const Blocker &blocker) {
    for (const uint32_t number : closure_.graph->order.children_first)
      if (closure_.graph->tables[number].id == blocker.relation && closure_.going[number].count > 0) block(blocker, number);
  }

  void block(const Blocker &blocker, uint32_t number) {
    const bool partitioned = get_rel_relkind(blocker.blocking) == RELKIND_PARTITIONED_TABLE;
    StringInfo sql = makeStringInfo();
    appendStringInfo(sql, "select distinct b.ctid, b.tableoid from %s%s b, ", partitioned ? "" : "only ", table_text(blocker.blocking));
    append_going(sql, number);
    appendStringInfo(sql, " where (%s) and ", blocker.matches);
    append_same_place(sql);
    if (blocker.condition != nullptr) appendStringInfo(sql, " and (%s)", blocker.condition);
    const uint64 count = run_now(blocker.blocking, sql);
    if (count == 0) return;
    const char *detail = blocker.condition != nullptr ? psprintf("A blocker where %s", blocker.condition) : "A blocker, whatever it holds.";
    obstacles_.blocking.push_back({number, table_text(blocker.blocking), nullptr, count, detail, blocker.message, ERRCODE_FOREIGN_KEY_VIOLATION});
  }

  // Each held row's number in the list of holds.
  RowSet *held(const Holds &holds, uint32_t number) {
    const Oid id = closure_.graph->tables[number].id;
    const Relation relation = table_open(id, AccessShareLock);
    const Key shape = key_shape(relation);
    table_close(relation, NoLock);
    StringInfo sql = makeStringInfo();
    appendStringInfoString(sql, "select h.n from (values ");
    for (int i = 0; i < holds.count; ++i)
      appendStringInfo(sql, "%s(%d::pg_catalog.int8, %s::pg_catalog.jsonb)", i == 0 ? "" : ", ", i,
                       quote_literal_cstr(DatumGetCString(DirectFunctionCall1(jsonb_out, holds.first[i].key))));
    appendStringInfoString(sql, ") h(n, key), ");
    append_going(sql, number);
    appendStringInfoString(sql, " where ");
    append_same_place(sql);
    appendStringInfoString(sql, " and pg_catalog.jsonb_build_object(");
    for (int i = 0; i < shape.count; ++i)
      appendStringInfo(sql, "%s%s, r.%s::pg_catalog.text", i == 0 ? "" : ", ", quote_literal_cstr(shape.columns[i].name), quote_identifier(shape.columns[i].name));
    appendStringInfoString(sql, ") operator(pg_catalog.=) h.key");
    TupleDesc columns = CreateTemplateTupleDesc(1);
    TupleDescInitEntry(columns, 1, "n", INT8OID, -1, 0);
    RowSet *set = open_set(closure_.sets, "held", columns, false);
    run_now(id, sql, rows_into(set, nullptr, PG_UINT64_MAX));
    return set;
  }

  void hold(uint32_t number) {
    const Table &table = closure_.graph->tables[number];
    const Holds holds = holds_of(table.id, sight_);
    if (holds.count == 0) return;
    RowSet *set = held(holds, number);
    TupleTableSlot *slot = MakeSingleTupleTableSlot(set->columns, &TTSOpsMinimalTuple);
    while (tuplestore_gettupleslot(set->rows, true, false, slot)) {
      slot_getallattrs(slot);
      const Hold &hold = holds.first[DatumGetInt64(slot->tts_values[0])];
      obstacles_.blocking.push_back({number, table.name, nullptr, 1, psprintf("Held by %s: %s", hold.held_by, hold.reason), nullptr, ERRCODE_RESTRICT_VIOLATION});
    }
    ExecDropSingleTupleTableSlot(slot);
    close_set(closure_.sets, set);
  }

  const Closure &closure_;
  Obstacles &obstacles_;
  Sight sight_;
};

}  // namespace

void add_forbidden(const Closure &closure, Obstacles &obstacles) { Search(closure, obstacles).run(); }

}  // namespace proapp::deletion
