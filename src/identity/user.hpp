// Who is the signed-in user of a mapping.
#pragma once
#include "pg/postgres.hpp"

#include "identity/id.hpp"
#include "pg/kept_row.hpp"

#include <string_view>
#include <type_traits>

namespace proapp::identity {

struct User {
  Id id;
  const char *claim;   // the claim's value; null where there is none
  const char *reason;  // why there is no id; null where there is one
  const char *legacy;  // the setting that may carry the claim; null where there is none
  uint64 inspection;   // of the mapping, and
  pg::KeptRow row;     // the user's row, which gave the id

  User copy() const;  // without claim and reason, in the current memory context
  static bool is_small() { return true; }
};
static_assert(std::is_trivially_destructible_v<User>);

// Remembered as cache.hpp says, and without claim and reason. Texts live in the current memory context or until the next call. Raises 42704 where
// `snapshot` sees no such mapping, and nothing else.
User current_user(std::string_view mapping, Snapshot snapshot);

// The same read anew from claims, registration and table; texts live in the current memory context.
User look_up_user(std::string_view mapping, Snapshot snapshot);

// The statement's snapshot; where a caller has none (it never has from SQL) one of our own.
class StatementSnapshot {
 public:
  StatementSnapshot() : pushed_(!ActiveSnapshotSet()) {
    if (pushed_) PushActiveSnapshot(GetTransactionSnapshot());
  }
  Snapshot get() const { return GetActiveSnapshot(); }
  void close() {
    if (pushed_) PopActiveSnapshot();
  }

 private:
  bool pushed_;
};

}  // namespace proapp::identity
