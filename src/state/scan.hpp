// Our own tables read without SPI, privileges or policies, as functions that policies call must.
#pragma once
#include "pg/postgres.hpp"

#include "state/tables.hpp"

extern "C" {
#include <storage/itemptr.h>
}

#include <type_traits>

namespace proapp::state {

// A row as it was read, to be recognised later. Good for as long as no relation and no schema was invalidated since.
struct KeptRow {
  Oid table;
  ItemPointerData place;
  uint32 size;  // 0: not to be recognised
  uint8 header_size;
  const char *bytes;  // after the header's fixed part, which visibility changes
};

// Whether `snapshot` sees this row, unchanged.
bool sees(Snapshot snapshot, const KeptRow &row);

// Use: for (Scan scan(table, snapshot); scan.next();) … scan.text("mapping") …  Closed by running to its end or by close(). Raises as find() does.
class Scan {
 public:
  Scan(const Table &table, Snapshot snapshot);
  bool next();
  // A text column, in the current memory context; null where null.
  const char *text(const char *column) const;
  KeptRow keep() const;  // in the current memory context
  void close();

 private:
  Relation table_ = nullptr;
  struct TableScanDescData *scan_ = nullptr;
  struct TupleTableSlot *row_ = nullptr;
};
static_assert(std::is_trivially_destructible_v<Scan>);

}  // namespace proapp::state
