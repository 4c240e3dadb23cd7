// A row that several references reach is updated by one after the other: each finds it where the one before has left it, and as it left it.
#pragma once
#include "deletion/closure.hpp"

namespace proapp::deletion {

// The columns of a set of rows that were updated: where each lay and lies now, and, with a type `row`, its text before and what it became, of that type.
TupleDesc columns_of_moved(Oid row);
inline constexpr char moved_places[] = "g.place, g.part, c.ctid, c.tableoid";

// The set with the places of today and, where `moved` has texts, these in its last column; takes the place of the one that was given. `moved`: such rows, the last column as a text.
RowSet *follow_moved(QueryEnvironment *sets, RowSet *rows, RowSet *moved);

}  // namespace proapp::deletion
