// migrate_up, and what view migrations shows.
#include "pg/boundary.hpp"

#include "migration/baselines.hpp"
#include "migration/bring_back.hpp"
#include "migration/ledger.hpp"
#include "pg/spi.hpp"
#include "state/restoring.hpp"

using namespace proapp;
using namespace proapp::migration;

static void migrate_up(const Script &script) {
  state::find_or_make(ledger);
  pg::spi_begin();
  lock_ledger();
  const char *checksum = checksum_of(script);
  if (!is_applied(script, checksum)) {
    const List *noted = note_drift();
    forget_changed(script);
    run(script);
    Return &back = *bring_back(script);
    renew_baselines(script, noted, by_hand(back));
    make_by_hand(back, checksum);
    enter(script, checksum);
  }
  pg::spi_end();
}

PROAPP_FUNCTION(proapp_migrate_up) {
  const Script script = read_script(fcinfo, "up");
  if (state::restoring())
    warn_restoring(script);
  else
    migrate_up(script);
  PG_RETURN_VOID();
}

PROAPP_FUNCTION(proapp_applied_migrations) {
  return state::rows(fcinfo, ledger, "select app, version, checksum, applied_at, applied_by, extension from proapp_data.migrations order by number");
}
