// A cursor over a catalog: every row that a snapshot sees, in physical order, or those of one key.
#pragma once
#include "pg/postgres.hpp"

#include "pg/text.hpp"

#include <optional>
#include <type_traits>

namespace proapp::pg {

// Use: for (CatalogScan scan(PolicyRelationId, snapshot); scan.next();) { auto *row = scan.row<Form_pg_policy>(); … }
// With `scratch`, that is the current memory context between one next() and the following, which frees what was allocated there.
// Closed by running to its end or by close(); after an error by the transaction's abort.
class CatalogScan {
 public:
  CatalogScan(Oid catalog, Snapshot snapshot, MemoryContext scratch = nullptr) : CatalogScan(catalog, InvalidOid, snapshot, nullptr, 0, scratch) {}
  CatalogScan(Oid catalog, Oid index, Snapshot snapshot, ScanKey keys, int key_count, MemoryContext scratch = nullptr)
      : relation_(table_open(catalog, AccessShareLock)),
        scan_(systable_beginscan(relation_, index, OidIsValid(index), snapshot, key_count, keys)),
        scratch_(scratch),
        before_(CurrentMemoryContext) {}

  bool next() {
    CHECK_FOR_INTERRUPTS();
    MemoryContextSwitchTo(before_);  // the scan allocates for itself, too
    tuple_ = systable_getnext(scan_);
    if (!HeapTupleIsValid(tuple_)) {
      close();
      return false;
    }
    if (scratch_ != nullptr) {
      MemoryContextReset(scratch_);
      MemoryContextSwitchTo(scratch_);
    }
    return true;
  }

  void close() {
    MemoryContextSwitchTo(before_);
    systable_endscan(scan_);
    table_close(relation_, AccessShareLock);
  }

  // The fixed-size leading columns, as PostgreSQL's Form_… pointer type.
  template <class Form>
  Form row() const {
    return reinterpret_cast<Form>(GETSTRUCT(tuple_));
  }

  // A column that may be null or of variable size; `attribute` is PostgreSQL's Anum_… constant.
  std::optional<Datum> column(int attribute) const {
    // Most columns that may be null are, and PostgreSQL walks the tuple before it finds out.
    if (attribute > 0 && HeapTupleHasNulls(tuple_) && attribute <= HeapTupleHeaderGetNatts(tuple_->t_data) && att_isnull(attribute - 1, tuple_->t_data->t_bits))
      return std::nullopt;
    bool null;
    const Datum value = heap_getattr(tuple_, attribute, RelationGetDescr(relation_), &null);
    return null ? std::nullopt : std::optional<Datum>(value);
  }

  // A text-like column, detoasted into the current memory context; empty where null.
  std::string_view text(int attribute) const {
    const auto value = column(attribute);
    return value ? view(*value) : std::string_view{};
  }

  HeapTuple tuple() const { return tuple_; }

 private:
  Relation relation_;
  SysScanDesc scan_;
  HeapTuple tuple_ = nullptr;
  MemoryContext scratch_;
  MemoryContext before_;
};
static_assert(std::is_trivially_destructible_v<CatalogScan>);

}  // namespace proapp::pg
