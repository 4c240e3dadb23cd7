-- TrackPay's sheet, point by point, on its schema and data (test/fixtures)
create database proapp_trackpay;
\c proapp_trackpay
set client_min_messages = warning;
create extension proapp_dev_env cascade;
\getenv abs_srcdir PG_ABS_SRCDIR
\set schema :abs_srcdir '/test/fixtures/trackpay.sql'
\set data :abs_srcdir '/test/fixtures/trackpay_data.sql'
\set ECHO none
\o /dev/null
\i :schema
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

-- 6. What is expected, by category
select (select count(*) from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' and relrowsecurity) as tables,
       (select count(*) from pg_extension where extname in ('pgcrypto', 'pg_stat_statements')) as extensions,
       (select count(*) from pg_proc where pronamespace = 'public'::regnamespace and proname in ('current_trackpay_user_id', 'delete_client_relationship_safely')) as functions,
       (select count(*) from pg_policies where schemaname = 'public') as policies,
       (select count(*) from pg_indexes where schemaname = 'public') as indexes,
       (select count(*) from pg_constraint where connamespace = 'public'::regnamespace and contype = 'f') as foreign_keys;
select proname, prosecdef as definer, provolatile as volatility, pg_get_function_result(oid) as result, proconfig
  from pg_proc where pronamespace = 'public'::regnamespace and proname in ('current_trackpay_user_id', 'delete_client_relationship_safely') order by 1;
select indexname from pg_indexes where schemaname = 'public' order by 1;

-- 7. Columns that an export once lost
select attrelid::regclass as "table", attname, format_type(atttypid, atttypmod) as type from pg_attribute
 where (attrelid::regclass::text, attname) in (('trackpay_users', 'auth_user_id'), ('trackpay_users', 'display_name'), ('trackpay_users', 'claimed_status'),
       ('trackpay_sessions', 'crew_size'), ('trackpay_sessions', 'person_hours'), ('trackpay_payments', 'session_ids'),
       ('trackpay_invites', 'expires_at'), ('trackpay_invites', 'claimed_at'), ('trackpay_invites', 'claimed_by')) order by attrelid::regclass::text, attnum;

-- 3 to 7 as expectations: what a health check of TrackPay insists on
select count(proapp.expect('table', 'public.trackpay_' || name, '{"rls": true}')), count(proapp.expect('publication member', format('public.trackpay_%s in publication supabase_realtime', name)))
  from unnest('{users,relationships,sessions,payments,requests,activities,invites,relationship_audit}'::text[]) name;
select count(proapp.expect('count', item, expected::jsonb)) from (values ('table:public.trackpay_*', '{"exactly": 8}'), ('policy:public.trackpay_*.tp_*', '{"min": 18}'), ('index:public.trackpay_*', '{"min": 15}'),
  ('foreign key:public.trackpay_*', '{"min": 15}'), ('publication member:public.trackpay_*.supabase_realtime', '{"exactly": 8}'),
  ('function:extensions.*', '{"exactly": 0}')) v (item, expected);
select count(proapp.expect('extension', name)) from unnest('{pgcrypto,pg_stat_statements}'::text[]) name;
select proapp.expect('function', 'public.current_trackpay_user_id()', '{"security": "definer", "volatility": "stable", "returns": "uuid"}'),
  proapp.expect('function', 'public.delete_client_relationship_safely(p_client_id uuid)', '{"security": "definer", "returns": "boolean"}');
select count(proapp.expect('column', 'public.trackpay_' || item, jsonb_build_object('type', type))) from (values ('users.auth_user_id', 'uuid'), ('users.display_name', 'text'), ('users.claimed_status', 'text'),
  ('sessions.crew_size', 'int'), ('sessions.person_hours', 'numeric(10,2)'), ('payments.session_ids', 'uuid[]'), ('invites.expires_at', 'timestamptz'), ('invites.claimed_at', 'timestamptz'),
  ('invites.claimed_by', 'uuid')) v (item, type);
select count(proapp.expect('foreign key', 'public.trackpay_' || item, jsonb_build_object('references', 'public.trackpay_' || target, 'on_delete', rule))) from (values
  ('relationships.client_id', 'users', 'restrict'), ('relationships.provider_id', 'users', 'restrict'), ('sessions.client_id', 'users', 'restrict'), ('sessions.provider_id', 'users', 'restrict'),
  ('payments.client_id', 'users', 'restrict'), ('payments.provider_id', 'users', 'restrict'), ('payments.session_id', 'sessions', 'restrict'), ('requests.client_id', 'users', 'restrict'),
  ('requests.provider_id', 'users', 'restrict'), ('requests.session_id', 'sessions', 'set null'), ('activities.client_id', 'users', 'restrict'), ('activities.provider_id', 'users', 'restrict'),
  ('activities.session_id', 'sessions', 'set null'), ('activities.user_id', 'users', 'cascade'), ('invites.claimed_by', 'users', 'set null'), ('invites.client_id', 'users', 'cascade'),
  ('invites.provider_id', 'users', 'cascade')) v (item, target, rule);
select count(proapp.expect('index', 'public.' || name)) from unnest('{ux_trackpay_users_auth_user,idx_sessions_provider_client_status,idx_requests_provider_client_status,idx_invites_provider_status}'::text[]) name;
select count(proapp.expect('policy', item, '{"permissive": true}')) from unnest('{tp_users_select_self on public.trackpay_users,tp_rel_audit_select_provider on public.trackpay_relationship_audit}'::text[]) item;
select status, count(*) from proapp.health_check() group by status;
begin;
alter table public.trackpay_users disable row level security;
alter table public.trackpay_payments alter session_ids drop default, alter session_ids type text[] using session_ids::text[];
alter table public.trackpay_requests drop constraint trackpay_requests_session_id_fkey, add foreign key (session_id) references public.trackpay_sessions on delete cascade;
alter publication supabase_realtime drop table public.trackpay_invites;
alter function public.delete_client_relationship_safely(uuid) security invoker;
drop policy tp_users_select_self on public.trackpay_users;
drop extension pg_stat_statements;
select category, item, expected, actual, status from proapp.health_check() where status <> 'OK';
select proapp.assert_healthy();
rollback;

\c contrib_regression
drop database proapp_trackpay;
