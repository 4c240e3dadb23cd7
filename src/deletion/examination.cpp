#include "deletion/examination.hpp"

#include "pg/boundary.hpp"

#include "pg/arguments.hpp"
#include "pg/session.hpp"

#include "deletion/archive.hpp"
#include "deletion/forbidden.hpp"
#include "deletion/other_roots.hpp"
#include "deletion/registered.hpp"
#include "deletion/rights.hpp"
#include "deletion/unfit.hpp"

namespace proapp::deletion {

Request read_request(FunctionCallInfo fcinfo, bool erase, Purpose purpose) {
  Request request = {};
  request.relation = DatumGetObjectId(pg::required(fcinfo, 0, "relation"));
  insist_on_root(request.relation);
  const Relation relation = table_open(request.relation, AccessShareLock);
  request.key = read_key(relation, pg::required(fcinfo, 1, "key"), get_fn_expr_argtype(fcinfo->flinfo, 1));
  table_close(relation, NoLock);
  request.erase = erase;
  request.purpose = purpose;
  request.limit = PG_UINT64_MAX;
  return request;
}

// One row: the key that was asked for.
RowSet *key_set(QueryEnvironment *sets, const Key &key) {
  TupleDesc columns = CreateTemplateTupleDesc(first_key_column - 1 + key.count);
  TupleDescInitEntry(columns, place_column, "place", TIDOID, -1, 0);
  TupleDescInitEntry(columns, part_column, "part", OIDOID, -1, 0);
  Datum values[INDEX_MAX_KEYS + first_key_column] = {};
  bool nulls[INDEX_MAX_KEYS + first_key_column] = {true, true};
  for (int i = 0; i < key.count; ++i) {
    const auto number = static_cast<AttrNumber>(first_key_column + i);
    TupleDescInitEntry(columns, number, psprintf("k%d", key.columns[i].column), key.columns[i].type, -1, 0);
    TupleDescInitEntryCollation(columns, number, key.columns[i].collation);
    values[number - 1] = key.columns[i].value;
  }
  RowSet *set = open_set(sets, "root_key", columns, false);
  tuplestore_putvalues(set->rows, columns, values, nulls);
  set->count = 1;
  return set;
}

// Whose rows must be known: those that something else is asked about.
bool *needed_rows(const Graph &graph, bool all) {
  auto *needed = static_cast<bool *>(palloc0(sizeof(bool) * graph.tables.size()));
  for (const Reference &reference : graph.references) {
    needed[reference.to] = true;
    if (!reference.follows || (graph.erase && reference.to == 0)) needed[reference.from] = true;
  }
  if (all) memset(needed, true, graph.tables.size());
  const Blockers blockers = all_blockers(Sight::snapshot);
  for (const uint32_t number : graph.order.children_first) {
    const Oid table = graph.tables[number].id;
    if (is_restricted(table) || holds_of(table, Sight::snapshot).count > 0) needed[number] = true;
    for (const Blocker &blocker : blockers)
      if (blocker.relation == table) needed[number] = true;
  }
  return needed;
}

Examination &examine(core::Arena &arena, const Request &request) {
  const int pin = pin_settings();
  auto &graph = arena.make<Graph>(read_graph(arena, request.relation, request.erase, request.purpose != Purpose::plan));
  Closure closure = start_closure(graph, request.purpose, request.limit);
  RowSet *root_key = key_set(closure.sets, request.key);
  find_going(closure, root_key, needed_rows(graph, request.all_rows));
  close_set(closure.sets, root_key);
  Examination &examination = look_around(arena, graph, closure);
  pg::unpin_search_path(pin);
  insist_on_rights(examination.closure, examination.obstacles);
  return examination;
}

Examination &look_around(core::Arena &arena, const Graph &graph, Closure &closure) {
  Obstacles obstacles = find_obstacles(arena, closure);
  if (graph.erase) add_rows_of_others(closure, obstacles);
  add_unfit_tables(closure, obstacles);
  add_forbidden(closure, obstacles);
  return arena.make<Examination>(Examination{graph, closure, obstacles});
}

void close(Examination &examination) {
  for (const Update &update : examination.obstacles.updates) close_set(examination.closure.sets, update.rows);
  close(examination.closure);
}

}  // namespace proapp::deletion
