// A row of a table as it was read, to be recognised later: cheaper than to look for it again, and needing nothing but the row itself.
#pragma once
#include "pg/postgres.hpp"

extern "C" {
#include <storage/buf.h>
#include <storage/itemptr.h>
}

namespace proapp::pg {

// Good for as long as no relation was invalidated since.
struct KeptRow {
  Oid table;
  ItemPointerData place;
  Buffer buffer;  // where its page was last; proven, not trusted
  uint32 size;    // 0: not to be recognised
  uint16 columns;
  uint8 header_size;
  const char *bytes;  // after the header's fixed part, which visibility changes
};

// The row in `slot`, in the current memory context.
KeptRow keep_row(Relation table, struct TupleTableSlot *slot);

// Whether `snapshot` sees this row at its place, unchanged. Locks the table meanwhile, which brings what other sessions invalidated: whoever asks compares afterwards.
bool sees(Snapshot snapshot, KeptRow &row);

}  // namespace proapp::pg
