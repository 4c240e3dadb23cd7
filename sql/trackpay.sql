-- TrackPay's sheet, point by point, on its companion and the data of test/fixtures
create database proapp_trackpay;
\c proapp_trackpay
set client_min_messages = warning;
create extension proapp_dev_env cascade;
create extension proapp_trackpay;
select version from proapp.migrations where app = 'trackpay';
\getenv abs_srcdir PG_ABS_SRCDIR
\set data :abs_srcdir '/test/fixtures/trackpay_data.sql'
\set ECHO none
\o /dev/null
\i :data
\o
\set ECHO all
select relname, (xpath('/row/n/text()', query_to_xml(format('select count(*) as n from %s', oid::regclass), false, true, '')))[1] as row_count
  from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1;

-- 1. Identity: auth.uid() is auth.users.id, every foreign key uses trackpay_users.id
begin;
set local request.jwt.claims = '{"sub": "a1000000-0000-4000-8000-000000000001", "role": "authenticated"}';
set local role authenticated;
select auth.uid(), public.current_trackpay_user_id();
rollback;
-- null when nobody is signed in, when no row maps, and for claims that are none; never an error
set role authenticated;
select public.current_trackpay_user_id();
set request.jwt.claims = '{"sub": "ffffffff-0000-4000-8000-000000000001"}';
select public.current_trackpay_user_id();
set request.jwt.claims = '{"sub": "user_2abc"}';
select public.current_trackpay_user_id();
set request.jwt.claims = '{"sub":';
select public.current_trackpay_user_id();
reset request.jwt.claims;
reset role;
-- a policy that compares with auth.uid() locks everybody out
begin;
create table public.notes (id int primary key, provider_id uuid);
insert into public.notes values (1, 'b1000000-0000-4000-8000-000000000001');
alter table public.notes enable row level security;
create policy by_auth_id on public.notes using (provider_id = auth.uid());
set local request.jwt.claims = '{"sub": "a1000000-0000-4000-8000-000000000001"}';
set local role authenticated;
select count(*) from public.notes;
reset role;
create policy by_mapping on public.notes using (provider_id = proapp.current_user_id('trackpay'));
set local role authenticated;
select count(*) from public.notes;
rollback;

-- 2. Safe deletion. Nobody signed in; a client; blockers; a relationship, twice; somebody else's client
create function pg_temp.as_user(auth_id text) returns void language sql as $$
  select set_config('request.jwt.claims', json_build_object('sub', auth_id, 'role', 'authenticated')::text, true) $$;
set role authenticated;
select public.delete_client_relationship_safely('b2000000-0000-4000-8000-000000000004');
reset role;
begin;
select pg_temp.as_user('a2000000-0000-4000-8000-000000000004');
set local role authenticated;
select public.delete_client_relationship_safely('b2000000-0000-4000-8000-000000000004');
rollback;
begin;
select pg_temp.as_user('a1000000-0000-4000-8000-000000000003');
set local role authenticated;
select public.delete_client_relationship_safely('b2000000-0000-4000-8000-000000000003');
rollback;
begin;
select pg_temp.as_user('a1000000-0000-4000-8000-000000000001');
set local role authenticated;
select public.delete_client_relationship_safely('b2000000-0000-4000-8000-000000000001');
rollback;
begin;
select pg_temp.as_user('a1000000-0000-4000-8000-000000000004');
set local role authenticated;
select public.delete_client_relationship_safely('b2000000-0000-4000-8000-000000000003') as not_ours;
select public.delete_client_relationship_safely('b2000000-0000-4000-8000-000000000004');
select public.delete_client_relationship_safely('b2000000-0000-4000-8000-000000000004') as again;
select client_id, action, metadata ->> 'id' as relationship from public.trackpay_relationship_audit order by created_at desc limit 1;
-- what was paid stays, and nothing new is started
select count(*), count(*) filter (where status = 'paid') as paid from public.trackpay_sessions where client_id = 'b2000000-0000-4000-8000-000000000004';
insert into public.trackpay_sessions (id, provider_id, client_id, start_time, hourly_rate)
  values ('d0000000-0000-4000-8000-000000009999', 'b1000000-0000-4000-8000-000000000004', 'b2000000-0000-4000-8000-000000000004', now(), 50);
