#include "pg/moment.hpp"

#include "pg/compat.hpp"

extern "C" {
#include <access/xact.h>
#include <utils/inval.h>
#include <utils/syscache.h>
}

#include <algorithm>

namespace proapp::pg {

static constexpr uint32 largest_snapshot = 16 * 1024;  // transactions

static uint64 invalidations = 0;

static void on_relation_change(Datum, Oid) { ++invalidations; }
static void on_schema_change(Datum, int, uint32) { ++invalidations; }
static void on_subtransaction(SubXactEvent event, SubTransactionId, SubTransactionId, void *) {
  if (event == SUBXACT_EVENT_ABORT_SUB) ++invalidations;
}

// Every relation counts, not only those that were read: a table that was missed may be made, or get its name, only later.
uint64 generation() {
  static bool listening = false;
  if (!listening) {
    CacheRegisterRelcacheCallback(on_relation_change, 0);
    CacheRegisterSyscacheCallback(NAMESPACEOID, on_schema_change, 0);
    RegisterSubXactCallback(on_subtransaction, nullptr);
    listening = true;
  }
  return invalidations;
}

static bool same_transactions(const TransactionId *a, const TransactionId *b, size_t count) { return count == 0 || memcmp(a, b, count * sizeof(TransactionId)) == 0; }

static bool sees_the_same(const SeenBy &seen_by, Snapshot snapshot) {
  return seen_by.xmin == snapshot->xmin && seen_by.xmax == snapshot->xmax && seen_by.xcnt == snapshot->xcnt && seen_by.subxcnt == snapshot->subxcnt &&
         seen_by.suboverflowed == snapshot->suboverflowed && seen_by.taken_during_recovery == snapshot->takenDuringRecovery && seen_by.curcid == snapshot->curcid &&
         same_transactions(seen_by.xip, snapshot->xip, snapshot->xcnt) && same_transactions(seen_by.subxip, snapshot->subxip, static_cast<size_t>(snapshot->subxcnt));
}

bool is_now(const Moment &moment, Snapshot snapshot) {
  return moment.generation == invalidations && moment.transaction == local_transaction_id() && sees_the_same(moment.seen_by, snapshot);
}

bool can_be_recognised(Snapshot snapshot) {
  return snapshot->snapshot_type == SNAPSHOT_MVCC && snapshot->xcnt <= largest_snapshot && static_cast<uint32>(snapshot->subxcnt) <= largest_snapshot;
}

bool differs_in_time_only(const Moment &moment, Snapshot snapshot) {
  return moment.generation == invalidations && can_be_recognised(snapshot) && snapshot->xcnt <= moment.seen_by.room &&
         static_cast<uint32>(snapshot->subxcnt) <= moment.seen_by.room;
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

void take_time(Moment &moment, Snapshot snapshot) {
  moment.transaction = local_transaction_id();
  copy_snapshot(snapshot, moment.seen_by);
}

Moment keep_moment(uint64 as_of, Snapshot snapshot) {
  constexpr uint32 usual = 64;  // transactions that the next snapshots may have, too
  Moment moment = {};
  moment.generation = as_of;
  moment.seen_by.room = std::max({snapshot->xcnt, static_cast<uint32>(snapshot->subxcnt), usual});
  moment.seen_by.xip = static_cast<TransactionId *>(palloc(moment.seen_by.room * sizeof(TransactionId)));
  moment.seen_by.subxip = static_cast<TransactionId *>(palloc(moment.seen_by.room * sizeof(TransactionId)));
  take_time(moment, snapshot);
  return moment;
}

}  // namespace proapp::pg
