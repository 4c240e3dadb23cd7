#include "deletion/closure.hpp"

#include "pg/boundary.hpp"
#include "pg/session.hpp"

#include "deletion/sets_sql.hpp"

extern "C" {
#include <catalog/pg_class.h>
#include <utils/syscache.h>
}

namespace proapp::deletion {

// ---- the columns of a set ----

static void add_key_columns(Bitmapset *&columns, const AttrNumber *numbers, int count) {
  for (int i = 0; i < count; ++i) columns = bms_add_member(columns, numbers[i]);
}

TupleDesc columns_of_set(const Graph &graph, uint32_t table, bool whole) {
  const Oid id = graph.tables[table].id;
  Bitmapset *keys = nullptr;
  add_key_columns(keys, graph.tables[table].key, graph.tables[table].key_columns);
  for (const Reference &reference : graph.references)
    if (reference.to == table) add_key_columns(keys, reference.referenced_columns, reference.columns);
  TupleDesc columns = CreateTemplateTupleDesc(first_key_column - 1 + bms_num_members(keys) + (whole ? 1 : 0));
  AttrNumber number = 0;
  TupleDescInitEntry(columns, ++number, "place", TIDOID, -1, 0);
  TupleDescInitEntry(columns, ++number, "part", OIDOID, -1, 0);
  for (int key = -1; (key = bms_next_member(keys, key)) >= 0;) {
    Oid type, collation;
    int32 modifier;
    get_atttypetypmodcoll(id, static_cast<AttrNumber>(key), &type, &modifier, &collation);
    TupleDescInitEntry(columns, ++number, psprintf("k%d", key), type, modifier, 0);
    TupleDescInitEntryCollation(columns, number, collation);
  }
  if (whole) TupleDescInitEntry(columns, ++number, "whole", TEXTOID, -1, 0);
  return columns;
}

// ---- statements ----

static Oid owner_of(Oid table) {
  HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(table));
  if (!HeapTupleIsValid(tuple)) elog(ERROR, "cache lookup failed for relation %u", table);
  const Oid owner = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relowner;
  ReleaseSysCache(tuple);
  return owner;
}

uint64 run_as_owner(Oid table, const pg::Statement &statement) {
  pg::User before;
  GetUserIdAndSecContext(&before.id, &before.security_context);
  SetUserIdAndSecContext(owner_of(table), before.security_context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_NOFORCE_RLS);
  const uint64 rows = pg::run(statement);
  pg::restore_user(before);
  return rows;
}

uint64 run_as_owner(Oid table, const char *sql, QueryEnvironment *sets, DestReceiver *into, Purpose purpose) {
  pg::Statement statement = {sql};
  statement.sets = sets;
  statement.into = into;
  statement.sees = purpose == Purpose::plan ? pg::Sees::caller : purpose == Purpose::prove ? pg::Sees::latest : pg::Sees::now;
  return run_as_owner(table, statement);
}

namespace {

class Walk {
 public:
  Walk(Closure &closure, const bool *needed) : closure_(closure), graph_(*closure.graph), needed_(needed) {}

  void begin(RowSet *root_key) {
    open(0);
    publish_count(root_key);
    const Table &root = graph_.tables[0];
    StringInfo sql = start(root, closure_.going[0].rows->columns);
    appendStringInfoString(sql, " from ");
    append_table(sql, root);
    appendStringInfo(sql, ", %s g where ", root_key->name);
    for (int i = first_key_column; i <= root_key->columns->natts; ++i) {
      const Form_pg_attribute key = TupleDescAttr(root_key->columns, i - 1);
      if (i > first_key_column) appendStringInfoString(sql, " and ");
      append_equal(sql, psprintf("c.%s", column_name(root.id, static_cast<AttrNumber>(pg_strtoint16(NameStr(key->attname) + 1)))), psprintf("g.%s", NameStr(key->attname)),
                   key->atttypid);
    }
    finish(sql, 0, closure_.going[0].rows, nullptr);
  }

  void take_along(uint32_t table, const RowSet *rows) {
    closure_.going[table].rows = open_set(closure_.sets, psprintf("going_%u", table), rows->columns, is_met_twice(table));
    copy_rows(rows, closure_.going[table].rows);
    closure_.total += closure_.going[table].count = closure_.going[table].rows->count;
  }

