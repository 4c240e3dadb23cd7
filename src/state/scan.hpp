// Our own tables read without SPI, privileges or policies, as functions that policies call must.
#pragma once
#include "pg/postgres.hpp"

#include "pg/kept_row.hpp"
#include "state/tables.hpp"

#include <optional>
#include <type_traits>

namespace proapp::state {

// Use: for (Scan scan(table, snapshot); scan.next();) … scan.text("mapping") …  Closed by running to its end or by close(). Raises as find() does.
class Scan {
 public:
  Scan(const Table &table, Snapshot snapshot);
  bool next();
  std::optional<Datum> value(const char *column) const;  // empty where null; in the row
  // A text column, in the current memory context; null where null.
  const char *text(const char *column) const;
  pg::KeptRow keep() const;  // in the current memory context
  void close();

 private:
  Relation table_ = nullptr;
  struct TableScanDescData *scan_ = nullptr;
  struct TupleTableSlot *row_ = nullptr;
};
static_assert(std::is_trivially_destructible_v<Scan>);

}  // namespace proapp::state
