// Which rows of one table belong to a row of another: by columns that are equal, as the key's own index compares them.
#pragma once
#include "pg/postgres.hpp"

namespace proapp::deletion {

// The equality of the default btree or hash operator class of the left type, and what its arguments are.
struct Equality {
  Oid operation;
  Oid left, right;
};

// False where the types have none.
bool find_equality(Oid left, Oid right, Equality &into);

// "left OPERATOR(schema.=) right", or "… ANY (right)", with casts where the operator's types are others.
const char *equality_sql(const Equality &equality, const char *left, Oid left_type, const char *right, Oid right_type, bool any);

struct ColumnPair {
  AttrNumber blocking, relation;
  bool array;  // the blocking column is an array that holds the value
  Equality equality;
};

// `match` is "column" for both tables or "blocking column=relation column". Raises 42703, 42804, 22023.
ColumnPair read_match(Relation blocking, Relation relation, const char *match);
// As it was registered. False where the columns are not there or no longer comparable.
bool pair_columns(Oid blocking, Oid relation, const char *blocking_column, const char *relation_column, ColumnPair &into);

// "r.x OPERATOR(…) b.y", over these two prefixes; the blocking side may be a parameter, such as "$1".
const char *pair_sql(const ColumnPair &pair, Oid blocking, Oid relation, const char *blocking_side);
// All of them for one row of each, joined by AND, over b and r.
const char *match_sql(const ColumnPair *pairs, int count, Oid blocking, Oid relation);

}  // namespace proapp::deletion
