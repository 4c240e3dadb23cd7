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
std::optional<Datum> Scan::value(const char *column) const {
  const AttrNumber number = get_attnum(RelationGetRelid(table_), column);
  if (number == InvalidAttrNumber) elog(ERROR, "table proapp_data.%s lacks column %s", RelationGetRelationName(table_), column);
  bool null;
  const Datum value = slot_getattr(row_, number, &null);
  return null ? std::nullopt : std::optional<Datum>(value);
}

const char *Scan::text(const char *column) const {
  const auto text = value(column);
  return text ? pg::c_string(pg::view(*text)) : nullptr;
}

pg::KeptRow Scan::keep() const { return pg::keep_row(table_, row_); }

void Scan::close() {
  if (table_ == nullptr) return;
  table_endscan(scan_);
  ExecDropSingleTupleTableSlot(row_);
  table_close(table_, AccessShareLock);
  table_ = nullptr;
}

}  // namespace proapp::state
