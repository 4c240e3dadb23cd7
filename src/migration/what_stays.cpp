// Before DROP EXTENSION: which apps' objects it leaves in place.
#include "pg/boundary.hpp"

#include "migration/ledger.hpp"
#include "migration/values.hpp"
#include "pg/attempt.hpp"
#include "pg/spi.hpp"

extern "C" {
#include <commands/event_trigger.h>
#include <nodes/parsenodes.h>
}

namespace proapp::migration {

// Of these extensions, or of all: "momentum 1.2.0, trackpay 1.7.0"; null where there are none.
static const char *apps_of(const List *extensions, bool all) {
  auto *names = static_cast<const char **>(palloc(sizeof(char *) * static_cast<Size>(list_length(extensions) + 1)));
  size_t count = 0;
  const ListCell *cell;
  foreach (cell, extensions) names[count++] = strVal(lfirst(cell));
  state::run(
      "select pg_catalog.string_agg(pg_catalog.format('%s %s', app, version), ', ' order by app collate \"C\") from"
      " (select distinct on (app) app, version from proapp_data.migrations where extension = any ($1) or $2 and extension is not null order by app, number desc) m",
      {pg::text_array(count, [&](size_t i) { return std::string_view(names[i]); }), all}, true);
  return text_of(0, 1);
}

static void say_what_stays(void *argument) {
  const auto *statement = static_cast<const DropStmt *>(argument);
  if (!OidIsValid(state::find(ledger))) return;
  bool core = false;
  const ListCell *cell;
  foreach (cell, statement->objects) core = core || strcmp(strVal(lfirst(cell)), "proapp_schema") == 0;
  pg::spi_begin();
  const char *apps = apps_of(statement->objects, core);
  if (apps != nullptr && core)
    ereport(NOTICE, (errmsg("all objects and rows of %s stay", apps),
                     errdetail("So does schema proapp_data. With CASCADE, policies, triggers and views go that call functions of proapp_schema."),
                     errhint("Create it again, and the apps' extensions; what CASCADE took comes back from a baseline: select * from proapp.repair('…', dry_run => false).")));
  else if (apps != nullptr)
    ereport(NOTICE,
            (errmsg("all objects and rows of %s stay", apps), errdetail("They belong to their owners and to no extension."), errhint("Created again, the extension finds them.")));
  pg::spi_end();
}

}  // namespace proapp::migration

using namespace proapp::migration;

PROAPP_FUNCTION(proapp_say_what_stays) {
  if (!CALLED_AS_EVENT_TRIGGER(fcinfo))
    ereport(ERROR, (errcode(ERRCODE_E_R_I_E_EVENT_TRIGGER_PROTOCOL_VIOLATED), errmsg("%s can only be called as an event trigger", "proapp.say_what_stays()")));
  Node *statement = reinterpret_cast<EventTriggerData *>(fcinfo->context)->parsetree;
  if (IsA(statement, DropStmt)) proapp::pg::attempt_or_warn(say_what_stays, statement, "what stays of apps is not known");
  PG_RETURN_NULL();
}
