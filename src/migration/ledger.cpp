#include "migration/ledger.hpp"

#include "pg/spi.hpp"

extern "C" {
#include <commands/extension.h>
}

namespace proapp::migration {

const state::Table ledger = {"migrations",
                             "app text not null, version text not null, checksum text not null,"
                             " applied_at timestamptz not null default pg_catalog.clock_timestamp(), applied_by text not null default session_user,"
                             " number bigint not null,"
                             // whose script it was; null for a call by hand
                             " extension text, primary key (app, version)"};

static const char *required_text(FunctionCallInfo fcinfo, int argument, const char *name) {
  if (PG_ARGISNULL(argument)) ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("%s of a migration must not be null", name)));
  const char *value = text_to_cstring(PG_GETARG_TEXT_PP(argument));
  if (*value == '\0') ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s of a migration must not be empty", name)));
  return value;
}

Script read_script(FunctionCallInfo fcinfo, const char *script) {
  const char *app = required_text(fcinfo, 0, "app"), *version = required_text(fcinfo, 1, "version");
  return {app, version, script == nullptr && PG_ARGISNULL(2) ? nullptr : required_text(fcinfo, 2, script != nullptr ? script : "down")};
}

void warn_restoring(const Script &script) {
  ereport(WARNING, (errmsg("migration of %s to version %s is skipped", script.app, script.version),
                    errdetail("The database is being restored: the dump brings what the migration made, and the ledger."),
                    errhint("If this is no restore, SET proapp.restoring = off, and drop and create the extension again.")));
}

void lock_ledger() { state::run("lock table proapp_data.migrations in share row exclusive mode"); }

const char *checksum_of(const Script &script) {
  pg::spi_run("select pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to($1, 'UTF8')), 'hex')", {script.sql}, true);
  return pg::c_string(pg::spi_text(0, 1));
}

bool is_applied(const Script &script, const char *checksum) {
  if (state::run("select checksum, applied_at::text from proapp_data.migrations where app = $1 and version = $2", {script.app, script.version}) == 0) return false;
  if (pg::spi_text(0, 1) == checksum) return true;
  ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("version %s of %s was applied with another script", script.version, script.app),
                  errdetail("Applied on %s with checksum %s; this script has checksum %s.", pg::c_string(pg::spi_text(0, 2)), pg::c_string(pg::spi_text(0, 1)), checksum),
                  errhint("Released scripts never change: restore this one, and put the change into a new version.")));
}

void enter(const Script &script, const char *checksum) {
  state::run(
      "insert into proapp_data.migrations (number, app, version, checksum, extension) select coalesce(pg_catalog.max(number), 0) + 1, $1, $2, $3, $4 from proapp_data.migrations",
      {script.app, script.version, checksum, creating_extension ? static_cast<const char *>(get_extension_name(CurrentExtensionObject)) : nullptr});
}

void insist_on_newest(const Script &script) {
  if (state::run("select number from proapp_data.migrations where app = $1 and version = $2", {script.app, script.version}) == 0)
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("version %s of %s is not applied", script.version, script.app),
                    errhint("Those that are: select * from proapp.migrations.")));
  const uint64 newer = state::run(
      "select version from proapp_data.migrations m where app = $1 and number > (select number from proapp_data.migrations where app = $1 and version = $2) order by number desc",
      {script.app, script.version});
  if (newer == 0) return;
  StringInfo versions = makeStringInfo();
  for (uint64 i = 0; i < newer; ++i) appendStringInfo(versions, "%s%s", i > 0 ? ", " : "", pg::c_string(pg::spi_text(i, 1)));
  ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("version %s of %s is not its newest", script.version, script.app),
                  errdetail("Applied since: %s.", versions->data), errhint("Versions are undone one by one, the newest first.")));
}

void strike_out(const Script &script) { state::run("delete from proapp_data.migrations where app = $1 and version = $2", {script.app, script.version}); }

}  // namespace proapp::migration
