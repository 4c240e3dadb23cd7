// All that is to be known before rows are deleted: what goes, what is updated, what forbids it. deletion_plan() prints it, delete_safely() acts on it.
#pragma once
#include "deletion/key.hpp"
#include "deletion/obstacles.hpp"

namespace proapp::deletion {

struct Examination {
  Graph graph;
  Closure closure;
  Obstacles obstacles;

  bool is_empty() const { return closure.going[0].count == 0; }
};

struct Request {
  Oid relation;
  Key key;
  bool erase;
  Purpose purpose;
  uint64 limit = PG_UINT64_MAX;  // rows, after which a plan stops counting
  bool all_rows = false;         // a plan knows every row, not only how many
};

// The relation and the key of an SQL function's first two arguments, the second text or jsonb. Raises as insist_on_root() and read_key() do.
Request read_request(FunctionCallInfo fcinfo, bool erase, Purpose purpose);

// The same for a plan, which stops counting at proapp.plan_row_limit.
Request read_plan_request(FunctionCallInfo fcinfo, bool erase);

// Frees the rows, some of which may lie in files.
void close(Examination &examination);

// Raises 42501 where the caller has no right to all of it. Texts and rows live in the current memory context.
Examination &examine(core::Arena &arena, const Request &request);

// The parts of it, for batches. The key as a set of one row; whose rows must be known, as find_going() wants it; and what a closure meets, with
// pin_settings() and without the caller's rights.
RowSet *key_set(QueryEnvironment *sets, const Key &key);
bool *needed_rows(const Graph &graph, bool all);
Examination &look_around(core::Arena &arena, const Graph &graph, Closure &closure);

}  // namespace proapp::deletion
