// A table whose isolation is tried: its columns, how its rows are named, and a sample of them.
#pragma once
#include "pg/postgres.hpp"

#include "verify/isolation_model.hpp"

namespace proapp::verify {

struct Column {
  const char *name;  // quoted
  const char *bare;
  const char *type;  // with its modifier
  Oid type_id;
  int32 length;  // of varchar(n) and char(n), else 0
  bool generated, identity;
  bool foreign;        // part of a foreign key
  const char *equals;  // part of the key: its operator; otherwise null
  const Owner *owner;  // where it says itself whose the row is
};

struct Table {
  const Owned *owned;
  const char *name, *bare;  // qualified and quoted; as it is in pg_class
  List *columns;            // Column *
  bool has_key;             // a primary key, or a unique index over columns that are not null
};

struct Row {
  const char *table, *place;  // tableoid, ctid
  List *parties;              // principals: whose it is
  const char **values;        // of the columns, as text; null until load_row()
  List *marks;                // see marks()
  bool marked;
};

Table read_table(const Owned &owned);

// A part of the rows, the first of each kind first; where none says whose it is, `whole` tells whether there are rows at all.
List *sample_rows(const Table &table, bool &any);

// False where it is gone.
bool load_row(const Table &table, Row &row);

// Names that row, by its key where there is one.
const char *condition(const Table &table, const Row &row, const char *alias);
const char *value_of(const Table &table, const Row &row, const Column &column);

// The same values, another for `column`.
inline const Column *column_at(const ListCell *cell) { return static_cast<const Column *>(lfirst(cell)); }

}  // namespace proapp::verify
