// What was registered about deletions, for whoever deletes. Registrations hold names: one that names what is no longer there raises 55000, whatever
// was asked for, because a blocker that silently applies no more is none. All results are in the current memory context.
#pragma once
#include "pg/postgres.hpp"

#include <type_traits>

namespace proapp::deletion {

// What is read: the rows that the active snapshot sees, as a STABLE function must; or what has been committed until now, as whoever holds the locks needs it.
enum class Sight { snapshot, latest };

// Rows of `blocking` that match a row of `relation` and satisfy the condition forbid deleting that row.
//
// `matches` and `condition` are SQL over the aliases b (blocking) and r (relation), so that they can stand in
//   select … from ONLY? <relation> r, ONLY? <blocking> b where <matches> and (<condition>)
// with ONLY for plain tables. A statement that holds a condition must be *prepared* under pg::pin_search_path(), as these texts are printed for it;
// it may run under any search_path. `matches` names its operators with their schemas and needs no pin. Conditions are read here with the rights of the
// table's owner, who registered them; a caller who sees fewer rows than the owner would see fewer blockers.
struct Blocker {
  Oid relation, blocking;
  int columns;
  const AttrNumber *blocking_columns, *relation_columns;
  const bool *array_match;  // the blocking column is an array that holds the value
  const char *matches;
  const char *condition;  // null: every matching row
  const char *message;    // null: none of the application's own
  const char *guard;      // the foreign key or the trigger that makes new blocking rows wait for a deletion; null where it is gone
};

struct Blockers {
  const Blocker *first;
  int count;
  const Blocker *begin() const { return first; }
  const Blocker *end() const { return first + count; }
};

Blockers blockers_of(Oid relation, Sight sight);
Blockers all_blockers(Sight sight);

// `referencing` holds keys of `relation` without a foreign key.
struct RegisteredReference {
  enum class Kind { array, polymorphic } kind;
  Oid relation, referencing;
  AttrNumber relation_column;  // the key
  AttrNumber column;           // of the referencing table: an array of keys, or one key
  // The rest is for polymorphic references: only rows count whose type_column, as text, is type_value.
  AttrNumber type_column;
  const char *type_value;
  bool key_as_text;     // the column is a text that holds the key as PostgreSQL prints it
  const char *matches;  // SQL over b (referencing) and r (relation), as in Blocker: the row of b references the row of r
  const char *guard;    // the trigger; null where it is gone
};

struct RegisteredReferences {
  const RegisteredReference *first;
  int count;
  const RegisteredReference *begin() const { return first; }
  const RegisteredReference *end() const { return first + count; }
};

RegisteredReferences registered_references(Sight sight);

// Is it protected, and who may delete: SQL over alias r, to be prepared as a blocker's condition; null where everybody may whom rights and policies let.
const char *allowed_of(Oid relation, Sight sight, bool *is_protected);

struct Hold {
  Datum key;  // jsonb: an object of the key's columns with their values as text, as key_jsonb() in key.hpp writes it
  const char *reason;
  const char *held_by;
};

struct Holds {
  const Hold *first;
  int count;
  const Hold *begin() const { return first; }
  const Hold *end() const { return first + count; }
};

// Those that have not expired.
Holds holds_of(Oid relation, Sight sight);

static_assert(std::is_trivially_destructible_v<Blockers> && std::is_trivially_destructible_v<RegisteredReferences> && std::is_trivially_destructible_v<Holds>);

}  // namespace proapp::deletion
