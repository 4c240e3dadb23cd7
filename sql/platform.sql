-- Platform's sheet, point by point, on its companion and the data of test/fixtures
create database proapp_platform;
\c proapp_platform
set client_min_messages = warning;
set timezone = 'UTC';
\set SHOW_CONTEXT never
create extension proapp_dev_env cascade;
\getenv abs_srcdir PG_ABS_SRCDIR
\set data :abs_srcdir '/test/fixtures/platform_data.sql'
\set coachpro :abs_srcdir '/test/fixtures/platform_coachpro.sql'

-- 1. A schema for each module
create extension proapp_platform version '1.0.0' cascade;
select m.name, obj_description(m.name::regnamespace, 'pg_namespace') as comment, has_schema_privilege('authenticated', m.name, 'usage') as usage, has_schema_privilege('authenticated', m.name, 'create') as "create"
  from public.platform_modules m order by m.position;

-- 2. A module's tables move, and nothing but the schema changes
alter extension proapp_platform update to '1.1.0';
\set ECHO none
\o /dev/null
\i :coachpro
\o
\set ECHO all
select count(*) from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' and relname ~ '^coachpro_';
create function pg_temp.contents(schema name) returns text language sql as $$
  select md5(string_agg(query_to_xml(format('select * from %I.%I t order by t::text', schema, relname), false, false, '')::text, '' order by relname collate "C"))
    from pg_class where relnamespace = schema::regnamespace and relkind = 'r' and relname ~ '^coachpro_' $$;
create temporary table document as select proapp.manifest_document('public.coachpro_*', 'public.note_change') as was, pg_temp.contents('public') as rows;
select kind, count(*), min(statement) from public.platform_move_plan('coachpro_*', 'public', 'coachpro') where kind <> 'body' group by kind order by kind;
select object from public.platform_move_plan('coachpro_*', 'public', 'coachpro') where kind in ('body', 'search_path') order by step;
-- Names that are taken are found before anything moves
create table coachpro.coachpro_part_7 (id int);
create sequence coachpro.coachpro_clients_id_seq;
select count(*) from public.platform_move_tables('coachpro_*', 'public', 'coachpro');
drop table coachpro.coachpro_part_7;
drop sequence coachpro.coachpro_clients_id_seq;
select kind, count(*) from public.platform_move_tables('coachpro_*', 'public', 'coachpro') group by kind order by kind;
select count(*) filter (where relnamespace = 'public'::regnamespace) as stayed, count(*) filter (where relnamespace = 'coachpro'::regnamespace) as moved from pg_class where relname ~ '^coachpro_' and relkind in ('r', 'v', 'm', 'S', 'i');
select pg_temp.contents('coachpro') = rows as same_rows from document;
-- Compared with the schema mapped: no drift. Hashes of expressions hold names, and one function looks into the new schema too.
with mapped as (select regexp_replace(regexp_replace(was::text, 'public\.(?=coachpro_|note_change)', 'coachpro.', 'g'), '"(tree|digest)": "[0-9a-f]+"', '"tree": 0', 'g')::jsonb as was from document),
  before as (select jsonb_array_elements(was -> 'objects') - 'digest' as o from mapped),
  after as (select jsonb_array_elements(regexp_replace(proapp.manifest_document('coachpro.*', '!schema:coachpro')::text, '"(tree|digest)": "[0-9a-f]+"', '"tree": 0', 'g')::jsonb -> 'objects') - 'digest' as o)
  select coalesce(b.o ->> 'kind', a.o ->> 'kind') as kind, coalesce(b.o ->> 'identity', a.o ->> 'identity') as identity, b.o is null as only_after, a.o is null as only_before
    from before b full join after a on a.o = b.o where (b.o is null or a.o is null) order by 1, 2;
-- Everything works from there, also for clients with the new schema in front
begin;
insert into coachpro.coachpro_part_1 (client) values (1) returning number > 500 as counted, state;
select state from coachpro.coachpro_clients where id = 1;
select coachpro.coachpro_count(), coachpro.coachpro_client_name(2), (select count(*) from public.everybody);
rollback;
set search_path = coachpro, public;
select count(*) from coachpro_part_2;
reset search_path;
-- And back
select count(*) from public.platform_move_tables('coachpro_*', 'coachpro', 'public');
select public.coachpro_count(), pg_temp.contents('public') = rows as same_rows from document;
-- Refused: what does not exist, what is there already, what is registered by its name, what is an extension's
select * from public.platform_move_tables('nothing_*', 'public', 'coachpro');
select * from public.platform_move_tables('coachpro_*', 'public', 'nowhere');
select * from public.platform_move_tables('coachpro_*', 'public', 'public');
select * from public.platform_move_tables(null, 'public', 'coachpro');
select proapp.protect('public.coachpro_clients');
select * from public.platform_move_tables('coachpro_*', 'public', 'coachpro');
select proapp.unprotect('public.coachpro_clients');
select count(*) > 80 as moved from public.platform_move_tables('coachpro_*', 'public', 'coachpro');

