// What this backend last answered, a few mappings deep. A backend serves many users, also within one transaction, so an answer is good only
// while all that it was made from is the same:
//   - the contents of both claim settings;
//   - the snapshot: its bounds, its running transactions and its command number, which decide which rows are seen, our own included;
//   - the transaction, because bounds may come back in another one;
//   - no subtransaction was rolled back since: it takes rows away and leaves the snapshot's numbers as they were;
//   - no relation or schema was invalidated since: definitions of tables and indexes do not follow snapshots.
// Never weaken this to a snapshot, a transaction or fn_extra alone.
#pragma once
#include "pg/postgres.hpp"

#include "identity/lookup.hpp"

#include <string_view>

namespace proapp::identity {

// To be taken before an answer is read, and given with it: what is invalidated in between must not be remembered.
uint64 cache_generation();

// An answer that still holds: key, uuid and has_uuid are set, texts live until the cache is next written. False where there is none.
bool recall(std::string_view mapping, Snapshot snapshot, Answer &into);
void remember(std::string_view mapping, Snapshot snapshot, uint64 generation, const Answer &answer);

}  // namespace proapp::identity
