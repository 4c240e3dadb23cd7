// schedule_job, unschedule_job, schedule_jobs and what view jobs shows: jobs of companions, which wait here where pg_cron is not.
#include "pg/boundary.hpp"

#include "pg/arguments.hpp"
#include "pg/rows.hpp"
#include "pg/spi.hpp"
#include "state/tables.hpp"

extern "C" {
#include <commands/dbcommands.h>
#include <commands/extension.h>
}

using namespace proapp;

namespace {

const state::Table jobs = {"jobs", "name text primary key, schedule text not null, command text not null, registered_by text not null default session_user"};

bool pg_cron_is_here() { return OidIsValid(get_extension_oid("pg_cron", true)); }

// pg_cron keeps its jobs in one database; a job for another is made from there.
constexpr char waiting[] =
    "select name, schedule, command, 'waits for pg_cron', case when coalesce(pg_catalog.current_setting('cron.database_name', true), pg_catalog.current_database()) "
    "operator(pg_catalog.=) pg_catalog.current_database()"
    " then 'create extension pg_cron; select * from proapp.schedule_jobs()'"
    " else pg_catalog.format('in database %s: select cron.schedule_in_database(%L, %L, %L, %L)', pg_catalog.current_setting('cron.database_name'), name, schedule, command, "
    "pg_catalog.current_database()) end"
    " from proapp_data.jobs order by name collate \"C\"";

constexpr char compared[] =
    "select j.name, j.schedule, j.command, s.state, case when s.state operator(pg_catalog.<>) 'scheduled' then 'select * from proapp.schedule_jobs()' end from proapp_data.jobs j"
    " left join lateral (select * from cron.job o where o.jobname::pg_catalog.text operator(pg_catalog.=) j.name and o.database::pg_catalog.name operator(pg_catalog.=) "
    "pg_catalog.current_database() order by jobid limit 1) c on true"
    " cross join lateral (select case when c.jobid is null then 'missing' when not c.active then 'switched off'"
    "  when (c.schedule, c.command) is distinct from (j.schedule, j.command) then 'differs' else 'scheduled' end) s (state) order by j.name collate \"C\"";

void schedule(const char *name, const char *schedule, const char *command) {
  pg::spi_run("select cron.alter_job(cron.schedule($1, $2, $3), active => true)", {name, schedule, command});
}

}  // namespace

PROAPP_FUNCTION(proapp_schedule_job) {
  const char *name = pg::required_text(fcinfo, 0, "name"), *when = pg::required_text(fcinfo, 1, "schedule"), *command = pg::required_text(fcinfo, 2, "command");
  state::find_or_make(jobs);
  pg::spi_begin();
  state::run("insert into proapp_data.jobs (name, schedule, command) values ($1, $2, $3) on conflict (name) do update set schedule = excluded.schedule, command = excluded.command",
             {name, when, command});
  const bool here = pg_cron_is_here();
  if (here) schedule(name, when, command);
  pg::spi_end();
  return pg::text_datum(here ? "scheduled" : "waits for pg_cron");
}

PROAPP_FUNCTION(proapp_unschedule_job) {
  const char *name = pg::required_text(fcinfo, 0, "name");
  state::find_or_make(jobs);
  pg::spi_begin();
  if (state::run("delete from proapp_data.jobs where name = $1", {name}) == 0)
    ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("job \"%s\" is not registered", name), errhint("select * from proapp.jobs")));
  if (pg_cron_is_here())
    pg::spi_run("select cron.unschedule(j.jobid) from cron.job j where j.jobname::pg_catalog.text operator(pg_catalog.=) $1 and j.username operator(pg_catalog.=) current_user",
                {name});
  pg::spi_end();
  PG_RETURN_VOID();
}

PROAPP_FUNCTION(proapp_schedule_jobs) {
  pg::Rows rows(fcinfo);
  if (!OidIsValid(state::find(jobs))) return rows.done();
  if (!pg_cron_is_here())
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("pg_cron is not in this database"), errhint("View proapp.jobs says for each job what to type.")));
  state::refuse_while_restoring();
  pg::spi_begin();
  const uint64 count = state::run("select name, schedule, command from proapp_data.jobs order by name");
  auto **texts = static_cast<const char **>(palloc(sizeof(char *) * (3 * count + 1)));
  for (uint64 i = 0; i < 3 * count; ++i) texts[i] = pg::c_string(pg::spi_text(i / 3, static_cast<int>(i % 3) + 1));
  for (uint64 i = 0; i < count; ++i) {
    schedule(texts[3 * i], texts[3 * i + 1], texts[3 * i + 2]);
    rows.put({texts[3 * i], texts[3 * i + 1], "scheduled"});
  }
  pg::spi_end();
  return rows.done();
}

PROAPP_FUNCTION(proapp_jobs) { return state::rows(fcinfo, jobs, pg_cron_is_here() ? compared : waiting); }
