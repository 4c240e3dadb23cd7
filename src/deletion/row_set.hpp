// Rows of one relation, each once, as statements of ours name them: where they lie, their keys and, where asked for, all they hold.
#pragma once
#include "pg/postgres.hpp"

extern "C" {
#include <tcop/dest.h>
#include <utils/queryenvironment.h>
#include <utils/tuplestore.h>
}

#include <type_traits>

namespace proapp::deletion {

struct RowSet {
  const char *name;
  TupleDesc columns;      // place tid, part oid (the table it lies in), k<attribute number> for each key column, then whole text where asked for
  Tuplestorestate *rows;  // spills to disk at work_mem
  uint64 count;
  struct HTAB *places;                // null where no row can come twice
  EphemeralNamedRelationData *entry;  // in the query environment
};
static_assert(std::is_trivially_destructible_v<RowSet>);

inline constexpr int place_column = 1, part_column = 2, first_key_column = 3;  // as numbers from 1

// The name is taken in `sets` until close_set(). Lives in the current memory context.
RowSet *open_set(QueryEnvironment *sets, const char *name, TupleDesc columns, bool once);
void close_set(QueryEnvironment *sets, RowSet *set);
// Forgets the rows, and what was seen.
void empty_set(RowSet *set);

void copy_rows(const RowSet *from, RowSet *to, uint64 limit = PG_UINT64_MAX);

// Tells the planner how many rows there are; before each statement that names the set.
void publish_count(RowSet *set);

// Rows whose first columns are those of `into`: new ones are added to it and, where there is one, to `fresh`. Stops the statement when `into` has
// `limit` rows.
DestReceiver *rows_into(RowSet *into, RowSet *fresh, uint64 limit);

}  // namespace proapp::deletion
