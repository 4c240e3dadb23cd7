#include "pg/boundary.hpp"

#include "identity/cache.hpp"
#include "pg/compat.hpp"
#include "pg/text.hpp"

extern "C" {
#include <access/xact.h>
#include <utils/inval.h>
#include <utils/syscache.h>
}

namespace proapp::identity {

namespace {

struct SeenBy {  // what a snapshot sees
  TransactionId xmin, xmax;
  uint32 xcnt;
  int32 subxcnt;
  bool suboverflowed, taken_during_recovery;
  CommandId curcid;
  // Counts are not enough: while a prepared transaction changes hands its xid stands in the array twice.
  TransactionId *xip, *subxip;
};

struct Entry {
  bool valid;
  MemoryContext context;  // of all texts and arrays of this entry
  const char *mapping;
  const char *legacy_name;
  ClaimSettings settings;
  LocalTransactionId transaction;
  uint64 generation;
  SeenBy seen_by;
  const char *key;
  core::Uuid uuid;
  bool has_uuid;
};

}  // namespace

static constexpr int entry_count = 8;
static constexpr size_t largest_claims = 64 * 1024;
static constexpr uint32 largest_snapshot = 16 * 1024;  // transactions

static Entry entries[entry_count];
static int next_entry = 0;
static uint64 generation = 0;
static bool listening = false;

static void on_relation_change(Datum, Oid) { ++generation; }
static void on_schema_change(Datum, int, uint32) { ++generation; }
static void on_subtransaction(SubXactEvent event, SubTransactionId, SubTransactionId, void *) {
  if (event == SUBXACT_EVENT_ABORT_SUB) ++generation;
}

// Every relation counts, not only those that were read: the table of a mapping may be made, or get its name, only later.
uint64 cache_generation() {
  if (!listening) {
    CacheRegisterRelcacheCallback(on_relation_change, 0);
    CacheRegisterSyscacheCallback(NAMESPACEOID, on_schema_change, 0);
    RegisterSubXactCallback(on_subtransaction, nullptr);
    listening = true;
  }
  return generation;
}

static bool same_transactions(const TransactionId *a, const TransactionId *b, size_t count) { return count == 0 || memcmp(a, b, count * sizeof(TransactionId)) == 0; }

static bool sees_the_same(const SeenBy &seen_by, Snapshot snapshot) {
  return seen_by.xmin == snapshot->xmin && seen_by.xmax == snapshot->xmax && seen_by.xcnt == snapshot->xcnt && seen_by.subxcnt == snapshot->subxcnt &&
         seen_by.suboverflowed == snapshot->suboverflowed && seen_by.taken_during_recovery == snapshot->takenDuringRecovery && seen_by.curcid == snapshot->curcid &&
         same_transactions(seen_by.xip, snapshot->xip, snapshot->xcnt) && same_transactions(seen_by.subxip, snapshot->subxip, static_cast<size_t>(snapshot->subxcnt));
}

static Entry *find(std::string_view mapping) {
  for (Entry &entry : entries)
    if (entry.valid && mapping == entry.mapping) return &entry;
  return nullptr;
}

bool recall(std::string_view mapping, Snapshot snapshot, Answer &into) {
  const Entry *entry = find(mapping);
  if (entry == nullptr || entry->generation != generation || entry->transaction != pg::local_transaction_id()) return false;
  if (!sees_the_same(entry->seen_by, snapshot)) return false;
  const ClaimSettings now = read_claim_settings(entry->legacy_name);
  if (strcmp(now.legacy, entry->settings.legacy) != 0 || strcmp(now.claims, entry->settings.claims) != 0) return false;
  into = {};
  into.key = entry->key;
  into.uuid = entry->uuid;
  into.has_uuid = entry->has_uuid;
  return true;
}

static TransactionId *copy_transactions(const TransactionId *from, size_t count) {
  if (count == 0) return nullptr;
  auto *copy = static_cast<TransactionId *>(palloc(count * sizeof(TransactionId)));
  memcpy(copy, from, count * sizeof(TransactionId));
  return copy;
}

static SeenBy copy_snapshot(Snapshot snapshot) {
  return {snapshot->xmin,
          snapshot->xmax,
          snapshot->xcnt,
          snapshot->subxcnt,
          snapshot->suboverflowed,
          snapshot->takenDuringRecovery,
          snapshot->curcid,
          copy_transactions(snapshot->xip, snapshot->xcnt),
          copy_transactions(snapshot->subxip, static_cast<size_t>(snapshot->subxcnt))};
}

// The mapping's own entry, or the one that waited longest; no longer valid until it is filled, so that an error in between leaves nothing behind.
static Entry &claim_entry(std::string_view mapping) {
  Entry *entry = find(mapping);
  if (entry == nullptr) {
    entry = &entries[next_entry];
    next_entry = (next_entry + 1) % entry_count;
  }
  entry->valid = false;
  if (entry->context == nullptr)
    entry->context = AllocSetContextCreate(TopMemoryContext, "proapp identity", ALLOCSET_SMALL_SIZES);
  else
    MemoryContextReset(entry->context);
  return *entry;
}

void remember(std::string_view mapping, Snapshot snapshot, uint64 as_of, const Answer &answer) {
  const ClaimSettings settings = read_claim_settings(answer.legacy_name);
  if (snapshot->snapshot_type != SNAPSHOT_MVCC || snapshot->xcnt > largest_snapshot || static_cast<uint32>(snapshot->subxcnt) > largest_snapshot) return;
  if (strlen(settings.legacy) + strlen(settings.claims) > largest_claims) return;

  Entry &entry = claim_entry(mapping);
  const MemoryContext before = MemoryContextSwitchTo(entry.context);
  entry.mapping = pg::c_string(mapping);
  entry.legacy_name = answer.legacy_name != nullptr ? pstrdup(answer.legacy_name) : nullptr;
  entry.settings = {pstrdup(settings.legacy), pstrdup(settings.claims)};
  entry.transaction = pg::local_transaction_id();
  entry.generation = as_of;
  entry.seen_by = copy_snapshot(snapshot);
  entry.key = answer.key != nullptr ? pstrdup(answer.key) : nullptr;
  entry.uuid = answer.uuid;
  entry.has_uuid = answer.has_uuid;
  entry.valid = true;
  MemoryContextSwitchTo(before);
}

}  // namespace proapp::identity
