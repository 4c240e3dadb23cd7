#include "pg/boundary.hpp"

#include "identity/cache.hpp"
#include "pg/compat.hpp"

extern "C" {
#include <access/xact.h>
#include <utils/inval.h>
#include <utils/syscache.h>
}

#include <algorithm>

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

static bool are_the_same(const ClaimSettings &settings, pg::Setting &legacy) {
  const ClaimSettings now = read_claim_settings(legacy);
  return strcmp(now.legacy, settings.legacy) == 0 && strcmp(now.claims, settings.claims) == 0;
}

bool still_hold(Circumstances &then, Snapshot snapshot) {
  return then.generation == generation && then.transaction == pg::local_transaction_id() && sees_the_same(then.seen_by, snapshot) && are_the_same(then.settings, then.legacy);
}

static bool can_be_recognised(Snapshot snapshot) {
  return snapshot->snapshot_type == SNAPSHOT_MVCC && snapshot->xcnt <= largest_snapshot && static_cast<uint32>(snapshot->subxcnt) <= largest_snapshot;
}

bool may_be_kept(Snapshot snapshot, const ClaimSettings &settings) { return can_be_recognised(snapshot) && strlen(settings.legacy) + strlen(settings.claims) <= largest_claims; }

bool differ_in_time_only(Circumstances &then, Snapshot snapshot) {
  return then.generation == generation && can_be_recognised(snapshot) && snapshot->xcnt <= then.seen_by.room && static_cast<uint32>(snapshot->subxcnt) <= then.seen_by.room &&
         are_the_same(then.settings, then.legacy);
}

// Into arrays that have room.
static void copy_snapshot(Snapshot snapshot, SeenBy &into) {
  into.xmin = snapshot->xmin;
  into.xmax = snapshot->xmax;
  into.xcnt = snapshot->xcnt;
  into.subxcnt = snapshot->subxcnt;
  into.suboverflowed = snapshot->suboverflowed;
  into.taken_during_recovery = snapshot->takenDuringRecovery;
  into.curcid = snapshot->curcid;
  if (snapshot->xcnt > 0) memcpy(into.xip, snapshot->xip, snapshot->xcnt * sizeof(TransactionId));
  if (snapshot->subxcnt > 0) memcpy(into.subxip, snapshot->subxip, static_cast<size_t>(snapshot->subxcnt) * sizeof(TransactionId));
}

void take_time(Circumstances &then, Snapshot snapshot) {
  then.transaction = pg::local_transaction_id();
  copy_snapshot(snapshot, then.seen_by);
}

static SeenBy keep_snapshot(Snapshot snapshot) {
  constexpr uint32 usual = 64;  // transactions that the next snapshots may have, too
  SeenBy seen_by{};
  seen_by.room = std::max({snapshot->xcnt, static_cast<uint32>(snapshot->subxcnt), usual});
  seen_by.xip = static_cast<TransactionId *>(palloc(seen_by.room * sizeof(TransactionId)));
  seen_by.subxip = static_cast<TransactionId *>(palloc(seen_by.room * sizeof(TransactionId)));
  copy_snapshot(snapshot, seen_by);
  return seen_by;
}

Circumstances keep_circumstances(uint64 as_of, Snapshot snapshot, const char *legacy, const ClaimSettings &settings) {
  return {as_of,
          pg::local_transaction_id(),
          keep_snapshot(snapshot),
          legacy != nullptr ? pg::Setting(pstrdup(legacy)) : pg::Setting(),
          {pstrdup(settings.legacy), pstrdup(settings.claims)}};
}

}  // namespace proapp::identity
