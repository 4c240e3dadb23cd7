// Keys as callers write them: text for a key of one column, jsonb {"column": value} for any.
#pragma once
#include "pg/postgres.hpp"

extern "C" {
#include <nodes/bitmapset.h>
}

#include <type_traits>

namespace proapp::deletion {

struct KeyColumn {
  AttrNumber column;
  const char *name;
  Oid type;       // of a domain, what it is made of
  Oid operation;  // equality of the key's own index, between two values of this type
  Oid collation;
  Datum value;  // unset where only the shape is known
};

struct Key {
  Oid relation;
  int count;
  KeyColumn *columns;  // in the key's order
};
static_assert(std::is_trivially_destructible_v<Key>);

// Does the index prove that at most one row has given values in these columns?
bool is_key_within(Relation relation, Relation index, const Bitmapset *columns);

// The table's primary key, or else a unique index over columns that are not null, not partial and immediate. Raises 42P10 where there is none.
Key key_shape(Relation relation);

// The values of `key`, of type text or jsonb, as the caller's settings read them. Raises what the columns' types have against a value (such as 22P02),
// 22023 for a form or a column that does not fit, 22004 for null. Text is the value of a key of one column, or such an object for one of several.
Key read_key(Relation relation, Datum key, Oid type);

// {"column": "value as text"}, the same whatever the session's settings are.
Datum key_jsonb(const Key &key);

// Does such an object name this key's columns?
bool names_columns(const Key &key, Datum jsonb);

// "r.x OPERATOR(pg_catalog.=) $n and …" over an alias, with parameters from number `first` on, which are columns[i].value of type columns[i].type.
const char *key_sql(const Key &key, const char *alias, int first);

}  // namespace proapp::deletion
