#include "pg/boundary.hpp"

#include "identity/cache.hpp"
#include "pg/compat.hpp"

extern "C" {
#include <access/xact.h>
#include <utils/inval.h>
#include <utils/syscache.h>
}

namespace proapp::identity {

static constexpr size_t largest_claims = 64 * 1024;
static constexpr uint32 largest_snapshot = 16 * 1024;  // transactions

static uint64 generation = 0;

static void on_relation_change(Datum, Oid) { ++generation; }
static void on_schema_change(Datum, int, uint32) { ++generation; }
static void on_subtransaction(SubXactEvent event, SubTransactionId, SubTransactionId, void *) {
  if (event == SUBXACT_EVENT_ABORT_SUB) ++generation;
}

// Every relation counts, not only those that were read: the table of a mapping may be made, or get its name, only later.
uint64 cache_generation() {
  static bool listening = false;
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

bool still_hold(Circumstances &then, Snapshot snapshot) {
  if (then.generation != generation || then.transaction != pg::local_transaction_id() || !sees_the_same(then.seen_by, snapshot)) return false;
  const ClaimSettings now = read_claim_settings(then.legacy);
  return strcmp(now.legacy, then.settings.legacy) == 0 && strcmp(now.claims, then.settings.claims) == 0;
}

bool may_be_kept(Snapshot snapshot, const ClaimSettings &settings) {
  return snapshot->snapshot_type == SNAPSHOT_MVCC && snapshot->xcnt <= largest_snapshot && static_cast<uint32>(snapshot->subxcnt) <= largest_snapshot &&
         strlen(settings.legacy) + strlen(settings.claims) <= largest_claims;
}

static const TransactionId *copy_transactions(const TransactionId *from, size_t count) {
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

Circumstances keep_circumstances(uint64 as_of, Snapshot snapshot, const char *legacy, const ClaimSettings &settings) {
  return {as_of,
          pg::local_transaction_id(),
          copy_snapshot(snapshot),
          legacy != nullptr ? pg::Setting(pstrdup(legacy)) : pg::Setting(),
          {pstrdup(settings.legacy), pstrdup(settings.claims)}};
}

}  // namespace proapp::identity
