#include "pg/boundary.hpp"

#include "state/retention.hpp"

extern "C" {
#include <utils/guc.h>
}

namespace proapp::state {

static int days = 365;

void define_retention_setting() {
  DefineCustomIntVariable("proapp.history_retention", "Days for which history is kept: the log of DDL and the runs of drift checks.",
                          "0 keeps it for ever. Older rows go when a baseline is saved or a drift check runs.", &days, 365, 0, 36500, PGC_SUSET, 0, nullptr, nullptr, nullptr);
}

int history_retention() { return days; }

void forget_old(const Table &table, const char *time) {
  if (days == 0 || !OidIsValid(find(table))) return;
  pg::spi_begin();
  run(psprintf("delete from proapp_data.%s where %s < pg_catalog.now() - pg_catalog.make_interval(days => $1)", table.name, time), {static_cast<int32>(days)});
  pg::spi_end();
}

}  // namespace proapp::state
