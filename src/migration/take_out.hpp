// Takes out of the application's schemas what a downgrade would drop: with its rows, into the archive. All between spi_begin() and spi_end(), as the caller.
#pragma once
#include "migration/archive.hpp"

extern "C" {
#include <nodes/pg_list.h>
}

namespace proapp::migration {

// A table with its partitions moves: rows stay where they are on disk. What acts or depends on anything outside goes from it: keys, checks, defaults,
// triggers, policies, rules, publications, all indexes but those of keys.
// All tables of a statement are described before the first one moves.
struct TakenTable {
  Oid table;
  List *all;          // it, and its partitions
  List *definitions;  // of each: by_hand.hpp
};
TakenTable describe_table(const Script &script, Oid table);
void take_out_table(const Script &script, const TakenTable &taken);
void take_out_sequence(const Script &script, Oid sequence);
// A type that nothing but the archive uses. False where something else does, or nothing.
bool take_out_type(const Script &script, Oid type);

// A column's values with the table's primary key, and the value of its own sequence. Raises 55000 where there is no primary key. `retyped`: the column
// stays with other values, which keep_retyped() notes when it has them.
struct TakenColumn {
  const char *archived_as;  // null for a generated column, of which nothing is lost
  Oid table;
  AttrNumber column;
};
TakenColumn take_out_column(const Script &script, Oid table, AttrNumber column, bool retyped);
void keep_retyped(const TakenColumn &taken);

// What an own sequence of the column stands at.
void keep_counter(const Script &script, Oid table, const char *column);

// Raises 0A000 where another table has a column of the type: values there would lose what the type loses.
void insist_on_no_values_of(Oid composite_type);

// Rows of a table that stays.
uint64 take_out_rows(const Script &script, Oid table, const char *condition);

}  // namespace proapp::migration
