-- Momentum's sheet, point by point, on its companion and the data of test/fixtures
create database proapp_momentum;
\c proapp_momentum
set client_min_messages = warning;
create extension proapp_dev_env cascade;

-- 1. Three migrations, each with its rollback; what was written stays
create extension proapp_momentum version '1.0.0';
\getenv abs_srcdir PG_ABS_SRCDIR
\set data :abs_srcdir '/test/fixtures/momentum_data.sql'
\set ECHO none
\o /dev/null
\i :data
\o
\set ECHO all
alter extension proapp_momentum update to '1.1.0';
insert into public.zoom_credentials (user_id, access_token, refresh_token, expires_at) select id, 'access', 'refresh', now() from public.profiles order by id limit 3;
alter extension proapp_momentum update to '1.2.0';
select id, public, file_size_limit, allowed_mime_types from storage.buckets order by id;
insert into storage.objects (bucket_id, name) values ('logos', 'a.png'), ('private', 'a1000000-0000-4000-8000-000000000001/a.pdf');
alter extension proapp_momentum update to '1.0.0';
select (select count(*) from storage.buckets) as buckets, (select count(*) from storage.objects) as objects, to_regclass('public.zoom_credentials') as zoom;
select version, kind, relation from proapp.archived order by archived_at, relation;
alter extension proapp_momentum update to '1.2.0';
select (select count(*) from storage.buckets) as buckets, (select count(*) from storage.objects) as objects, (select count(*) from public.zoom_credentials) as zoom;
select version from proapp.migrations where app = 'momentum';

-- 2. Membership without recursion; and the original's policy, direct and through another table, is found
create function pg_temp.as_user(number int) returns void language sql as $$
  select set_config('request.jwt.claims', json_build_object('sub', format('a1000000-0000-4000-8000-%s', lpad(number::text, 12, '0')), 'role', 'authenticated')::text, true) $$;
begin;
select pg_temp.as_user(5);
set local role authenticated;
select name, (select count(*) from public.organization_members) as members from public.organizations;
explain (costs off) select * from public.organization_members;
rollback;
begin;
create policy original on public.organization_members for select to authenticated
  using (organization_id in (select m.organization_id from public.organization_members m where m.user_id = auth.uid()));
select severity, check_id, object from proapp.verify('public.organization_members') where check_id ~ 'recursion';
select pg_temp.as_user(5);
set local role authenticated;
select count(*) from public.organization_members;
rollback;
begin;
create policy one on public.organizations for select to authenticated using (exists (select from public.organization_members m where m.organization_id = id));
create policy two on public.organization_members for select to authenticated using (exists (select from public.organizations o where o.id = organization_id));
select severity, check_id, object from proapp.verify('public.organization*') where check_id ~ 'recursion';
rollback;

-- 3. Roles. Members 5 and 10 own organization 1, 15 and 20 are its admins, 25, 30 and 35 members, 40 views
begin;
select pg_temp.as_user(25);
set local role authenticated;
with c as (update public.organizations set name = 'Mine' returning 1) select count(*) as changed_by_a_member from c;
reset role;
select pg_temp.as_user(15);
set local role authenticated;
with c as (update public.organizations set name = 'Ours' returning 1) select count(*) as changed_by_an_admin from c;
update public.organization_members set role = 'admin' where user_id = 'a1000000-0000-4000-8000-000000000025' returning role;
savepoint s;
update public.organization_members set role = 'owner' where user_id = 'a1000000-0000-4000-8000-000000000015';
rollback to s;
with gone as (delete from public.organization_members where user_id = 'a1000000-0000-4000-8000-000000000015' returning organization_id)
  insert into public.organization_members (user_id, organization_id, role) select 'a1000000-0000-4000-8000-000000000015', organization_id, 'owner' from gone;
