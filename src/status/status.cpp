// status: how things stand, concern by concern
#include "pg/boundary.hpp"

#include "pg/compat.hpp"
#include "pg/rows.hpp"
#include "pg/session.hpp"
#include "pg/spi.hpp"

extern "C" {
#include <catalog/namespace.h>
#include <commands/extension.h>
}

namespace proapp::status {

// Each answers rows (urgency, concern, state, detail, next); 0 is the most urgent, 3 is well.
static constexpr const char *concerns[] = {
    "select case when count(problem) > 0 then 0 when count(*) = 0 then 2 else 3 end, 'mappings',"
    " case when count(problem) > 0 then 'broken' when count(*) = 0 then 'none' else 'OK' end,"
    " case when count(problem) > 0 then string_agg(mapping || ': ' || problem, '; ' order by mapping) else coalesce(string_agg(mapping, ', ' order by mapping), '') end,"
    " case when count(problem) > 0 then 'select * from proapp.user_mappings' when count(*) = 0 then 'select * from proapp.map_users(''app'', ''public.users'', ''auth_user_id'')' "
    "end"
    " from proapp.user_mappings",

    "select case when count(problem) > 0 then 0 else 3 end, 'memberships', case when count(problem) > 0 then 'broken' when count(*) = 0 then 'none' else 'OK' end,"
    " case when count(problem) > 0 then string_agg(membership || ': ' || problem, '; ' order by membership) else coalesce(string_agg(membership, ', ' order by membership), '') "
    "end,"
    " case when count(problem) > 0 then 'select * from proapp.memberships' when count(*) = 0 then 'select * from proapp.suggest()' end"
    " from proapp.memberships",

    "select case when count(*) = 0 then 1 when bool_or(postgresql <> $1) then 1 else 3 end, 'baselines',"
    " case when count(*) = 0 then 'none' when bool_or(postgresql <> $1) then 'of another major version' else 'OK' end,"
    " coalesce(string_agg(format('%s: revision %s, %s objects%s', baseline, revision, object_count, case when imported then ', imported' else '' end), '; ' order by baseline), "
    "''),"
    " case when count(*) = 0 then 'select * from proapp.save_baseline(''production'')'"
    "  else min(format('select * from proapp.replace_baseline(%L)', baseline)) filter (where postgresql <> $1) end"
    " from proapp.baselines",

    // A baseline dropped since needs no check.
    "select case l.outcome when 'failed' then 0 when 'alert' then 0 when 'drift' then 2 when 'OK' then 3 else 2 end,"
    " format('drift check of %s', b.baseline),"
    " coalesce(l.outcome, 'never ran'),"
    " case when l.run is null then '' else concat_ws(', ', format('run %s at %s', l.run, l.finished_at::timestamptz(0)), l.error,"
    "  nullif(l.critical, 0) || ' critical', nullif(l.high, 0) || ' high', nullif(l.medium, 0) || ' medium', nullif(l.low, 0) || ' low') end,"
    " case when l.run is null or l.outcome = 'failed' then format('call proapp.check_drift(%L)', b.baseline)"
    "  when l.outcome <> 'OK' then format('select * from proapp.drift_findings where run = %s', l.run) end"
    " from proapp.baselines b left join lateral (select * from proapp.drift_runs r where r.baseline = b.baseline order by run desc limit 1) l on true",

    "select case when count(*) = 0 then 2 when bool_and(status = 'OK') then 3 else 0 end, 'health',"
    " case when count(*) = 0 then 'none' when bool_and(status = 'OK') then 'OK' else format('%s of %s not OK', count(*) filter (where status <> 'OK'), count(*)) end,"
    " coalesce(string_agg(format('%s %s: %s', category, item, status), '; ' order by category collate \"C\", item collate \"C\") filter (where status <> 'OK'), ''),"
    " case when count(*) = 0 then 'select proapp.expect(''table'', ''public.users'')' when not bool_and(status = 'OK') then 'select * from proapp.health_check()' end"
    " from proapp.health_check()",

    "select case when broken > 0 then 0 when running > 0 then 1 else 3 end, 'deletions',"
    " case when broken > 0 then 'broken' when running > 0 then 'running' when protected = 0 and kept = 0 then 'none' else 'OK' end,"
    " concat_ws('; ', 'tables protected: ' || nullif(protected, 0), 'deletions kept: ' || nullif(kept, 0), 'in batches, not over: ' || nullif(running, 0),"
    "  'registrations that no longer hold: ' || nullif(broken, 0)),"
    " case when broken > 0 then 'select * from proapp.' || case when of_tables > 0 then 'protected_relations' when of_blockers > 0 then 'blockers' else 'registered_references' end"
    "  when running > 0 then 'select * from proapp.deletions_running' end"
    " from (select *, of_tables + of_blockers + of_references as broken from (select (select count(*) from proapp.deletions_running) as running, (select count(*) from "
    "proapp.deletions) as kept,"
    "  (select count(*) from proapp.protected_relations) as protected, (select count(problem) from proapp.protected_relations) as of_tables,"
    "  (select count(problem) from proapp.blockers) as of_blockers, (select count(problem) from proapp.registered_references) as of_references) n) n",

    ("select 3, 'migrations', case when count(*) = 0 then 'none' else 'OK' end,"
     " coalesce(string_agg(distinct app, ', ' order by app), ''), null from proapp.migrations"),

    "select case when bool_or(state not in ('scheduled', 'waits for pg_cron')) then 0 when bool_or(state <> 'scheduled') then 2 else 3 end, 'jobs',"
    " case when count(*) = 0 then 'none' when bool_and(state = 'scheduled') then 'OK' when bool_and(state in ('scheduled', 'waits for pg_cron')) then 'waiting for pg_cron' else "
    "'not scheduled' end,"
    " coalesce(string_agg(format('%s (%s)%s', name, schedule, case when state <> all ('{scheduled,waits for pg_cron}') then ': ' || state end), ', ' order by name), ''),"
    " case when bool_or(state <> 'scheduled') then min(next) end from proapp.jobs",

    "select case when bool_or(state = 'failed') then 0 when bool_or(state = 'pending') then 1 else 3 end, 'deferred work',"
    " case when bool_or(state = 'failed') then 'failed' when bool_or(state = 'pending') then 'pending' else 'none' end,"
    " coalesce(string_agg(distinct format('%s %s: %s', app, version, state), '; ') filter (where state <> 'done'), ''),"
    " case when bool_or(state <> 'done') then 'call proapp.run_deferred()' end from proapp.deferred_statements",
};

static constexpr char no_pg_cron[] =
    "select 2, 'scheduled checks', 'not seen here', case when current_setting('cron.database_name', true) is null then 'pg_cron is not loaded'"
    " else 'pg_cron lives in database ' || current_setting('cron.database_name', true) end, 'select * from proapp.schedule_drift_check()'";

// The longest time that a schedule leaves between two runs, at most, and an hour. A job that should have run since, and of which no check is kept, is stale.
static constexpr char jobs[] =
    "with job as ("
    " select j.*, regexp_split_to_array(btrim(schedule), '\\s+') as f from cron.job j where database = current_database() and command like 'call proapp.check_drift(%'),"
    " due as ("
    " select job.*, case when f[1] like '@%' then case f[1] when '@hourly' then interval '1 hour' when '@daily' then '1 day' when '@midnight' then '1 day' when '@weekly' then '7 "
    "days'"
    "   when '@monthly' then '31 days' else '366 days' end"
    "  when f[4] <> '*' then '366 days' when f[3] <> '*' then '31 days' when f[5] <> '*' then '7 days' when f[2] <> '*' then '1 day' when f[1] <> '*' then '1 hour' else '1 "
    "minute' end"
    "  + interval '1 hour' as period from job),"
    " seen as ("
    " select due.*, d.status, d.return_message, d.start_time,"
    "  (select max(finished_at) from proapp.drift_runs r where due.command = format('call proapp.check_drift(%L)', r.baseline)) as checked_at from due"
    " left join lateral (select * from cron.job_run_details d where d.jobid = due.jobid order by runid desc limit 1) d on true)"
    " select case when not active then 1 when coalesce(checked_at, start_time) < now() - period or status = 'failed' then 0 when start_time is null then 2 else 3 end,"
    "  format('job %s', jobname),"
    "  case when not active then 'switched off' when coalesce(checked_at, start_time) < now() - period then 'stale' when status is null then 'did not run yet' when status = "
    "'succeeded' then 'OK' else status end,"
    "  concat_ws(', ', format('schedule %s', schedule), 'last started at ' || start_time::timestamptz(0), split_part(return_message, E'\\n', 1)),"
    "  case when not active then format('select cron.alter_job(%s, active => true)', jobid) when status = 'failed' or checked_at < now() - period"
    "   then format('select * from cron.job_run_details where jobid = %s order by runid desc', jobid) end from seen"
    " union all select 2, 'scheduled checks', 'none', '', 'select * from proapp.schedule_drift_check()' where not exists (select from job)";

static void put(pg::Rows &rows, const char *sql) {
  pg::spi_run(sql, {static_cast<int32>(PG_VERSION_NUM / 10000)}, true);
  pg::spi_put(rows);
}

static const char *all_concerns(bool with_jobs) {
  StringInfoData sql;
  initStringInfo(&sql);
  appendStringInfoString(&sql, "select concern, state, detail, next from (");
  for (const char *concern : concerns) appendStringInfo(&sql, "(%s) union all ", concern);
  appendStringInfo(&sql, "(%s)) rows (urgency, concern, state, detail, next) where $1 > 0 order by urgency, concern collate \"C\"", with_jobs ? jobs : no_pg_cron);
  return sql.data;
}

}  // namespace proapp::status

namespace proapp {

PROAPP_FUNCTION(proapp_status) {
  pg::Rows rows(fcinfo);
  const int pin = pg::pin_search_path();
  pg::spi_begin();
  // Whoever may not look into pg_cron's schema sees no jobs.
  const Oid cron = get_namespace_oid("cron", true);
  const bool with_jobs = OidIsValid(get_extension_oid("pg_cron", true)) && OidIsValid(cron) && pg::may_use_schema(cron);
  status::put(rows, status::all_concerns(with_jobs));
  pg::spi_end();
  pg::unpin_search_path(pin);
  return rows.done();
}

}  // namespace proapp
