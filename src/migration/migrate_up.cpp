#include "pg/boundary.hpp"

#include "migration/script.hpp"
#include "pg/spi.hpp"
#include "state/restoring.hpp"
#include "state/tables.hpp"

namespace proapp::migration {

static constexpr state::Table ledger = {"migrations",
                                        "app text not null, version text not null, checksum text not null,"
                                        " applied_at timestamptz not null default pg_catalog.clock_timestamp(), applied_by text not null default session_user,"
                                        " primary key (app, version)"};

static const char *required_text(FunctionCallInfo fcinfo, int argument, const char *name) {
  if (PG_ARGISNULL(argument)) ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("%s of a migration must not be null", name)));
  const char *value = text_to_cstring(PG_GETARG_TEXT_PP(argument));
  if (*value == '\0') ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s of a migration must not be empty", name)));
  return value;
}

static void warn_restoring(const Script &script) {
  ereport(WARNING, (errmsg("migration of %s to version %s is skipped", script.app, script.version),
                    errdetail("The database is being restored: the dump brings what the migration made, and the ledger."),
                    errhint("If this is no restore, SET proapp.restoring = off, and drop and create the extension again.")));
}

static const char *checksum_of(const Script &script) {
  pg::spi_run("select pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to($1, 'UTF8')), 'hex')", {script.sql}, true);
  return pg::c_string(pg::spi_text(0, 1));
}

static bool applied(const Script &script, const char *checksum) {
  if (state::run("select checksum, applied_at::text from proapp_data.migrations where app = $1 and version = $2", {script.app, script.version}) == 0) return false;
  if (pg::spi_text(0, 1) == checksum) return true;
  ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("version %s of %s was applied with another script", script.version, script.app),
                  errdetail("Applied on %s with checksum %s; this script has checksum %s.", pg::c_string(pg::spi_text(0, 2)), pg::c_string(pg::spi_text(0, 1)), checksum),
                  errhint("Released scripts never change: restore this one, and put the change into a new version.")));
}

static void migrate_up(const Script &script) {
  state::find_or_make(ledger);
  pg::spi_begin();
  // One migration at a time: a second session waits here, and then finds the version in the ledger.
  state::run("lock table proapp_data.migrations in share row exclusive mode");
  const char *checksum = checksum_of(script);
  if (!applied(script, checksum)) {
    run(script);
    state::run("insert into proapp_data.migrations (app, version, checksum) values ($1, $2, $3)", {script.app, script.version, checksum});
  }
  pg::spi_end();
}

}  // namespace proapp::migration

PROAPP_FUNCTION(proapp_migrate_up) {
  using namespace proapp;
  const migration::Script script = {migration::required_text(fcinfo, 0, "app"), migration::required_text(fcinfo, 1, "version"), migration::required_text(fcinfo, 2, "up")};
  if (state::restoring())
    migration::warn_restoring(script);
  else
    migration::migrate_up(script);
  PG_RETURN_VOID();
}

PROAPP_FUNCTION(proapp_applied_migrations) {
  return proapp::state::rows(fcinfo, proapp::migration::ledger,
                             "select app, version, checksum, applied_at, applied_by from proapp_data.migrations order by applied_at, app, version");
}
