// Has anything changed in the catalogs since this backend looked last? The cheapest sound answer: the LSN of every page of every catalog that
// manifests read. It may say "look again" for nothing (vacuum, pruning, other tables' changes), but never "unchanged" wrongly:
//   - whatever changes a page's tuples writes WAL and so moves the page's LSN; a rewritten catalog has another file;
//   - a page counts as settled only when every transaction that its tuples name had ended before the snapshot that was recorded (those of
//     prepared transactions have not): what is in progress becomes visible later without touching the page;
//   - the snapshot that asks must not be older than the one that was recorded.
// Kept in the backend's memory only: nothing outlives a crash, and a standby keeps nothing on disk.
#pragma once
#include "pg/postgres.hpp"

#include <initializer_list>

namespace proapp::catalog {

class CatalogState;

// The state under the active snapshot of the catalogs, and of tables of our own that the answer depends on, in `context`.
// To be taken before they are read: what changes meanwhile then counts as changed.
CatalogState *record_state(MemoryContext context, std::initializer_list<Oid> tables);

// True only where reading them now must give what it gave when `recorded` was taken.
bool is_unchanged(const CatalogState *recorded);

}  // namespace proapp::catalog
