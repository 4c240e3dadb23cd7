#include "pg/postgres.hpp"

#include "state/retention.hpp"

extern "C" {
#include <utils/guc.h>
}

namespace proapp::state {

static int history_retention = 365;

void define_retention_setting() {
  DefineCustomIntVariable("proapp.history_retention", "Says for how many days recorded history is kept.", "Runs of check_drift() and their findings. 0 keeps everything.",
                          &history_retention, 365, 0, 36500, PGC_USERSET, 0, nullptr, nullptr, nullptr);
}

int history_retention_days() { return history_retention; }

}  // namespace proapp::state