rollback;
-- also under an older snapshot, and by one provider alone: protect() names whose it is
begin isolation level repeatable read;
select pg_temp.as_user('a1000000-0000-4000-8000-000000000004');
set local role authenticated;
select public.delete_client_relationship_safely('b2000000-0000-4000-8000-000000000004');
rollback;
select * from proapp.deletion_plan('public.trackpay_relationships', (select id::text from public.trackpay_relationships order by id limit 1));
-- a user's whole plan: what the cascades would take, and what stands in their way
select step, relation, via, action, row_count, blocked from proapp.deletion_plan('public.trackpay_users', 'b1000000-0000-4000-8000-000000000001');
-- one payment covers several sessions: none of them goes from under it
select * from proapp.deletion_plan('public.trackpay_sessions', (select session_ids[1]::text from public.trackpay_payments where cardinality(session_ids) > 1 order by id limit 1)) where action <> 'none';
-- the direct path is closed, and so is TRUNCATE
set role authenticated;
delete from public.trackpay_relationships;
truncate public.trackpay_activities;
reset role;
set role anon;
select public.delete_client_relationship_safely('b2000000-0000-4000-8000-000000000004');
reset role;

-- 3. Foreign keys and their rules
select conrelid::regclass as "table", conname, pg_get_constraintdef(oid) as definition
  from pg_constraint where contype = 'f' and connamespace = 'public'::regnamespace order by conrelid::regclass::text, 2;
-- an array of ids is a reference that no key watches
select count(*) from public.trackpay_payments p, unnest(p.session_ids) id left join public.trackpay_sessions s using (id) where s.id is null;

-- 4. Row level security: policies, and what each of 100 people and a stranger sees: exactly the rows that involve them
select tablename, cmd, policyname from pg_policies where schemaname = 'public' order by 1, 2, 3;
create table public.seen (auth_id uuid, relation text, row_count bigint);
grant insert on public.seen to authenticated;
do $$
declare
  person uuid;
  relation text;
begin
  foreach person in array array(select auth_user_id from public.trackpay_users where auth_user_id is not null order by 1) || 'ffffffff-0000-4000-8000-000000000001'::uuid loop
    perform set_config('request.jwt.claims', json_build_object('sub', person)::text, true);
    set local role authenticated;
    foreach relation in array array['trackpay_users', 'trackpay_relationships', 'trackpay_sessions', 'trackpay_payments', 'trackpay_requests', 'trackpay_activities',
                                    'trackpay_invites', 'trackpay_relationship_audit'] loop
      execute format('insert into public.seen select $1, $2, count(*) from public.%I', relation) using person, relation;
    end loop;
    reset role;
  end loop;
end
$$;
with involved (relation, person) as (
  select 'trackpay_users', id from public.trackpay_users
  union all select 'trackpay_relationships', p from public.trackpay_relationships, unnest(array[provider_id, client_id]) p
  union all select 'trackpay_sessions', p from public.trackpay_sessions, unnest(array[provider_id, client_id]) p
  union all select 'trackpay_payments', p from public.trackpay_payments, unnest(array[provider_id, client_id]) p
  union all select 'trackpay_requests', p from public.trackpay_requests, unnest(array[provider_id, client_id]) p
  union all select 'trackpay_activities', p from public.trackpay_activities, unnest(array[provider_id, client_id]) p
  union all select 'trackpay_invites', p from public.trackpay_invites, unnest(array[provider_id, claimed_by]) p
  union all select 'trackpay_relationship_audit', provider_id from public.trackpay_relationship_audit),
expected as (select relation, auth_user_id, count(*) as row_count from involved join public.trackpay_users on id = person group by 1, 2)
select s.relation, count(*) as people, count(*) filter (where s.row_count > 0) as who_see_some, sum(s.row_count) as seen,
       count(*) filter (where s.row_count <> coalesce(e.row_count, 0)) as wrong
  from public.seen s left join expected e on e.relation = s.relation and e.auth_user_id = s.auth_id group by 1 order by 1;
drop table public.seen;
-- providers write their own rows
begin;
select pg_temp.as_user('a1000000-0000-4000-8000-000000000001');
set local role authenticated;
insert into public.trackpay_sessions (provider_id, client_id, start_time, hourly_rate) values
  ('b1000000-0000-4000-8000-000000000001', 'b2000000-0000-4000-8000-000000000001', now(), 45) returning status, crew_size;
with changed as (update public.trackpay_sessions set notes = 'seen' returning provider_id) select provider_id, count(*) from changed group by 1;
savepoint s;
insert into public.trackpay_sessions (provider_id, client_id, start_time, hourly_rate) values
  ('b1000000-0000-4000-8000-000000000002', 'b2000000-0000-4000-8000-000000000002', now(), 45);