  void go_around(uint32_t table) {
    if (!graph_.order.in_cycle[table]) return;
    start_ = table;
    auto &members = *makeStringInfo();
    for (const uint32_t number : graph_.order.children_first)
      if (graph_.order.cycle_of[number] == graph_.order.cycle_of[table]) appendBinaryStringInfo(&members, reinterpret_cast<const char *>(&number), sizeof number);
    circle({reinterpret_cast<const uint32_t *>(members.data), static_cast<size_t>(members.len) / sizeof(uint32_t)});
  }

  RowSet *followers(const Reference &reference, uint64 limit) {
    RowSet *into = open_set(closure_.sets, psprintf("followers_%u", reference.from), columns_of_set(graph_, reference.from, closure_.keeps_rows()), true);
    StringInfo sql = start(graph_.tables[reference.from], into->columns);
    append_referencing(sql, graph_, reference, closure_.going[reference.to].rows);
    appendStringInfoString(sql, " for update of c");
    run_as_owner(graph_.tables[reference.from].id, sql->data, closure_.sets, rows_into(into, nullptr, limit), closure_.purpose);
    return into;
  }

  // Parents first: the rows of a table are complete before those that reference them are looked for.
  void go_on(uint32_t start) {
    start_ = start;
    const auto order = graph_.order.children_first;
    for (size_t i = order.size(); i-- > 0 && !closure_.at_limit();) {
      const uint32_t cycle = graph_.order.cycle_of[order[i]];
      size_t begin = i;
      while (begin > 0 && graph_.order.cycle_of[order[begin - 1]] == cycle) --begin;
      const auto members = order.subspan(begin, i - begin + 1);
      if (graph_.order.in_cycle[order[i]])
        circle(members);
      else
        add_followers(order[i]);
      i = begin;
    }
  }

 private:
  void open(uint32_t table) {
    Going &going = closure_.going[table];
    if (going.rows == nullptr) going.rows = open_set(closure_.sets, psprintf("going_%u", table), columns_of_set(graph_, table, closure_.keeps_rows()), is_met_twice(table));
  }

  int ways_into(uint32_t table) const {
    int ways = 0;
    for (const Reference &reference : graph_.references) ways += reference.follows && reference.from == table ? 1 : 0;
    return ways;
  }

  // By several references, or by a cycle.
  bool is_met_twice(uint32_t table) const { return ways_into(table) > (table == 0 ? 0 : 1) || graph_.order.in_cycle[table]; }

  // Two deletions with different roots meet where a table is reached by several ways: there they lock in the same order.
  bool needs_order(uint32_t table) const { return is_met_twice(table) && graph_.tables[table].key_columns > 0; }

  static StringInfo start(const Table &table, TupleDesc columns) {
    StringInfo sql = makeStringInfo();
    appendStringInfoString(sql, "select ");
    if (columns != nullptr) append_columns(sql, table, columns);
    return sql;
  }

  void finish(StringInfo sql, uint32_t number, RowSet *into, RowSet *fresh) {
    const Table &table = graph_.tables[number];
    if (closure_.purpose == Purpose::remove) {
      for (int i = 0; needs_order(number) && i < table.key_columns; ++i) appendStringInfo(sql, "%s c.%s", i == 0 ? " order by" : ",", column_name(table.id, table.key[i]));
      appendStringInfoString(sql, " for update of c");
    }
    Going &going = closure_.going[number];
    const uint64 before = going.count, left = closure_.limit - closure_.total;
    if (into == nullptr) {
      if (closure_.limit != PG_UINT64_MAX) appendStringInfo(sql, " limit " UINT64_FORMAT, left);
      going.count += run_as_owner(table.id, sql->data, closure_.sets, nullptr, closure_.purpose);
    } else {
      run_as_owner(table.id, sql->data, closure_.sets, rows_into(into, fresh, left == PG_UINT64_MAX ? left : into->count + left), closure_.purpose);
      going.count = into->count;
    }
    closure_.total += going.count - before;
  }

  // Rows that reference those of `source` by this key.
  void follow(const Reference &reference, RowSet *source, RowSet *into, RowSet *fresh) {
    StringInfo sql = start(graph_.tables[reference.from], into != nullptr ? into->columns : nullptr);
    append_referencing(sql, graph_, reference, source);
    finish(sql, reference.from, into, fresh);
  }

