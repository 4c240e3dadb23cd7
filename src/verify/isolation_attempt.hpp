// One attempt of somebody: a statement, run as that user in a subtransaction that is always taken back, and what came of it.
#pragma once
#include "pg/postgres.hpp"

#include "verify/isolation_pair.hpp"
#include "verify/isolation_sql.hpp"

extern "C" {
#include <utils/guc.h>
}

namespace proapp::verify {

struct Attempt {
  const char *row = nullptr;     // a query of the caller's, on whose only row a cursor stands: WHERE CURRENT OF needs no right to read
  const char *locked = nullptr;  // select t.xmin … for update: the caller's, so that nobody else's change is taken for the attempt's
  const char *sql = nullptr;
  Oid table = InvalidOid;  // what sql writes: its constraints are asked after its policies. Those of others stand in the way of triggers and functions
  Answer *answer = nullptr;                                         // the rows of sql, where wanted
  const char *after = nullptr;                                      // the caller counts what came of it: select count(*) … where …; otherwise what sql touched counts
  enum class After { all, written, changed } counted = After::all;  // those of after, or only those, called t, that the attempt wrote, or those that it does not leave as they were
};
inline constexpr char on_the_row[] = "where current of \"proapp isolation\"";

enum class Ended { well, refused, constraint, unclear, out_of_time };

struct Outcome {
  Ended ended;
  int64 count;
  const char *said;  // an error's message
};
static_assert(std::is_trivially_destructible_v<Outcome>);

// Nobody waits long for us, nor we for others: lock_timeout, for what is read between attempts as well as for them.
inline constexpr char locked_by_another[] = "another session holds a lock";
void wait_briefly(GucAction action);

Outcome perform(const Actor &actor, const Attempt &attempt, const Budget &budget);

// Several attempts of one command.
struct Sum {
  int64 reached = 0;
  const char *refused = nullptr, *unclear = nullptr;
  void add(const Outcome &outcome);  // policies had let through what only a constraint stopped
};

}  // namespace proapp::verify