-- 3. The shared tables; what users see and do is in the self test
alter extension proapp_platform update to '1.2.0';
\set ECHO none
\o /dev/null
\i :data
\o
\set ECHO all
create function pg_temp.as_user(number int, role text default 'authenticated') returns void language sql as $$
  select set_config('request.jwt.claims', json_build_object('sub', format('a1000000-0000-4000-8000-%s', lpad(number::text, 12, '0')), 'role', role)::text, true);
  select set_config('role', role, true) $$;
begin;
select pg_temp.as_user(3);
select (select count(*) from public.organizations) as organizations, (select count(*) from public.user_profiles) as profiles, (select count(*) from public.subscriptions) as subscriptions,
  (select count(*) from public.payments) as payments, (select count(*) from public.notifications) as notifications;
explain (costs off) select * from public.notifications;
select count(*) from public.audit_logs;
rollback;
begin;
set local role anon;
select count(*) from public.organizations;
select count(*) from public.user_profiles;
rollback;
begin;
select (select count(*) from public.audit_logs where user_id = 'a1000000-0000-4000-8000-000000000003') as audit, (select count(*) from public.audit_logs) as all_of_it;
delete from auth.users where id = 'a1000000-0000-4000-8000-000000000003';
select (select count(*) from public.audit_logs where user_id is null) as audit, (select count(*) from public.audit_logs) as all_of_it, (select count(*) from public.payments where user_id = 'a1000000-0000-4000-8000-000000000003') as payments;
rollback;

-- 4. A seventh module is one call
select public.platform_add_module('newpro', 'NewPro: what comes next');
select position, name, comment from public.platform_modules where name = 'newpro';
begin;
insert into public.subscriptions (user_id, app, plan) values ('a1000000-0000-4000-8000-000000000060', 'newpro', 'basic') returning app;
update public.user_profiles set has_newpro = true where id = 'a1000000-0000-4000-8000-000000000060' returning has_newpro;
rollback;
\set VERBOSITY terse
insert into public.payments (user_id, app, amount) values ('a1000000-0000-4000-8000-000000000060', 'oldpro', 1);
\set VERBOSITY default
create table newpro.things (id int primary key);
grant select on newpro.things to authenticated;
select severity, check_id, object from proapp.verify('newpro.*') where severity <> 'low';
drop table newpro.things;
select count(*) from proapp.health_check() where item ~ 'newpro';
select public.platform_add_module('newpro');
select public.platform_add_module('New-Pro');
select public.platform_apply_modules();

-- 5. Access, from flags and subscriptions: user 6 has the flag of coachpro, user 9 an active subscription of it, user 1 had a trial of contentpro
begin;
select pg_temp.as_user(6);
select public.platform_has_module('coachpro') as has, public.platform_plan('coachpro') as plan, public.platform_has_module('digipro') as other;
reset role;
update public.subscriptions set status = 'active', plan = 'pro', app = 'coachpro', current_period_end = now() + interval '1 day' where user_id = 'a1000000-0000-4000-8000-000000000009';
select pg_temp.as_user(9);
select public.platform_has_module('coachpro') as has, public.platform_plan('coachpro') as plan;
reset role;
select pg_temp.as_user(1);
select public.platform_has_module('contentpro') as has, public.platform_plan('contentpro') as plan;
reset role;
-- Once a statement, in a policy
create table coachpro.plans (id int primary key, name text);
insert into coachpro.plans select i, 'Plan ' || i from generate_series(1, 100) i;
alter table coachpro.plans enable row level security;
grant select on coachpro.plans to authenticated;
create policy subscribers on coachpro.plans for select to authenticated using ((select public.platform_has_module('coachpro')));
select pg_temp.as_user(6);
select count(*) from coachpro.plans;
explain (costs off) select * from coachpro.plans;
rollback;

-- 6. Sign-up makes the profile; who was there before is backfilled, once
alter extension proapp_platform update to '1.3.0';
begin;
insert into auth.users (id, email, raw_user_meta_data) values ('a9000000-0000-4000-8000-000000000001', 'new@example.org', '{"full_name": "New", "avatar_url": "https://example.org/new.png"}'), ('a9000000-0000-4000-8000-000000000002', null, '{}'),
  ('a9000000-0000-4000-8000-000000000003', 'other@example.org', '{"name": "Other", "picture": "https://example.org/other.png"}');
