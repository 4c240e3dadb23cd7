// A registration as it is kept, and what became of what it names.
#pragma once
#include "pg/postgres.hpp"

#include "deletion/guard.hpp"
#include "deletion/registered.hpp"

extern "C" {
#include <nodes/pg_list.h>
}

namespace proapp::deletion {

struct KeptBlocker {
  const char *relation, *blocking;
  List *blocking_columns, *relation_columns;  // of char *
  const char *condition, *message;
};

struct KeptReference {
  const char *relation, *referencing, *column;
  const char *type_column, *type_value;  // null: an array of keys
};

struct KeptProtection {
  const char *relation, *allowed;
};

// All that are registered, sorted by their texts; lists of pointers in the current memory context.
List *kept_blockers(Sight sight);
List *kept_references(Sight sight);
List *kept_protections(Sight sight);

// With the names looked up. Raises 55000 where one does not resolve, or with what PostgreSQL has against a condition that it no longer understands.
struct ResolvedBlocker {
  Blocker blocker;
  GuardArguments arguments;
};
ResolvedBlocker resolve(const KeptBlocker &kept);

struct ResolvedReference {
  RegisteredReference reference;
  GuardArguments arguments;
};
ResolvedReference resolve(const KeptReference &kept);

Oid resolve(const KeptProtection &kept);

// What views say of one whose guard is gone.
inline constexpr char missing_guard[] = "nothing guards it: a row that comes while its row is deleted is not noticed; call proapp.protect(), or register it again";

// May rows of this type column be told apart by text, and how that is read: the value as the column's type prints it. Null where the type does not do.
const char *type_value_text(Oid type, const char *value);
// May a text column hold keys of this type? Their text must be one and the same everywhere.
bool has_one_text(Oid type);
// The type below domains, text for varchar: what holds keys has the same.
Oid plain_type(Oid type);
// What an array is made of, as plain_type(); InvalidOid for what is none.
Oid element_type(Oid array);
// The relation's one key column. Raises 42P10 or 22023.
AttrNumber single_key_column(Relation relation);

}  // namespace proapp::deletion