  bool has_rows(uint32_t table) const { return closure_.going[table].count > 0; }

  void add_followers(uint32_t table) {
    for (const Reference &reference : graph_.references) {
      if (!reference.follows || reference.from != table || !has_rows(reference.to) || closure_.at_limit()) continue;
      const bool only_counted = closure_.purpose == Purpose::plan && !needed_[table] && ways_into(table) == 1;
      if (!only_counted) open(table);
      follow(reference, closure_.going[reference.to].rows, closure_.going[table].rows, nullptr);
    }
  }

  // Rounds: who references the rows that the last round found, until it finds none.
  void circle(std::span<const uint32_t> members) {
    const auto count = static_cast<size_t>(graph_.tables.size());
    auto **last = static_cast<RowSet **>(palloc0(sizeof(RowSet *) * count));
    auto **fresh = static_cast<RowSet **>(palloc0(sizeof(RowSet *) * count));
    for (const uint32_t member : members) {
      open(member);
      const TupleDesc columns = closure_.going[member].rows->columns;
      last[member] = open_set(closure_.sets, psprintf("last_%u", member), columns, false);
      fresh[member] = open_set(closure_.sets, psprintf("fresh_%u", member), columns, false);
    }
    const uint32_t cycle = graph_.order.cycle_of[members[0]];
    for (const Reference &reference : graph_.references) {
      if (!reference.follows || graph_.order.cycle_of[reference.from] != cycle || graph_.order.cycle_of[reference.to] == cycle) continue;
      if (has_rows(reference.to)) follow(reference, closure_.going[reference.to].rows, closure_.going[reference.from].rows, fresh[reference.from]);
    }
    bool more = true;
    // What it starts with was found before anything.
    if (graph_.order.cycle_of[start_] == cycle) copy_rows(closure_.going[start_].rows, fresh[start_]);
    while (more && !closure_.at_limit()) {
      CHECK_FOR_INTERRUPTS();
      for (const uint32_t member : members) {
        std::swap(last[member], fresh[member]);
        empty_set(fresh[member]);
      }
      more = false;
      for (const Reference &reference : graph_.references) {
        if (!reference.follows || graph_.order.cycle_of[reference.from] != cycle || graph_.order.cycle_of[reference.to] != cycle) continue;
        if (last[reference.to]->count == 0) continue;
        follow(reference, last[reference.to], closure_.going[reference.from].rows, fresh[reference.from]);
        more = true;
      }
    }
    for (const uint32_t member : members) {
      close_set(closure_.sets, last[member]);
      close_set(closure_.sets, fresh[member]);
    }
  }

  Closure &closure_;
  const Graph &graph_;
  const bool *needed_;
  uint32_t start_ = 0;
};

}  // namespace

void find_root(Closure &closure, RowSet *root_key) { Walk(closure, nullptr).begin(root_key); }

void take_along(Closure &closure, uint32_t table, const RowSet *rows) { Walk(closure, nullptr).take_along(table, rows); }

void find_going_with(Closure &closure, uint32_t table, const bool *needed) {
  if (closure.going[table].count > 0) Walk(closure, needed).go_on(table);
}

void find_circle_of(Closure &closure, uint32_t table) { Walk(closure, nullptr).go_around(table); }

RowSet *find_followers(Closure &closure, const Reference &reference, uint64 limit) { return Walk(closure, nullptr).followers(reference, limit); }

void find_going(Closure &closure, RowSet *root_key, const bool *needed) {
  find_root(closure, root_key);
  find_going_with(closure, 0, needed);
}

Closure start_closure(const Graph &graph, Purpose purpose, uint64 limit) {
  Closure closure = {};
  closure.purpose = purpose;
  closure.graph = &graph;
  closure.sets = create_queryEnv();
  closure.going = static_cast<Going *>(palloc0(sizeof(Going) * graph.tables.size()));
  closure.limit = limit;
  return closure;
}

void close(Closure &closure) {
  for (size_t i = 0; i < closure.graph->tables.size(); ++i)
    if (closure.going[i].rows != nullptr) close_set(closure.sets, closure.going[i].rows);
}

}  // namespace proapp::deletion