rollback to s;
update public.organization_members set role = 'owner' where user_id = 'a1000000-0000-4000-8000-000000000025';
rollback to s;
delete from public.organization_members where user_id = 'a1000000-0000-4000-8000-000000000005';
rollback to s;
update public.organization_members set organization_id = 'a1000000-0000-4000-8000-000000000002';
rollback to s;
reset role;
select pg_temp.as_user(5);
set local role authenticated;
delete from public.organization_members where user_id = 'a1000000-0000-4000-8000-000000000010' returning role;
delete from public.organization_members where user_id = 'a1000000-0000-4000-8000-000000000005';
rollback;

-- 4. One's own profile, deliverables and brand settings; global settings are read by all and written by no ordinary user
begin;
select pg_temp.as_user(5);
set local role authenticated;
select name from public.profiles;
update public.profiles set name = 'Five' returning name;
select count(*), count(distinct user_id) from public.deliverables;
select count(*), count(user_id) as own from public.brand_settings;
with c as (update public.brand_settings set primary_color = '#000000' returning user_id) select user_id from c;
with c as (delete from public.brand_settings returning user_id) select user_id from c;
savepoint s;
update public.profiles set id = 'a1000000-0000-4000-8000-000000000006';
rollback to s;
insert into public.brand_settings (user_id) values (null);
rollback;
begin;
set local role anon;
select count(*) from public.brand_settings;
rollback;

-- 5. Zoom: own rows, never for anon; tokens that expired more than seven days ago go
begin;
update public.zoom_credentials set expires_at = now() - interval '8 days' where user_id = 'a1000000-0000-4000-8000-000000000002';
update public.zoom_credentials set expires_at = now() - interval '6 days' where user_id = 'a1000000-0000-4000-8000-000000000003';
select pg_temp.as_user(2);
set local role authenticated;
select user_id from public.zoom_credentials;
reset role;
select public.cleanup_expired_zoom_tokens();
select user_id from public.zoom_credentials order by 1;
set local role anon;
select access_token from public.zoom_credentials;
rollback;

-- 6. Buckets: anyone reads logos, users upload them; private files below the folder of one's own id
begin;
select pg_temp.as_user(1);
set local role authenticated;
select bucket_id, name from storage.objects order by 1;
insert into storage.objects (bucket_id, name) values ('logos', 'b.png') returning bucket_id;
insert into storage.objects (bucket_id, name) values ('private', 'a1000000-0000-4000-8000-000000000001/b.pdf') returning bucket_id;
savepoint s;
insert into storage.objects (bucket_id, name) values ('private', 'a1000000-0000-4000-8000-000000000002/b.pdf');
rollback to s;
reset role;
set local role anon;
select bucket_id, name from storage.objects order by 1, 2;
rollback;

-- 7. Deleting a user removes their data; an organization with members cannot be deleted
begin;
delete from auth.users where id = 'a1000000-0000-4000-8000-000000000025';
select (select count(*) from public.profiles where id = 'a1000000-0000-4000-8000-000000000025') + (select count(*) from public.deliverables where user_id = 'a1000000-0000-4000-8000-000000000025')
  + (select count(*) from public.organization_members where user_id = 'a1000000-0000-4000-8000-000000000025') + (select count(*) from public.brand_settings where user_id = 'a1000000-0000-4000-8000-000000000025') as left;
savepoint s;
delete from public.organizations where slug = 'organization-1';
rollback to s;
select blocked, relation, row_count, detail from proapp.deletion_plan('public.organizations', '0e000000-0000-4000-8000-000000000001') where blocked;
-- the last owner stays while others need them, and goes alone
delete from auth.users where id = 'a1000000-0000-4000-8000-000000000005';
savepoint s;
delete from auth.users where id = 'a1000000-0000-4000-8000-000000000010';
rollback to s;
delete from public.organization_members where organization_id = '0e000000-0000-4000-8000-000000000001' and role <> 'owner';
delete from auth.users where id = 'a1000000-0000-4000-8000-000000000010';
delete from public.organizations where slug = 'organization-1' returning name;
rollback;

