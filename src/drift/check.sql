-- checks that run by themselves, and what they found

create procedure proapp.check_drift(baseline text default null)
  language c as 'MODULE_PATHNAME', 'proapp_check_drift';
comment on procedure proapp.check_drift(text) is
  'Compares as drift() does, keeps the run (view drift_runs) and what differs (view drift_findings), notifies channel proapp_drift with a JSON summary, commits, and then fails if there is drift at or above the setting proapp.drift_alert: '
  'a job shows as failed and the findings stay. Null means the only baseline there is. Runs older than proapp.history_retention days go. Writes as the extension''s owner. '
  'Errors: P0004 for drift at or above the alert level, with the worst findings in DETAIL; 2D000 where it cannot commit (in a transaction block, a function, a message with several statements), and nothing is done; '
  '55000 while the database is being restored; else as drift(), recorded as a failed run once the baseline is known.';

create function proapp.read_drift_runs()
  returns table(run bigint, baseline text, revision integer, started_at timestamptz, finished_at timestamptz, outcome text, worst text,
                critical bigint, high bigint, medium bigint, low bigint, alert text, checked_by text, error text)
  language c stable as 'MODULE_PATHNAME', 'proapp_drift_runs';
comment on function proapp.read_drift_runs() is 'The rows of the view proapp.drift_runs.';

create view proapp.drift_runs as select * from proapp.read_drift_runs();
comment on view proapp.drift_runs is
  'What check_drift() did, the last run first: against which revision of which baseline, when, by whom; outcome is OK, drift (below the alert level), alert or failed (error says why); findings counted by severity, the worst one, and the alert level of that time.';

create function proapp.read_drift_findings()
  returns table(run bigint, baseline text, checked_at timestamptz, severity text, kind text, identity text, change text, attribute text, expected text, actual text,
                changed_by text, changed_at timestamptz, fix text)
  language c stable as 'MODULE_PATHNAME', 'proapp_drift_findings';
comment on function proapp.read_drift_findings() is 'The rows of the view proapp.drift_findings.';

create view proapp.drift_findings as select * from proapp.read_drift_findings();
comment on view proapp.drift_findings is
  'What the runs of check_drift() found: the rows that drift() had then, with run, baseline and time; the last run first, worst first.';

create function proapp.schedule_drift_check(baseline text default null, schedule text default '0 6 * * 1')
  returns table(job text, schedule text, database text, note text)
  language c volatile as 'MODULE_PATHNAME', 'proapp_schedule_drift_check';
comment on function proapp.schedule_drift_check(text, text) is
  'Has pg_cron CALL proapp.check_drift(baseline), as the caller, on a schedule of pg_cron''s (minute, hour, day of month, month, day of week; by default Mondays at six, in GMT unless pg_cron says otherwise). Again: the job gets the new schedule. '
  'Null means the only baseline there is. Errors: 55000 where pg_cron is missing or lives in another database, HINT has the steps or the statement; 22004 for a null schedule; 42704 for an unknown baseline; pg_cron''s own for a schedule that is none.';

create function proapp.unschedule_drift_check(baseline text default null)
  returns table(job text, schedule text, database text, note text)
  language c volatile as 'MODULE_PATHNAME', 'proapp_unschedule_drift_check';
comment on function proapp.unschedule_drift_check(text) is
  'Removes the caller''s job that schedule_drift_check() made for the baseline, which may be gone by now. Null means the only baseline there is. '
  'Errors: 42704 where there is no such job, 55000 where pg_cron is missing or lives in another database.';