rollback to s;
update public.trackpay_sessions set provider_id = 'b1000000-0000-4000-8000-000000000002', status = 'paid' where id = 'd0000000-0000-4000-8000-000000000001';
rollback;
-- clients read, and write nothing of it; people edit their profile, not who they are
begin;
select pg_temp.as_user('a2000000-0000-4000-8000-000000000001');
set local role authenticated;
with changed as (update public.trackpay_sessions set notes = 'mine' returning 1) select count(*) from changed;
with changed as (update public.trackpay_users set display_name = 'Me' returning email) select * from changed;
savepoint s;
update public.trackpay_users set role = 'provider';
rollback to s;
update public.trackpay_users set auth_user_id = 'a1000000-0000-4000-8000-000000000001';
rollback;
-- nobody signed in sees nothing
set role anon;
select count(*) from public.trackpay_sessions;
reset role;

-- 5. Realtime
select tablename from pg_publication_tables where pubname = 'supabase_realtime' order by 1;

-- 6. What is expected, by category, against the actual
select category, count(*), count(*) filter (where status = 'OK') as ok from proapp.health_check() group by category order by category;
select item, expected, actual, status from proapp.health_check() where category = 'count' order by item;
select proname, prosecdef as definer, provolatile as volatility, pg_get_function_result(oid) as result, proconfig
  from pg_proc where pronamespace = 'public'::regnamespace and proname in ('current_trackpay_user_id', 'delete_client_relationship_safely') order by 1;
select indexname from pg_indexes where schemaname = 'public' order by 1;
-- a baseline, to which data makes no difference, and a weekly comparison where pg_cron is
select category, expected_count, status from proapp.drift_summary('trackpay');
-- a health check that raises with the list of what is missing
begin;
alter table public.trackpay_users disable row level security;
alter table public.trackpay_sessions alter crew_size type bigint;
alter table public.trackpay_requests drop constraint trackpay_requests_session_id_fkey, add foreign key (session_id) references public.trackpay_sessions on delete cascade;
alter publication supabase_realtime drop table public.trackpay_invites;
alter function public.delete_client_relationship_safely(uuid) security invoker;
drop policy tp_users_select_self on public.trackpay_users;
drop extension pg_stat_statements;
select category, item, expected, actual, status from proapp.health_check() where status <> 'OK';
select severity, kind, identity, change, attribute from proapp.drift('trackpay');
select proapp.assert_healthy();
rollback;
select proapp.assert_healthy();

-- 7. Columns that an export once lost
select attrelid::regclass as "table", attname, format_type(atttypid, atttypmod) as type from pg_attribute
 where (attrelid::regclass::text, attname) in (('trackpay_users', 'auth_user_id'), ('trackpay_users', 'display_name'), ('trackpay_users', 'claimed_status'),
       ('trackpay_sessions', 'crew_size'), ('trackpay_sessions', 'person_hours'), ('trackpay_payments', 'session_ids'),
       ('trackpay_invites', 'expires_at'), ('trackpay_invites', 'claimed_at'), ('trackpay_invites', 'claimed_by')) order by attrelid::regclass::text, attnum;
select item, status from proapp.health_check() where category = 'column' order by item;

-- What it promises is tried; nothing is wrong, and nobody reaches anybody's rows
select * from public.trackpay_self_test();
select severity, check_id, object from proapp.verify('public.*');
select verdict, count(*) > 100 as many, sum(rows_reached) as rows_reached from proapp.prove_isolation('public.*') group by verdict;
-- a payment or a request for sessions of others, a session with somebody else's client, an invite in somebody's name: not even by a provider
begin;
select pg_temp.as_user('a1000000-0000-4000-8000-000000000001');
set local role authenticated;
savepoint s;
insert into public.trackpay_payments (provider_id, client_id, session_ids, amount) values ('b1000000-0000-4000-8000-000000000001', 'b2000000-0000-4000-8000-000000000001', '{d0000000-0000-4000-8000-000000000002}', 1);
rollback to s;
insert into public.trackpay_requests (provider_id, client_id, session_id, amount, status) values ('b1000000-0000-4000-8000-000000000001', 'b2000000-0000-4000-8000-000000000001', 'd0000000-0000-4000-8000-000000000002', 1, 'paid');
rollback to s;
insert into public.trackpay_sessions (provider_id, client_id, start_time, hourly_rate, status) values ('b1000000-0000-4000-8000-000000000001', 'b2000000-0000-4000-8000-000000000002', now(), 1, 'paid');
rollback to s;
insert into public.trackpay_invites (provider_id, client_name, invite_code, expires_at, claimed_by) values ('b1000000-0000-4000-8000-000000000001', 'Somebody', 'code', now(), 'b2000000-0000-4000-8000-000000000002');
rollback to s;
insert into public.trackpay_payments (provider_id, client_id, session_ids, amount)
  select provider_id, client_id, array[id], 1 from public.trackpay_sessions where client_id = 'b2000000-0000-4000-8000-000000000001' limit 1 returning cardinality(session_ids);
rollback;

\c contrib_regression
drop database proapp_trackpay;