-- 8. From the tables of before, with what was skipped and why; again, nothing is copied twice
begin;
create table public.legacy_users (id text, email text, display_name text, created_at timestamptz);
create table public.legacy_sessions (session_id text, user_id text, client_name text, rendered_html text, created_at timestamptz);
insert into auth.users (id, email) select format('a9000000-0000-4000-8000-%s', lpad(i::text, 12, '0'))::uuid, 'legacy' || i || '@example.org' from generate_series(1, 5) i;
insert into public.legacy_users
  select format('a9000000-0000-4000-8000-%s', lpad(i::text, 12, '0')), case i when 4 then '' when 5 then 'user1@example.org' else 'legacy' || i || '@example.org' end, 'Legacy ' || i, '2024-01-01 00:00+00' from generate_series(1, 6) i;
insert into public.legacy_users values ('42', 'x@example.org', 'no uuid', now()), ('a9000000-0000-4000-8000-000000000004', 'legacy1@example.org', 'doubled', '2024-02-01 00:00+00');
insert into public.legacy_sessions values ('s1', 'a9000000-0000-4000-8000-000000000001', 'Client', '<p>', '2024-01-01 00:00+00'), ('s2', 'a9000000-0000-4000-8000-000000000001', 'Client', null, now()),
  ('s3', 'a9000000-0000-4000-8000-000000000099', 'Client', '<p>', now()), ('s4', 'a9000000-0000-4000-8000-000000000002', ' ', '<p>', now()), ('s1', 'a9000000-0000-4000-8000-000000000002', 'Client', '<b>', now());
select * from public.momentum_migrate_users('public.legacy_users');
select * from public.momentum_migrate_users('public.legacy_users');
select * from public.momentum_migrate_sessions('public.legacy_sessions');
select * from public.momentum_migrate_sessions('public.legacy_sessions');
select id, name, created_at at time zone 'UTC' as created_at from public.profiles where name like 'Legacy%' order by id;
select id, client_name, html from public.deliverables where id like 's%';
rollback;

-- What it promises is tried; all is there, nothing is wrong, and nobody reaches anybody's rows
select result, count(*) from public.momentum_self_test() group by result;
select status, count(*) from proapp.health_check() group by status;
select severity, check_id, object from proapp.verify('public.*', 'storage.*');
select verdict, count(*) > 80 as many, sum(rows_reached) as rows_reached from proapp.prove_isolation('public.*') group by verdict;
begin;
alter table public.profiles disable row level security;
drop policy "Admins can manage members" on public.organization_members;
select category, item, status from proapp.health_check() where status <> 'OK';
select severity, identity, change, attribute from proapp.drift('momentum');
rollback;

-- TrackPay's names are others, and both live here; not where something of its names is there already
create table public.trackpay_users (id int);
create view public.trackpay_requests as select 1 as one;
create extension proapp_trackpay;
drop table public.trackpay_users;
drop view public.trackpay_requests;
create extension proapp_trackpay;
select app, max(version) from proapp.migrations group by app order by app;
-- Their extensions go, and they stay
reset client_min_messages;
drop extension proapp_momentum;
create extension proapp_momentum;
drop extension proapp_schema;
drop extension pgcrypto;
\set VERBOSITY terse
drop extension proapp_trackpay, proapp_schema cascade;
\set VERBOSITY default
select (select count(*) from public.organizations) as organizations, to_regclass('public.trackpay_users') as trackpay;
\c contrib_regression
drop database proapp_momentum;
-- Nothing of it without its environment
create database proapp_momentum;
\c proapp_momentum
set client_min_messages = warning;
\set SHOW_CONTEXT never
create extension proapp_momentum cascade;
create extension proapp_trackpay cascade;
select count(*) from pg_class where relnamespace = 'public'::regnamespace;
\c contrib_regression
drop database proapp_momentum;
