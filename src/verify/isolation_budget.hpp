// How long prove_isolation() may take, and as which role users come in: its settings.
#pragma once
#include "pg/postgres.hpp"

#include <type_traits>

extern "C" {
#include <datatype/timestamp.h>
}

namespace proapp::verify {

void define_isolation_settings();
const char *isolation_role();

struct Budget {
  TimestampTz end;
  int longest;  // of one attempt, in milliseconds
};
static_assert(std::is_trivially_destructible_v<Budget>);

Budget start_budget();
bool is_used_up(const Budget &budget);
// For the next attempt, in milliseconds; 0 where the time is up.
int share_of(const Budget &budget);

}  // namespace proapp::verify
