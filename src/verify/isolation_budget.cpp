#include "verify/isolation_budget.hpp"

extern "C" {
#include <utils/guc.h>
#include <utils/timestamp.h>
}

namespace proapp::verify {

static int milliseconds = 30000;
static char *role_name;

void define_isolation_settings() {
  DefineCustomIntVariable("proapp.isolation_budget", "Time that prove_isolation() takes at most.",
                          "What it did not come to is reported as skipped. One attempt takes a tenth of it at most.", &milliseconds, 30000, 100, INT_MAX, PGC_USERSET, GUC_UNIT_MS,
                          nullptr, nullptr, nullptr);
  DefineCustomStringVariable("proapp.isolation_role", "Role with which signed-in users of the application come in, for prove_isolation().", nullptr, &role_name, "authenticated",
                             PGC_USERSET, 0, nullptr, nullptr, nullptr);
}

const char *isolation_role() { return role_name; }

Budget start_budget() { return {TimestampTzPlusMilliseconds(GetCurrentTimestamp(), milliseconds), Max(milliseconds / 10, 100)}; }

static int left(const Budget &budget) { return static_cast<int>(TimestampDifferenceMilliseconds(GetCurrentTimestamp(), budget.end)); }

int share_of(const Budget &budget) { return Min(left(budget), budget.longest); }

bool is_used_up(const Budget &budget) {
  CHECK_FOR_INTERRUPTS();
  return left(budget) == 0;
}

}  // namespace proapp::verify
