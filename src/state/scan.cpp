#include "pg/boundary.hpp"

#include "state/scan.hpp"

extern "C" {
#include <access/relation.h>
#include <access/tableam.h>
#include <executor/tuptable.h>
}

namespace proapp::state {

static Relation open(Oid relation) {
  Relation table = OidIsValid(relation) ? try_relation_open(relation, AccessShareLock) : nullptr;
  if (table != nullptr && table->rd_rel->relkind != RELKIND_RELATION) elog(ERROR, "proapp_data.%s is not a table", RelationGetRelationName(table));
  return table;
}

static KeptRow describe(Oid table, HeapTuple tuple) {
  constexpr size_t fixed = offsetof(HeapTupleHeaderData, t_bits);
  if (HeapTupleHasExternal(tuple)) return {};
  return {table, tuple->t_self, static_cast<uint32>(tuple->t_len - fixed), tuple->t_data->t_hoff, reinterpret_cast<const char *>(tuple->t_data) + fixed};
}

bool sees(Snapshot snapshot, const KeptRow &row) {
  if (row.size == 0) return false;
  Relation table = open(row.table);
  if (table == nullptr) return false;
  TupleTableSlot *slot = table_slot_create(table, nullptr);
  ItemPointerData place = row.place;
  bool same = false;
  if (table_tuple_fetch_row_version(table, &place, snapshot, slot)) {
    const KeptRow now = describe(row.table, ExecFetchSlotHeapTuple(slot, false, nullptr));
    same = now.size == row.size && now.header_size == row.header_size && memcmp(now.bytes, row.bytes, row.size) == 0;
  }
  ExecDropSingleTupleTableSlot(slot);
  table_close(table, AccessShareLock);
  return same;
}

Scan::Scan(const Table &table, Snapshot snapshot) : table_(open(find(table))) {
  if (table_ == nullptr) return;
  row_ = table_slot_create(table_, nullptr);
  scan_ = table_beginscan(table_, snapshot, 0, nullptr);
}

bool Scan::next() {
  if (table_ == nullptr) return false;
  if (table_scan_getnextslot(scan_, ForwardScanDirection, row_)) return true;
  close();
  return false;
}

// By name: a later version may have dropped a column before the others.
const char *Scan::text(const char *column) const {
  const AttrNumber number = get_attnum(RelationGetRelid(table_), column);
  if (number == InvalidAttrNumber) elog(ERROR, "table proapp_data.%s lacks column %s", RelationGetRelationName(table_), column);
  bool null;
  const Datum value = slot_getattr(row_, number, &null);
  return null ? nullptr : pg::c_string(pg::view(value));
}

KeptRow Scan::keep() const {
  KeptRow row = describe(RelationGetRelid(table_), ExecFetchSlotHeapTuple(row_, false, nullptr));
  if (row.size > 0) row.bytes = static_cast<const char *>(memcpy(palloc(row.size), row.bytes, row.size));
  return row;
}

void Scan::close() {
  if (table_ == nullptr) return;
  table_endscan(scan_);
  ExecDropSingleTupleTableSlot(row_);
  table_close(table_, AccessShareLock);
  table_ = nullptr;
}

}  // namespace proapp::state
