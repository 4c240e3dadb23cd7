// The text of our statements over tables and sets of rows. A table is called c, the set that it is joined with g.
#pragma once
#include "deletion/graph.hpp"
#include "deletion/row_set.hpp"

extern "C" {
#include <lib/stringinfo.h>
}

namespace proapp::deletion {

// "only schema.name c", without only for a partitioned table.
void append_table(StringInfo sql, const Table &table);

// " from … where …": rows of c that reference a row of the set g. A row comes once, but for arrays of references: there once for each element.
// Tables of a foreign key that was declared on a partition alone are narrowed to it.
// `source` stands for the referencing table, with its columns by their names, where the rows lie somewhere else: then nothing is narrowed.
void append_referencing(StringInfo sql, const Graph &graph, const Reference &reference, RowSet *set, const char *source = nullptr);

// " and …": c has a key in all columns of a foreign key.
void append_carries(StringInfo sql, const Graph &graph, const Reference &reference);

// " and …": c is not in the set.
void append_not_in(StringInfo sql, const RowSet *set);

// c is the row of g: by its place, or, because triggers may have changed it since, by its primary key, where it has one.
void append_same_place(StringInfo sql);
void append_same_row(StringInfo sql, const Table &table);

// " set column = …": what ON DELETE SET NULL and SET DEFAULT do; of an array of references, without the elements that go.
void append_set(StringInfo sql, const Graph &graph, const Reference &reference, const RowSet *going);

// The columns of a set.
void append_columns(StringInfo sql, const Table &table, TupleDesc columns);

// left = right by that operator. Those over enums, arrays and ranges take no domains over these.
void append_operator(StringInfo sql, const char *left, Oid operation, const char *right, Oid type);

// left = right by the equality that btree and hash take for the type, whatever the search_path.
void append_equal(StringInfo sql, const char *left, const char *right, Oid type);

}  // namespace proapp::deletion
