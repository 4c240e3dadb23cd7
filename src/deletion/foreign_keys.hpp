// The foreign keys of rows that come back: those that we prove for all rows at once, in place of the triggers that would for each.
#pragma once
#include "deletion/archived_rows.hpp"

extern "C" {
#include <utils/reltrigger.h>
}

namespace proapp::deletion {

struct ForeignKey {
  const char *name;
  Oid referenced;
  bool partition;  // a part of a partitioned table is referenced, not the whole
  int columns;
  const AttrNumber *referencing_columns, *referenced_columns;
  const Oid *operators;  // referenced = referencing
};
static_assert(std::is_trivially_destructible_v<ForeignKey>);

// List of ForeignKey *.
List *foreign_keys_to_prove(Oid table);

// Is this the trigger of such a key, which checks new referencing rows?
bool is_proven(const Trigger &trigger);

// Are all its columns those of archived rows?
bool is_known(const ArchivedRows &archived, const ForeignKey &key);

// Rows that lack what they reference. `to_come`: List of ArchivedRows * that count as being there, and then what is there is locked FOR KEY SHARE;
// NIL: all rows are back, and triggers may have done anything since. Texts of the keys are added to `into`. As the tables' owners, between pin_settings() and its end.
// A key with a column that came since is looked at only then, for its values are known when the rows are there.
void find_orphans(const ArchivedRows &archived, const ForeignKey &key, List *to_come, QueryEnvironment *sets, RowSet *into);

}  // namespace proapp::deletion