select email, full_name, photo_url from public.user_profiles where id::text like 'a9%' order by email;
delete from public.user_profiles where full_name in ('New', 'User 7');
select * from public.platform_backfill_profiles();
select * from public.platform_backfill_profiles();
rollback;

-- 7. Trials and periods end, and are announced a week and a day before, once
begin;
delete from public.subscriptions;
insert into public.subscriptions (user_id, app, plan, status, trial_ends_at, current_period_end) values
  ('a1000000-0000-4000-8000-000000000001', 'coachpro', 'pro', 'trial', now() - interval '1 minute', null), ('a1000000-0000-4000-8000-000000000002', 'coachpro', 'pro', 'trial', now() + interval '5 days', null),
  ('a1000000-0000-4000-8000-000000000003', 'coachpro', 'pro', 'trial', now() + interval '20 hours', null), ('a1000000-0000-4000-8000-000000000004', 'coachpro', 'pro', 'active', null, now() - interval '1 day'),
  ('a1000000-0000-4000-8000-000000000005', 'coachpro', 'pro', 'active', null, now() + interval '6 days'), ('a1000000-0000-4000-8000-000000000006', 'coachpro', 'pro', 'active', null, now() + interval '30 days'),
  ('a1000000-0000-4000-8000-000000000007', 'coachpro', 'pro', 'active', null, null), ('a1000000-0000-4000-8000-000000000008', 'coachpro', 'pro', 'cancelled', null, now() - interval '1 day');
select * from public.platform_expire_subscriptions();
select right(user_id::text, 2) as who, status from public.subscriptions order by 1;
select right(user_id::text, 2) as who, type, title from public.notifications where created_at = now() order by 1;
select * from public.platform_expire_subscriptions();
update public.subscriptions set trial_ends_at = now() + interval '20 hours' where user_id = 'a1000000-0000-4000-8000-000000000002';
select * from public.platform_expire_subscriptions();
rollback;
-- The audit: what is old goes into the archive, and both are exported
begin;
create temporary table exported as select line from public.platform_export_audit_logs() line;
select count(*) from exported;
select public.platform_archive_audit_logs('100 years'), public.platform_archive_audit_logs(at_most => 20), public.platform_archive_audit_logs();
select (select count(*) from public.audit_logs where created_at < now() - interval '90 days') as old, (select count(*) from public.audit_logs_archive) as archived;
select count(*) from public.platform_export_audit_logs() line where line not in (select line from exported);
select count(*) from public.platform_export_audit_logs('2025-02-01', '2025-03-01');
rollback;

-- 8. Payments: an event that comes twice is one payment; completed activates, failed notifies
begin;
delete from public.notifications;
select public.platform_record_payment('pi_new', 'a1000000-0000-4000-8000-000000000060', 'digipro', 490, 'pending') is not null as recorded;
select public.platform_record_payment('pi_new', 'a1000000-0000-4000-8000-000000000060', 'digipro', 490, 'failed') = public.platform_record_payment('pi_new', 'a1000000-0000-4000-8000-000000000060', 'digipro', 490, 'failed') as the_same;
select app, type, title, message from public.notifications;
select public.platform_record_payment('pi_new', 'a1000000-0000-4000-8000-000000000060', 'digipro', 490, 'completed', metadata => '{"plan": "pro", "period_end": "2027-01-01T00:00:00Z"}') is not null as recorded;
select plan, status, current_period_end from public.subscriptions where app = 'digipro';
-- out of order: nothing goes back
select public.platform_record_payment('pi_new', 'a1000000-0000-4000-8000-000000000060', 'digipro', 490, 'pending') is not null as recorded;
select status, completed_at is not null as completed from public.payments where stripe_payment_id = 'pi_new';
select public.platform_record_payment('pi_more', 'a1000000-0000-4000-8000-000000000060', 'digipro', 490, 'completed') is not null as recorded;
select plan, current_period_end from public.subscriptions where app = 'digipro';
select count(*) from public.payments where stripe_payment_id like 'pi_new';
savepoint s;
select public.platform_record_payment('pi_new', 'a1000000-0000-4000-8000-000000000060', 'digipro', 1, 'completed');
rollback to s;
\set VERBOSITY terse
select public.platform_record_payment('pi_x', 'a1000000-0000-4000-8000-000000000060', 'digipro', 1, 'lost');
\set VERBOSITY default
rollback to s;
select public.platform_record_payment(null, 'a1000000-0000-4000-8000-000000000060', 'digipro', 1, 'pending');
rollback to s;
select pg_temp.as_user(60);
select public.platform_record_payment('pi_mine', 'a1000000-0000-4000-8000-000000000060', 'digipro', 1, 'completed');
rollback;

