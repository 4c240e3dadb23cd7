// What a guard knows of its trigger, and the statement that locks; both remembered by this backend until what they are made of changes.
#pragma once
#include "pg/postgres.hpp"

extern "C" {
#include <commands/trigger.h>
#include <executor/spi.h>
#include <utils/typcache.h>
}

namespace proapp::deletion {

struct Guard {
  enum class Kind { blocker, array, polymorphic };

  Oid trigger;  // the key of the table of guards
  bool valid;
  MemoryContext context;  // of everything below; null where nothing was built yet
  Kind kind;
  Oid table, relation;
  const char *relation_text;
  Oid owner;  // of the relation
  bool partitioned;
  int columns;  // of the guarded table: those that match, or the one that references
  AttrNumber *column;
  int watched;  // an UPDATE that leaves these as they are is none of ours
  AttrNumber *watch;
  // References only.
  Oid key_type, collation;
  TypeCacheEntry *order;
  AttrNumber type_column;
  const char *type_value;
  bool key_as_text;
  SPIPlanPtr plan;
};

// Raises 55000 where the trigger names what is no longer there, 42501 where the table's owner may not reference it.
const Guard &known_guard(const TriggerData &trigger);

void start_locking();
void stop_locking();

// Does the transaction keep its snapshot (REPEATABLE READ, SERIALIZABLE)?
bool keeps_snapshot();

// How many rows were locked; `latest` also finds what the transaction's snapshot does not show. Between the two calls above.
uint64 lock_rows(const Guard &guard, Datum *values, bool latest);

}  // namespace proapp::deletion
