// When an answer that was read from tables still holds: while all of this is the same, which a snapshot, a transaction or fn_extra alone never says.
//   - the snapshot: its bounds, its running transactions and its command number, which decide which rows are seen, our own included;
//   - the transaction, because bounds may come back in another one;
//   - no subtransaction was rolled back since: it takes rows away and leaves the snapshot's numbers as they were;
//   - no relation or schema was invalidated since: definitions of tables and indexes do not follow snapshots.
#pragma once
#include "pg/postgres.hpp"

extern "C" {
#include <utils/snapshot.h>
}

#include <type_traits>

namespace proapp::pg {

// Counts what was invalidated. To be taken before an answer is read, and given with it: what changes in between must not be remembered.
uint64 generation();

struct SeenBy {  // what a snapshot sees
  TransactionId xmin, xmax;
  uint32 xcnt;
  int32 subxcnt;
  bool suboverflowed, taken_during_recovery;
  CommandId curcid;
  // Counts are not enough: while a prepared transaction changes hands its xid stands in the array twice.
  TransactionId *xip, *subxip;
  uint32 room;  // in each of them
};

struct Moment {
  uint64 generation;
  LocalTransactionId transaction;
  SeenBy seen_by;
};
static_assert(std::is_trivially_destructible_v<Moment>);

bool is_now(const Moment &moment, Snapshot snapshot);
// Whether at most snapshot and transaction are others, and can be put in the place of those then.
bool differs_in_time_only(const Moment &moment, Snapshot snapshot);
void take_time(Moment &moment, Snapshot snapshot);
// False for a snapshot that is no MVCC snapshot or would be too large to be kept.
bool can_be_recognised(Snapshot snapshot);
// In the current memory context.
Moment keep_moment(uint64 generation, Snapshot snapshot);

}  // namespace proapp::pg