-- 9. The audit by one trigger, and by months
begin;
set local request.headers = '{"x-forwarded-for": "198.51.100.7, 10.0.0.1", "user-agent": "Browser 1"}';
select public.platform_audit_table('public.organizations', 'lifepro', 'slug');
select set_config('request.jwt.claims', '{"sub": "a1000000-0000-4000-8000-000000000005"}', true);
update public.organizations set name = 'New' where slug = 'organization-1';
update public.organizations set name = 'New' where slug = 'organization-1';
set local request.headers = 'nonsense';
set local request.jwt.claims = '{"sub": "user_2abc"}';
delete from public.organizations where slug = 'organization-2';
select right(user_id::text, 2) as who, app, action, table_name, record_id, old_data ->> 'name' as was, new_data ->> 'name' as became, ip_address, user_agent from public.audit_logs where app = 'lifepro' order by action desc;
savepoint s;
select public.platform_audit_table('public.organizations', 'nopro');
rollback to s;
select public.platform_audit_table('public.organizations', 'lifepro', 'nothing');
rollback to s;
select public.platform_audit_table('public.audit_logs', 'lifepro');
rollback;
create temporary table audited as select id, md5(a::text) as row from public.audit_logs a;
select public.platform_partition_audit_logs() = (select count(*) from audited) as every_row;
select public.platform_partition_audit_logs();
select count(*) as months, bool_and(c.relrowsecurity) as rls from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'public.audit_logs'::regclass and c.relname <> 'audit_logs_rest';
select count(*) from public.audit_logs a full join audited b on b.id = a.id and b.row = md5(a::text) where a.id is null or b.id is null;
select pg_get_constraintdef(oid) from pg_constraint where conrelid = 'public.audit_logs'::regclass order by conname;
select tableoid::regclass, count(*) from public.audit_logs where created_at >= '2025-03-01' and created_at < '2025-05-01' group by 1 order by 1;
select count(*) from public.audit_logs_rest;
-- A row of a month that has none yet is not lost, and moves when the month comes
begin;
insert into public.audit_logs (app, action, created_at) values ('lifepro', 'later', now() + interval '100 days') returning tableoid::regclass;
select public.platform_ensure_audit_partitions(4) > 0 as made;
select tableoid::regclass <> 'public.audit_logs_rest'::regclass as in_its_month from public.audit_logs where action = 'later';
rollback;
select public.platform_ensure_audit_partitions();
begin;
delete from auth.users where id = 'a1000000-0000-4000-8000-000000000003';
select count(*) from public.audit_logs where user_id is null;
select public.platform_archive_audit_logs() > 400 as archived;
rollback;
select * from proapp.drift('platform');

-- 10. Every rollback keeps its rows, those of the seventh module and of months too
insert into public.payments (user_id, app, amount, created_at) values ('a1000000-0000-4000-8000-000000000060', 'newpro', 7, '2026-01-01');
create temporary table contents as select (select md5(string_agg(p::text, ',' order by id)) from public.payments p) as payments, (select md5(string_agg(a::text, ',' order by id)) from public.audit_logs a) as audit,
  (select md5(string_agg(u::text, ',' order by id)) from public.user_profiles u) as profiles, (select md5(string_agg(n::text, ',' order by id)) from public.notifications n) as notifications;
alter extension proapp_platform update to '1.0.0';
select count(*) from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p');
alter extension proapp_platform update to '1.3.0';
select relkind, (select count(*) from pg_inherits where inhparent = c.oid) as partitions from pg_class c where oid = 'public.audit_logs'::regclass;
select payments = (select md5(string_agg(p::text, ',' order by id)) from public.payments p) as payments, audit = (select md5(string_agg(a::text, ',' order by id)) from public.audit_logs a) as audit,
  profiles = (select md5(string_agg(u::text, ',' order by id)) from public.user_profiles u) as profiles, notifications = (select md5(string_agg(n::text, ',' order by id)) from public.notifications n) as notifications from contents;

-- What it promises is tried; all is there, nothing is wrong, and nobody reaches anybody's rows
select result, count(*) from public.platform_self_test() group by result;
select test, detail from public.platform_self_test() where result <> 'PASS';
select status, count(*) from proapp.health_check() group by status;
select severity, check_id, object from proapp.verify('public.*', '!public.everybody');
select verdict, count(*) > 30 as many, sum(rows_reached) as rows_reached from proapp.prove_isolation('public.*') group by verdict;

-- One owner of public.organizations a database
create extension proapp_momentum;
\c contrib_regression
drop database proapp_platform;
