// What would happen, tried in a subtransaction that is always taken back, within a time.
#pragma once
#include "pg/postgres.hpp"

#include <type_traits>

namespace proapp::pg {

struct Rehearsal {
  const ErrorData *error;  // null where it went well; in the memory context of the call
  bool out_of_time;
};
static_assert(std::is_trivially_destructible_v<Rehearsal>);

// Within a rehearsal there is no other: its time could not be kept.
bool is_rehearsing();

// `work` makes PostgreSQL calls only. A cancel that is not ours is nobody's failure and is raised again.
Rehearsal rehearse(void (*work)(void *), void *argument, int milliseconds);

template <class Work>
Rehearsal rehearse(int milliseconds, Work work) {
  static_assert(std::is_trivially_destructible_v<Work>);
  return rehearse([](void *argument) { (*static_cast<Work *>(argument))(); }, &work, milliseconds);
}

}  // namespace proapp::pg
