-- jobs: what companions want to have run by pg_cron

create function proapp.schedule_job(name text, schedule text, command text) returns text
  language c volatile parallel unsafe as 'MODULE_PATHNAME', 'proapp_schedule_job';
comment on function proapp.schedule_job(text, text, text) is
  'Registers a job: a statement that pg_cron runs at the times of the schedule (minute, hour, day of month, month, day of week) as the caller. Where pg_cron is in this database it is scheduled at once; elsewhere it waits, and view proapp.jobs and proapp.status() say so. '
  'Called again, it changes schedule and command. Answers scheduled, or waits for pg_cron. Errors: 22004 for null, 55000 while the database is being restored, and pg_cron''s own for a schedule that is none.';

create function proapp.unschedule_job(name text) returns void
  language c volatile parallel unsafe as 'MODULE_PATHNAME', 'proapp_unschedule_job';
comment on function proapp.unschedule_job(text) is
  'Takes proapp.schedule_job() back, and removes the caller''s job of that name from pg_cron. Errors: 42704 for a job that is not registered, 22004 for null, 55000 while the database is being restored.';

create function proapp.schedule_jobs() returns table(name text, schedule text, state text)
  language c volatile parallel unsafe as 'MODULE_PATHNAME', 'proapp_schedule_jobs';
comment on function proapp.schedule_jobs() is
  'Schedules every job that is registered, as the caller: after pg_cron came to this database, after a restore, or when view proapp.jobs shows one that is missing, differs or is switched off. Errors: 55000 where pg_cron is not in this database, and while it is being restored.';

create function proapp.read_jobs() returns table(name text, schedule text, command text, state text, next text)
  language c stable parallel restricted as 'MODULE_PATHNAME', 'proapp_jobs';
comment on function proapp.read_jobs() is 'The rows of the view proapp.jobs.';

create view proapp.jobs as select * from proapp.read_jobs();
comment on view proapp.jobs is
  'Jobs that proapp.schedule_job() registered. state: scheduled, waits for pg_cron (it is not in this database), missing, differs (in schedule or command) or switched off; next: what to type then. Jobs of any user count.';
