#include "pg/kept_row.hpp"

#include "pg/compat.hpp"

extern "C" {
#include <access/heapam.h>
#include <access/tableam.h>
#include <catalog/pg_class.h>
#include <executor/tuptable.h>
#include <storage/bufmgr.h>
#include <storage/lmgr.h>
#include <storage/predicate.h>
}

namespace proapp::pg {

static constexpr size_t fixed = offsetof(HeapTupleHeaderData, t_bits);

static bool is_heap(Relation table) { return table->rd_rel->relkind == RELKIND_RELATION && table->rd_tableam == GetHeapamTableAmRoutine(); }

KeptRow keep_row(Relation table, TupleTableSlot *slot) {
  if (!is_heap(table) || !TTS_IS_BUFFERTUPLE(slot)) return {};
  const Buffer buffer = reinterpret_cast<BufferHeapTupleTableSlot *>(slot)->buffer;
  const HeapTuple tuple = ExecFetchSlotHeapTuple(slot, false, nullptr);
  if (!BufferIsValid(buffer) || HeapTupleHasExternal(tuple)) return {};
  const HeapTupleHeader header = tuple->t_data;
  const auto size = static_cast<uint32>(tuple->t_len - fixed);
  const void *bytes = memcpy(palloc(size), reinterpret_cast<const char *>(header) + fixed, size);
  return {RelationGetRelid(table), tuple->t_self, buffer, size, static_cast<uint16>(HeapTupleHeaderGetNatts(header)), header->t_hoff, static_cast<const char *>(bytes)};
}

// Pins the row's page. Where it is no longer in the buffer it was in it is read anew, if it is there at all: VACUUM may have cut the table, and says so only later.
static bool pin_page(Relation table, KeptRow &row) {
  const BlockNumber block = ItemPointerGetBlockNumber(&row.place);
  if (pin_recent_buffer(table, block, row.buffer)) return true;
  if (block >= RelationGetNumberOfBlocks(table)) return false;
  row.buffer = ReadBuffer(table, block);
  return true;
}

static bool is_same(const KeptRow &row, const HeapTupleData &tuple) {
  const HeapTupleHeader header = tuple.t_data;
  return tuple.t_len - fixed == row.size && header->t_hoff == row.header_size && HeapTupleHeaderGetNatts(header) == row.columns &&
         memcmp(reinterpret_cast<const char *>(header) + fixed, row.bytes, row.size) == 0;
}

// As heap_fetch() does, with its duties to serializable transactions.
static bool sees_on_page(Relation table, Snapshot snapshot, const KeptRow &row) {
  const Page page = BufferGetPage(row.buffer);
  const OffsetNumber offset = ItemPointerGetOffsetNumber(&row.place);
  if (offset > PageGetMaxOffsetNumber(page)) return false;
  const ItemId item = PageGetItemId(page, offset);
  if (!ItemIdIsNormal(item)) return false;
  HeapTupleData tuple;
  tuple.t_self = row.place;
  tuple.t_tableOid = RelationGetRelid(table);
  tuple.t_data = reinterpret_cast<HeapTupleHeader>(PageGetItem(page, item));
  tuple.t_len = ItemIdGetLength(item);
  const bool visible = HeapTupleSatisfiesVisibility(&tuple, snapshot, row.buffer);
  if (visible) PredicateLockTID(table, &tuple.t_self, snapshot, HeapTupleHeaderGetXmin(tuple.t_data));
  HeapCheckForSerializableConflictOut(visible, table, &tuple, row.buffer, snapshot);
  return visible && is_same(row, tuple);
}

bool sees(Snapshot snapshot, KeptRow &row) {
  if (row.size == 0) return false;
  LockRelationOid(row.table, AccessShareLock);
  bool seen = false;
  if (Relation table = RelationIdGetRelation(row.table); RelationIsValid(table)) {
    if (is_heap(table) && pin_page(table, row)) {
      LockBuffer(row.buffer, BUFFER_LOCK_SHARE);
      seen = sees_on_page(table, snapshot, row);
      UnlockReleaseBuffer(row.buffer);
    }
    RelationClose(table);
  }
  UnlockRelationOid(row.table, AccessShareLock);
  return seen;
}

}  // namespace proapp::pg
