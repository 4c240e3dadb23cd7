// When an answer given before still holds. A backend serves many users, also within one transaction, so that is only while all that it was made
// from is the same: the contents of both claim settings, and the moment (pg/moment.hpp). Never weaken this.
// Where only snapshot or transaction differ, the rows that the answer was made from are asked for under the new snapshot, instead of everything anew.
#pragma once
#include "pg/postgres.hpp"

#include "identity/claims.hpp"
#include "identity/shelf.hpp"
#include "pg/moment.hpp"

namespace proapp::identity {

struct Circumstances {
  pg::Moment moment;
  pg::Setting legacy;
  ClaimSettings settings;
};

bool still_hold(Circumstances &then, Snapshot snapshot);
// Whether only the snapshot or the transaction is another one, and can be put in the place of the one then: an answer that is the same under this
// snapshot may be given again.
bool differ_in_time_only(Circumstances &then, Snapshot snapshot);
void take_time(Circumstances &then, Snapshot snapshot);
// False for what would be too large to be kept, or for a snapshot that cannot be recognised.
bool may_be_kept(Snapshot snapshot, const ClaimSettings &settings);
// In the current memory context. `legacy` is the name of the setting, or null.
Circumstances keep_circumstances(uint64 generation, Snapshot snapshot, const char *legacy, const ClaimSettings &settings);

template <class Answer>
struct Kept {
  Circumstances circumstances;
  Answer answer;
};

// The answer of that name as it was given before, if that still holds; or if only time passed and `is_same(answer)` under this snapshot; or by
// `look_up()`, to be remembered. Its texts live in the current memory context or until the next call.
// An Answer knows the setting that may have carried its claim (`legacy`, or null), copy() and whether it is_small().
template <class Answer, class IsSame, class LookUp>
Answer answer(Shelf<Kept<Answer>> &shelf, std::string_view name, Snapshot snapshot, IsSame is_same, LookUp look_up) {
  if (Kept<Answer> *kept = shelf.find(name)) {
    if (still_hold(kept->circumstances, snapshot)) return kept->answer;
    // Locks may bring what was invalidated: then it does not count.
    if (differ_in_time_only(kept->circumstances, snapshot) && is_same(kept->answer) && kept->circumstances.moment.generation == pg::generation()) {
      take_time(kept->circumstances, snapshot);
      return kept->answer;
    }
  }

  const MemoryContext scratch = AllocSetContextCreateInternal(CurrentMemoryContext, "proapp identity lookup", ALLOCSET_SMALL_SIZES);
  const MemoryContext before = MemoryContextSwitchTo(scratch);
  const uint64 generation = pg::generation();
  const Answer found = look_up();
  pg::Setting legacy = found.legacy != nullptr ? pg::Setting(found.legacy) : pg::Setting();
  const ClaimSettings settings = read_claim_settings(legacy);
  if (found.is_small() && may_be_kept(snapshot, settings))
    shelf.put(name, [&] { return Kept<Answer>{keep_circumstances(generation, snapshot, found.legacy, settings), found.copy()}; });
  MemoryContextSwitchTo(before);
  const Answer result = found.copy();
  MemoryContextDelete(scratch);
  return result;
}

}  // namespace proapp::identity
