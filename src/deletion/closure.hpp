// Which rows go with the root: every row that references a going one by a key that takes it along, and so on, each once, until there are no more.
#pragma once
#include "pg/statement.hpp"

#include "deletion/graph.hpp"
#include "deletion/row_set.hpp"

namespace proapp::deletion {

enum class Purpose {
  plan,    // rows are read as the calling statement sees them, and counted where counting is enough
  remove,  // rows are locked, and all they hold is kept as text, unless they are erased
  prove    // rows are read as they are now, whatever the isolation level
};

struct Going {
  RowSet *rows;  // null where no row was reached, or where rows were only counted
  uint64 count;
};

struct Closure {
  Purpose purpose;
  const Graph *graph;
  QueryEnvironment *sets;
  Going *going;  // for each table of the graph
  uint64 limit, total;

  bool at_limit() const { return total >= limit; }
  // Of what is erased nothing is kept.
  bool keeps_rows() const { return purpose == Purpose::remove && !graph->erase; }
};
static_assert(std::is_trivially_destructible_v<Closure>);

// The columns of a set of rows of that table: its primary key, and what references, blockers and holds look at.
TupleDesc columns_of_set(const Graph &graph, uint32_t table, bool whole);

// `root`: a set with the key's columns as in columns_of_set(), one row. `needed`: for each table of the graph whether its rows have to be known, not only
// their number. Without such a row nothing goes. Reads and locks as the tables' owners, past policies, like PostgreSQL's own foreign keys;
// what the caller may do is asked in rights.hpp.
void find_going(Closure &closure, RowSet *root_key, const bool *needed);

// The parts of it, for batches. An empty closure:
Closure start_closure(const Graph &graph, Purpose purpose, uint64 limit);
// Its root's own row.
void find_root(Closure &closure, RowSet *root_key);
// Rows of a table that were found otherwise; they have the columns that this closure wants, or more.
void take_along(Closure &closure, uint32_t table, const RowSet *rows);
// What goes with the rows of that table.
void find_going_with(Closure &closure, uint32_t table, const bool *needed);
// Of these, only what lies in the same cycle of tables.
void find_circle_of(Closure &closure, uint32_t table);
// At most so many of the rows that reference those of the closure by that key.
RowSet *find_followers(Closure &closure, const Reference &reference, uint64 limit);
void close(Closure &closure);

// Runs one of our statements about `table` as its owner, past policies.
uint64 run_as_owner(Oid table, const pg::Statement &statement);
uint64 run_as_owner(Oid table, const char *sql, QueryEnvironment *sets, DestReceiver *into, Purpose purpose);

}  // namespace proapp::deletion
