#include "pg/postgres.hpp"

#include "catalog/unchanged.hpp"
#include "pg/compat.hpp"
#include "pg/scan.hpp"

extern "C" {
#include <access/heapam.h>
#include <access/htup_details.h>
#include <access/relation.h>
#include <access/transam.h>
#include <catalog/catalog.h>
#include <catalog/pg_class.h>
#include <catalog/pg_namespace.h>
#include <storage/bufmgr.h>
#include <storage/bufpage.h>
#include <utils/fmgroids.h>
}

namespace proapp::catalog {

// One of them: its file, and its pages' LSNs.
struct RelationPages {
  Oid relation;
  uint64 file;
  BlockNumber pages;
  XLogRecPtr *lsns;
};

class CatalogState {
 public:
  MemoryContext context;
  TransactionId xmin;  // of the snapshot that was recorded
  bool settled;        // no page names a transaction that was still in progress
  int count, room;
  RelationPages *catalogs;
};

// Large catalogs that follow from others or hold data: dependencies, statistics, large objects.
static bool is_read(const FormData_pg_class *row) {
  if (row->relkind != RELKIND_RELATION || row->relnamespace != PG_CATALOG_NAMESPACE || row->oid >= FirstNormalObjectId) return false;
  return !pg::is_one_of(pg::view(row->relname),
                        "pg_statistic pg_statistic_ext_data pg_largeobject pg_largeobject_metadata pg_shdepend pg_init_privs pg_subscription_rel pg_replication_origin");
}

// Did every transaction that the page's tuples name end before `xmin`? A multixact is not looked into.
static bool is_settled(Page page, TransactionId xmin) {
  const OffsetNumber last = PageGetMaxOffsetNumber(page);
  for (OffsetNumber at = FirstOffsetNumber; at <= last; at = OffsetNumberNext(at)) {
    const ItemId item = PageGetItemId(page, at);
    if (!ItemIdIsNormal(item)) continue;
    const auto *tuple = reinterpret_cast<HeapTupleHeader>(PageGetItem(page, item));
    if (!HeapTupleHeaderXminFrozen(tuple) && !TransactionIdPrecedes(HeapTupleHeaderGetRawXmin(tuple), xmin)) return false;
    if ((tuple->t_infomask & HEAP_XMAX_INVALID) != 0) continue;
    if ((tuple->t_infomask & HEAP_XMAX_IS_MULTI) != 0) return false;
    const TransactionId xmax = HeapTupleHeaderGetRawXmax(tuple);
    if (TransactionIdIsValid(xmax) && !TransactionIdPrecedes(xmax, xmin)) return false;
  }
  return true;
}

// Calls take(block, LSN, page) for each page under a share lock, until it says false.
template <class Take>
static bool each_page(Relation relation, Take take) {
  const BlockNumber pages = RelationGetNumberOfBlocks(relation);
  for (BlockNumber block = 0; block < pages; ++block) {
    CHECK_FOR_INTERRUPTS();
    const Buffer buffer = ReadBuffer(relation, block);
    LockBuffer(buffer, BUFFER_LOCK_SHARE);
    const Page page = BufferGetPage(buffer);
    const bool more = take(block, PageGetLSN(page), page);
    UnlockReleaseBuffer(buffer);
    if (!more) return false;
  }
  return true;
}

static void record_relation(CatalogState *state, Oid oid) {
  const Relation relation = relation_open(oid, AccessShareLock);
  if (state->count == state->room) {
    state->room = state->room == 0 ? 64 : state->room * 2;
    const size_t bytes = sizeof(RelationPages) * static_cast<size_t>(state->room);
    state->catalogs = static_cast<RelationPages *>(state->catalogs == nullptr ? MemoryContextAlloc(state->context, bytes) : repalloc(state->catalogs, bytes));
  }
  RelationPages &catalog = state->catalogs[state->count++];
  catalog = {oid, pg::file_of(relation), RelationGetNumberOfBlocks(relation), nullptr};
  catalog.lsns = static_cast<XLogRecPtr *>(MemoryContextAllocHuge(state->context, (catalog.pages + 1) * sizeof(XLogRecPtr)));
  each_page(relation, [&](BlockNumber block, XLogRecPtr lsn, Page page) {
    if (block >= catalog.pages) return state->settled = false;  // it grows while we read
    catalog.lsns[block] = lsn;
    return state->settled = state->settled && is_settled(page, state->xmin);
  });
  relation_close(relation, AccessShareLock);
}

CatalogState *record_state(MemoryContext context, std::initializer_list<Oid> tables) {
  const Snapshot snapshot = GetActiveSnapshot();
  auto *state = static_cast<CatalogState *>(MemoryContextAllocZero(context, sizeof(CatalogState)));
  state->context = context;
  state->xmin = snapshot->xmin;
  state->settled = true;
  // Catalogs have low OIDs, so the index finds them without reading every user's table.
  ScanKeyData key;
  ScanKeyInit(&key, Anum_pg_class_oid, BTLessStrategyNumber, F_OIDLT, ObjectIdGetDatum(FirstNormalObjectId));
  for (pg::CatalogScan scan(RelationRelationId, ClassOidIndexId, snapshot, &key, 1); scan.next();) {
    const auto *row = scan.row<Form_pg_class>();
    if (state->settled && is_read(row)) record_relation(state, row->oid);
  }
  for (const Oid table : tables)
    if (state->settled) record_relation(state, table);
  return state;
}

static bool same_pages(const RelationPages &catalog) {
  const Relation relation = try_relation_open(catalog.relation, AccessShareLock);
  if (relation == nullptr) return false;
  bool same = pg::file_of(relation) == catalog.file && RelationGetNumberOfBlocks(relation) == catalog.pages;
  if (same) same = each_page(relation, [&](BlockNumber block, XLogRecPtr lsn, Page) { return block < catalog.pages && catalog.lsns[block] == lsn; });
  relation_close(relation, AccessShareLock);
  return same;
}

bool is_unchanged(const CatalogState *recorded) {
  if (recorded == nullptr || !recorded->settled) return false;
  if (TransactionIdPrecedes(GetActiveSnapshot()->xmin, recorded->xmin)) return false;
  for (int i = 0; i < recorded->count; ++i)
    if (!same_pages(recorded->catalogs[i])) return false;
  return true;
}

}  // namespace proapp::catalog
