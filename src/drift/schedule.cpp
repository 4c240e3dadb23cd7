// schedule_drift_check, unschedule_drift_check: through pg_cron's own SQL, as the caller
#include "pg/boundary.hpp"

#include "drift/baseline.hpp"
#include "pg/rows.hpp"
#include "pg/spi.hpp"

extern "C" {
#include <commands/dbcommands.h>
#include <commands/extension.h>
#include <common/md5.h>
#include <utils/guc.h>
}

namespace proapp::drift {

// A job's name must tell databases apart, and fit into what pg_cron has room for.
static const char *job_name(const char *database, const char *baseline) {
  const char *name = psprintf("proapp_drift_check %s %s", database, baseline);
  if (strlen(name) < NAMEDATALEN) return name;
  char digest[33];
  const char *error = nullptr;
  if (!pg_md5_hash(name, strlen(name), digest, &error)) ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR), errmsg_internal("could not compute MD5: %s", error)));
  return psprintf("proapp_drift_check %s", digest);
}

// pg_cron keeps its jobs in one database. Elsewhere `statement` is what the caller has to type there.
static void insist_on_pg_cron(const char *database, const char *statement) {
  if (OidIsValid(get_extension_oid("pg_cron", true))) return;
  const char *home = GetConfigOption("cron.database_name", true, false);
  if (home == nullptr)
    ereport(
        ERROR,
        (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("pg_cron is not installed"),
         errdetail("Checks that run by themselves are jobs of pg_cron, and this server has not loaded it."),
         errhint("1. Install the package (Debian: postgresql-%d-cron). 2. In postgresql.conf, add pg_cron to shared_preload_libraries, set cron.database_name = '%s', and restart. "
                 "3. Here: CREATE EXTENSION pg_cron;",
                 PG_VERSION_NUM / 10000, database)));
  if (strcmp(home, database) == 0)
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("pg_cron is loaded, and not created in this database"), errhint("CREATE EXTENSION pg_cron;")));
  ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("pg_cron lives in database \"%s\"", home),
                  errdetail("Its jobs for database \"%s\" are kept there, where this session cannot write.", database), errhint("In database \"%s\", type: %s", home, statement)));
}

struct Job {
  const char *database, *name, *command;
};

static Job job_of(std::string_view baseline) {
  const char *database = get_database_name(MyDatabaseId), *name = pg::c_string(baseline);
  return {database, job_name(database, name), psprintf("call proapp.check_drift(%s)", quote_literal_cstr(name))};
}

}  // namespace proapp::drift

namespace proapp {

using namespace drift;

PROAPP_FUNCTION(proapp_schedule_drift_check) {
  pg::ContextArena arena("proapp schedule");
  const std::string_view name = resolve_name(arena, optional_text(arena, fcinfo, 0));
  if (PG_ARGISNULL(1)) core::fail("22004", "a schedule must not be null", {}, "Five fields: minute, hour, day of month, month, day of week, such as 0 6 * * 1.");
  const char *schedule = text_to_cstring(PG_GETARG_TEXT_PP(1));
  const Job job = job_of(name);
  insist_on_pg_cron(job.database, psprintf("select cron.schedule_in_database(%s, %s, %s, %s);", quote_literal_cstr(job.name), quote_literal_cstr(schedule),
                                           quote_literal_cstr(job.command), quote_literal_cstr(job.database)));
  state::refuse_while_restoring();
  pg::Rows rows(fcinfo);
  pg::spi_begin();
  if (state::run("select from proapp_data.baselines where baseline = $1", {name}, true) == 0) unknown_baseline(name);
  pg::spi_run("select cron.schedule($1, $2, $3)", {job.name, schedule, job.command});
  pg::spi_end();
  rows.put({job.name, schedule, job.database, "results: select * from proapp.status()"});
  return rows.done();
}

PROAPP_FUNCTION(proapp_unschedule_drift_check) {
  pg::ContextArena arena("proapp schedule");
  const auto given = optional_text(arena, fcinfo, 0);
  // The baseline itself may be gone.
  const std::string_view name = given ? *given : resolve_name(arena, given);
  const Job job = job_of(name);
  insist_on_pg_cron(job.database, psprintf("select cron.unschedule(%s);", quote_literal_cstr(job.name)));
  state::refuse_while_restoring();
  pg::Rows rows(fcinfo);
  pg::spi_begin();
  if (pg::spi_run("select j.schedule, cron.unschedule(j.jobid) from cron.job j where j.jobname::pg_catalog.text = $1 and j.username operator(pg_catalog.=) current_user",
                  {job.name}) == 0)
    ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("no check of baseline \"%s\" is scheduled", pg::c_string(name)),
                    errdetail("\"%s\" has no job \"%s\".", GetUserNameFromId(GetUserId(), false), job.name), errhint("select * from cron.job;")));
  const std::string_view schedule = arena.copy(pg::spi_text(0, 1));
  pg::spi_end();
  rows.put({job.name, schedule, job.database, "removed"});
  return rows.done();
}

}  // namespace proapp
