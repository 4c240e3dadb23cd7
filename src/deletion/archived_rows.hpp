// What a deletion kept, read back as rows of the tables that there are today.
#pragma once
#include "deletion/row_set.hpp"

extern "C" {
#include <nodes/pg_list.h>
#include <utils/uuid.h>
}

#include <type_traits>

namespace proapp::deletion {

struct ArchivedColumn {
  const char *name, *type_name;  // of then
  Oid type;                      // by that name, or, where there is no such type any more, what the column has today
  int32 modifier;
  AttrNumber number;  // of the column today; 0: it is gone
  bool generated, always_identity;
  bool converted;  // the column has another type today
};

// Rows that were deleted from one table, by one step or several; or rows that one step updated.
struct ArchivedRows {
  bool updated;
  const char *relation;
  Oid id;  // locked until the transaction ends; InvalidOid: there is no such table any more
  bool partitioned;
  int columns;
  ArchivedColumn *column;
  int keys, sets;  // those of the primary key, and those that were set: as numbers from 0 into column
  int *key, *set;
  uint64 count;
  List *steps;    // of int
  bool resolved;  // are all columns found that are needed?
  // Deleted rows: a1, a2, … of the columns of then. Updated rows: n, then b… before and f… after for each of the columns of then, then the text after.
  RowSet *rows;
};
static_assert(std::is_trivially_destructible_v<ArchivedRows>);

// In the order in which they are brought back: deleted rows, parents first, then updates, the last first. List of ArchivedRows *. Locks tables against changes.
List *read_archived_steps(const pg_uuid_t &deletion);

// Reads the rows as they were printed, with pin_settings(). Raises what types have against their own texts, and 55000 where rows are missing.
void read_archived_rows(const pg_uuid_t &deletion, ArchivedRows &archived, QueryEnvironment *sets, const char *name);

// "only schema.name c", without only for a partitioned table.
const char *table_sql(const ArchivedRows &archived);
// Such as "g.a3", as the column's type of today.
const char *value_sql(const ArchivedRows &archived, const char *alias, char letter, int column);
// "c.key = g.a1 and …"
const char *same_key_sql(const ArchivedRows &archived, char letter);

// A set of rows whose one column is a text.
RowSet *open_texts(QueryEnvironment *sets, const char *name);

}  // namespace proapp::deletion
