-- Checks that run by themselves: what they keep, when they fail, and where they cannot run.
create database proapp_check_drift;
\c proapp_check_drift
create extension proapp_schema;
create schema shop;
create table shop.orders (id integer primary key, note text);
select * from proapp.drift_runs;
select * from proapp.drift_findings;
call proapp.check_drift();
\echo :LAST_ERROR_SQLSTATE
call proapp.check_drift('none');
\echo :LAST_ERROR_SQLSTATE
select count(*) > 0 as saved from proapp.save_baseline('production', 'shop.*');

-- Nothing differs.
call proapp.check_drift();
-- Below the alert level: kept, and no error.
alter table shop.orders add column state text;
comment on table shop.orders is 'What was ordered.';
call proapp.check_drift('production');
-- At the level or above: kept, and an error.
alter table shop.orders disable row level security, add constraint positive check (id > 0);
alter table shop.orders drop constraint orders_pkey;
create policy anybody on shop.orders using (true);
call proapp.check_drift();
\echo :LAST_ERROR_SQLSTATE
select run, baseline, revision, outcome, worst, critical, high, medium, low, alert, checked_by = session_user as by_me, error, started_at <= finished_at as in_order from proapp.drift_runs;
select run, baseline, severity, kind, identity, change, attribute, fix from proapp.drift_findings;

-- The level is a setting.
show proapp.drift_alert;
set proapp.drift_alert = off;
call proapp.check_drift();
set proapp.drift_alert = severe;
\echo :LAST_ERROR_SQLSTATE
drop policy anybody on shop.orders;
alter table shop.orders drop constraint positive, add primary key (id), drop column state;
set proapp.drift_alert = critical;
call proapp.check_drift();
set proapp.drift_alert = low;
call proapp.check_drift();
reset proapp.drift_alert;
select run, outcome, worst, low, alert from proapp.drift_runs limit 3;

-- Many findings: the worst are named.
do $$ begin for i in 1..13 loop execute format('create policy p%s on shop.orders using (true)', i); end loop; end $$;
call proapp.check_drift();
select count(*) from proapp.drift_findings where run = 7;
do $$ begin for i in 1..13 loop execute format('drop policy p%s on shop.orders', i); end loop; end $$;
select proapp.accept_drift();

-- Where it cannot commit it does nothing.
select max(run) from proapp.drift_runs;
begin;
call proapp.check_drift();
\echo :LAST_ERROR_SQLSTATE
rollback;
create function by_function() returns void language plpgsql as 'begin call proapp.check_drift(); end';
select by_function();
select 1 as one\; call proapp.check_drift();
do $$ begin begin call proapp.check_drift(); exception when others then raise notice '%', sqlerrm; end; end $$;
create procedure with_setting() language plpgsql set search_path = '' as 'begin call proapp.check_drift(); end';
call with_setting();
select max(run) from proapp.drift_runs;
-- In a procedure or DO block that may commit it can.
do $$ begin call proapp.check_drift(); end $$;
select run, outcome from proapp.drift_runs limit 1;

-- A check that fails is a run.
select proapp.manifest_document('shop.*') as document \gset
select count(*) > 0 as imported from proapp.import_baseline('old', jsonb_set(:'document', '{postgresql}', '14'));
\set VERBOSITY sqlstate
call proapp.check_drift('old');
\set VERBOSITY default
select baseline, revision, outcome, worst, regexp_replace(error, 'server is \d+', 'server is NN') as error from proapp.drift_runs limit 1;
select proapp.drop_baseline('old');

-- Nobody else reads or writes them.
select relname, relacl from pg_class where relnamespace = 'proapp_data'::regnamespace and relname like 'drift%' and relkind in ('r', 'S') order by 1;

-- Old runs go, with their findings.
comment on table shop.orders is 'Another.';
call proapp.check_drift();
update proapp_data.drift_runs set finished_at = now() - interval '40 days';
call proapp.check_drift();
select count(*) > 2 as kept_for_a_year from proapp.drift_runs;
set proapp.history_retention = 0;
call proapp.check_drift();
select count(*) > 3 as kept_for_ever from proapp.drift_runs;
set proapp.history_retention = 30;
call proapp.check_drift();
select count(*) as runs, (select count(*) from proapp.drift_findings) as findings, (select count(*) from proapp_data.drift_findings) as rows_kept from proapp.drift_runs;
reset proapp.history_retention;

-- Nothing is written while the database is being restored.
set proapp.restoring = on;
call proapp.check_drift();
\echo :LAST_ERROR_SQLSTATE
reset proapp.restoring;

-- Without pg_cron.
\set VERBOSITY terse
select * from proapp.schedule_drift_check();
\echo :LAST_ERROR_SQLSTATE
select * from proapp.unschedule_drift_check();
\set VERBOSITY default
select proapp.schedule_drift_check('production', null);

-- How things stand.
select concern, state, regexp_replace(detail, 'at .* low', 'at ... low') as detail, next from proapp.status();
alter table shop.orders drop column note;
call proapp.check_drift();
select concern, state, next from proapp.status();
-- it needs nothing
drop schema proapp_data cascade;
select * from proapp.status();

-- Whose is it?
create role check_drift_reader;
grant execute on procedure proapp.check_drift(text) to check_drift_reader;
select count(*) > 0 as saved from proapp.save_baseline('production', 'shop.*');
set role check_drift_reader;
call proapp.check_drift();
select * from proapp.drift_runs;
reset role;
select outcome, checked_by = session_user as by_session_user from proapp.drift_runs;

\c contrib_regression
drop database proapp_check_drift;
drop role check_drift_reader;
