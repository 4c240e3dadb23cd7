#include "pg/boundary.hpp"

#include "identity/target.hpp"
#include "pg/compat.hpp"

extern "C" {
#include <access/stratnum.h>
#include <access/tableam.h>
}

namespace proapp::identity {

TargetScan::TargetScan(const Target &target, Datum key, Snapshot snapshot) : table_(target.table) {
  ScanKeyData scan_key;
  ScanKeyEntryInitialize(&scan_key, 0, 1, BTEqualStrategyNumber, InvalidOid, target.collation, target.equals, key);
  scan_ = pg::begin_index_scan(target.table, target.index, snapshot, 1);
  row_ = table_slot_create(target.table, nullptr);
  index_rescan(scan_, &scan_key, 1, nullptr, 0);
}

bool TargetScan::next() {
  if (index_getnext_slot(scan_, ForwardScanDirection, row_)) return true;
  close();
  return false;
}

TargetScan::Value TargetScan::column(AttrNumber number) const {
  Value value;
  value.datum = slot_getattr(row_, number, &value.null);
  return value;
}

void TargetScan::close() {
  index_endscan(scan_);
  ExecDropSingleTupleTableSlot(row_);
}

}  // namespace proapp::identity
