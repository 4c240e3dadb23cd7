-- What requests reach by views, functions, grants, roles, storage and publications
create database proapp_verify_reach;
\c proapp_verify_reach
set client_min_messages = warning;
create extension proapp_dev_env cascade;
\getenv source PG_ABS_SRCDIR
\set fixture :source '/test/fixtures/verify.sql'
\i :fixture
\pset format unaligned
\pset tuples_only on

-- A project as it should be: no tables with more than policies need, a private schema, tables with policies.
alter default privileges in schema public revoke truncate, references, trigger on tables from anon, authenticated;
create schema private;
create table public.notes (id uuid primary key default gen_random_uuid(), owner uuid, body text);
alter table public.notes enable row level security;
create policy own on public.notes using (owner = auth.uid());
create table private.rates (id uuid primary key, rate numeric);
create table public.countries (id uuid primary key, name text);

-- Views. Right: one that reads as its caller, one that says itself who sees what, one that reads what is open anyhow, one that nobody reaches.
create view public.notes_of_caller with (security_invoker = true) as select * from public.notes;
create view public.notes_filtered with (security_barrier = true) as select * from public.notes where owner = auth.uid();
create view public.notes_of_caller_too with (security_invoker = 'TRUE') as select * from public.notes;
create view public.all_countries as select name from public.countries;
create view private.all_notes as select * from public.notes;
create view public.closed as select * from public.notes;
revoke all on public.closed from anon, authenticated;
create view public.me with (security_barrier = true) as select email from auth.users where id = auth.uid();
-- Wrong: directly, through another view, in a sub-select, of a private schema, without a barrier; of auth.users.
create view public.all_notes as select id, body from public.notes;
create view public.through_private as select id from private.all_notes;
create view public.counted as select name, (select count(*) from public.notes) from public.countries;
create view public.all_rates as select * from private.rates;
create view public.leaky as select * from public.notes where owner = (select auth.uid());
create view public.by_role as select * from public.notes where auth.role() = 'authenticated';
create view public.people as select id, email from auth.users;
create view public."People, again" as select * from public.people;
create materialized view public.people_kept as select id, email from auth.users;
create materialized view public.notes_kept as select * from public.notes;
create materialized view public.countries_kept as select * from public.countries;
create materialized view private.notes_kept as select * from public.notes;
create foreign data wrapper nothing;
create server far foreign data wrapper nothing;
create foreign table public.far (a int) server far;
create foreign table private.far (a int) server far;
select severity, check_id, object, problem, fix from proapp.verify() where check_id in ('view_bypasses_rls', 'view_without_barrier', 'auth_users_exposed', 'materialized_view_exposed', 'foreign_table_exposed');
begin;
select * from test.fix('{view_bypasses_rls, view_without_barrier, auth_users_exposed, materialized_view_exposed, foreign_table_exposed}');
select severity, check_id, object from proapp.verify() where check_id in ('view_bypasses_rls', 'view_without_barrier', 'auth_users_exposed', 'materialized_view_exposed', 'foreign_table_exposed');
rollback;
-- Forced policies hold for an owner that does not bypass them.
create role proapp_reach_owner;
grant usage, create on schema public to proapp_reach_owner;
alter table public.notes owner to proapp_reach_owner;
alter view public.all_notes owner to proapp_reach_owner;
select object from proapp.verify('public.all_notes') where check_id = 'view_bypasses_rls';
alter table public.notes force row level security;
select object from proapp.verify('public.all_notes') where check_id = 'view_bypasses_rls';

-- Functions. Right: pinned and asking; asking through another; not callable; a trigger's; a body parsed when created; one that reads nothing.
create function public.is_admin() returns boolean language plpgsql stable set search_path = pg_catalog, pg_temp as $$ begin return auth.jwt() ->> 'role' = 'admin'; end $$;
create function public.right_asks() returns bigint language sql stable security definer set search_path = pg_catalog, pg_temp as $$ select count(*) from public.notes where owner = auth.uid() $$;
create function public.right_asks_by_another() returns bigint language plpgsql security definer set search_path = '' as $$ begin if not public.is_admin() then raise 'no'; end if; return (select count(*) from public.notes); end $$;
create function public.right_asks_setting() returns bigint language plpgsql security definer set search_path = '' as $$ begin return (select count(*) from public.notes where owner = current_setting('request.jwt.claim.sub')::uuid); end $$;
create function public.right_atomic() returns bigint language sql security definer begin atomic select count(*) from public.notes where owner = auth.uid(); end;
create function public.right_atomic_by_another() returns bigint language sql security definer begin atomic select public.right_asks_by_another(); end;
create function public.right_closed() returns bigint language plpgsql security definer set search_path = '' as $$ begin return (select count(*) from public.notes); end $$;
revoke execute on function public.right_closed() from public, anon, authenticated;
create function public.right_trigger() returns trigger language plpgsql security definer set search_path = '' as $$ begin return new; end $$;
create function public.right_parsed() returns int language sql return 1;
create function public.right_constant() returns int language sql security definer set search_path = '' as $$ select 1 $$;
create function public.right_dynamic(p_table text, p_value text) returns void language plpgsql security definer set search_path = '' as $$
declare
  v_sql text := 'select ' || quote_literal(p_value);
begin
  perform auth.uid();
  execute v_sql;
  execute format('select %L from public.%I where x = $1 and y like ''%%s''', p_value, p_table) using p_value;
  execute 'select 1 from ' || pg_catalog.quote_ident(p_table) || ' where ' || 1;
  execute format('select * from %s', p_table::regclass);
  -- execute 'select ' || p_value;
  grant execute on function public.is_admin() to authenticated;
end $$;
-- Wrong.
create function public.wrong_path() returns int language plpgsql security definer as $$ begin return 1 where auth.uid() is not null; end $$;
create function public.wrong_trigger() returns trigger language plpgsql security definer as $$ begin return new; end $$;
create function public.wrong_temp_first() returns uuid language sql security definer set search_path = pg_temp, public as $$ select auth.uid() $$;
create function public.wrong_temp() returns uuid language sql security definer set search_path = public, "Odd one" as $$ select auth.uid() $$;
create function public.wrong_temp_odd() returns uuid language sql security definer set search_path = 'a, b', "pg_temp", public as $$ select auth.uid() $$;
create function public.wrong_mutable(a int) returns int language sql as $$ select a $$;
create function public.wrong_check(p_id uuid) returns bigint language plpgsql security definer set search_path = '' as $$ begin /* auth.uid() */ return (select count(*) from public.notes); end $$;
create function public.wrong_check_sql() returns bigint language sql security definer set search_path = '' as $$ select count(*) from public.notes -- auth.uid()
$$;
create function public.wrong_check_atomic() returns bigint language sql security definer begin atomic select count(*) from public.notes; end;
create function public.wrong_check_user() returns bigint language plpgsql security definer set search_path = '' as $$ begin return (select count(*) from public.notes); end $$;
revoke execute on function public.wrong_check_user() from public, anon;
create procedure public."Wrong check"(p_id uuid) language plpgsql security definer set search_path = '' as $$ begin delete from public.notes; end $$;
create function public.wrong_concatenation(p_value text) returns void language plpgsql security definer set search_path = '' as $$ begin perform auth.uid(); execute 'select ' || p_value; end $$;
create function public.wrong_format(p_value text) returns void language plpgsql security definer set search_path = '' as $$ begin perform auth.uid(); execute format('select %I, %s', p_value, p_value); end $$;
create function public.wrong_variable(p_value text) returns void language plpgsql security definer set search_path = '' as $$
declare
  v_sql text;
begin
  perform auth.uid();
  v_sql := 'select 1';
  v_sql := v_sql || ' where a = ''' || p_value || '''';
  execute v_sql;
end $$;
create function public.wrong_argument(p_sql text) returns void language plpgsql security definer set search_path = '' as $$ begin perform auth.uid(); execute p_sql; end $$;
create function public.wrong_leakproof(a int) returns boolean language plpgsql immutable leakproof set search_path = '' as $$ begin raise notice '%', a; return true; end $$;
select severity, check_id, object, problem, fix from proapp.verify('function:public.*') where check_id in ('definer_search_path', 'definer_path_temp', 'definer_dynamic_sql', 'definer_without_caller_check', 'leakproof_function', 'function_search_path_mutable');
begin;
select * from test.fix('{definer_search_path, definer_path_temp, definer_without_caller_check, leakproof_function, function_search_path_mutable}');
select severity, check_id, object, fix from proapp.verify('function:public.*') where check_id like 'definer_%' or check_id in ('leakproof_function', 'function_search_path_mutable');
rollback;

-- Grants, default privileges, roles. Right: public.notes.
select object from proapp.verify('public.notes') where check_id in ('privileges_beyond_rls', 'request_role_owns_table');
create table public.open (id uuid primary key);
alter table public.open enable row level security;
grant truncate, trigger on public.open to authenticated;
create table public.referable (id uuid primary key);
alter table public.referable enable row level security;
grant references (id) on public.referable to public;
create table public.owned (id uuid primary key);
alter table public.owned enable row level security;
create table public.owned_forced (id uuid primary key);
alter table public.owned_forced enable row level security;
alter table public.owned_forced force row level security;
alter table public.open owner to proapp_reach_owner;
create table public.grouped (id uuid primary key);
alter table public.grouped enable row level security;
create schema playground;
grant usage, create on schema playground to public;
create role proapp_reach_strong bypassrls;
create role proapp_reach_between;
create role proapp_reach_group;
grant truncate on public.grouped to proapp_reach_group;
grant proapp_reach_strong to proapp_reach_between;
begin;
grant proapp_reach_between to authenticated;
alter role anon bypassrls;
grant create on schema public to proapp_reach_group;
alter table public.owned owner to proapp_reach_group;
alter table public.owned_forced owner to proapp_reach_group;
revoke create on schema public from proapp_reach_group;
-- A role that inherits nothing has no rights of its groups.
grant proapp_reach_group to authenticated;
select object from proapp.verify() where check_id = 'request_role_owns_table';
revoke proapp_reach_group from authenticated;
alter role authenticated inherit;
grant proapp_reach_group to authenticated;
alter default privileges in schema public grant truncate on tables to anon;
alter default privileges revoke execute on functions from public;
select severity, check_id, object, problem, fix from proapp.verify() where check_id in ('privileges_beyond_rls', 'default_privileges', 'schema_creatable', 'request_role_bypasses_rls', 'request_role_owns_table');
select * from test.fix('{privileges_beyond_rls, default_privileges, schema_creatable, request_role_bypasses_rls, request_role_owns_table}');
select severity, check_id, object, problem, fix from proapp.verify() where check_id in ('privileges_beyond_rls', 'default_privileges', 'schema_creatable', 'request_role_bypasses_rls', 'request_role_owns_table');
rollback;

-- Columns, queues, Realtime
create table public.accounts (id uuid primary key, password_hash text, "API token" text, iban text, shipping text);
create table public.accounts_closed (id uuid primary key, password text);
alter table public.accounts_closed enable row level security;
create table public.accounts_revoked (id uuid primary key, password text);
revoke all on public.accounts_revoked from anon, authenticated;
create table public.pinned (id uuid primary key, pinned_at timestamptz, tokenizer text);
create schema pgmq;
grant usage on schema pgmq to authenticated;
create table pgmq.q_mail (msg_id bigint primary key, message jsonb);
create table pgmq.q_closed (msg_id bigint primary key, message jsonb);
grant select on pgmq.q_mail to authenticated;
alter publication supabase_realtime add table public.notes, public.countries, public.accounts_revoked;
select severity, check_id, object, problem, fix from proapp.verify() where check_id in ('sensitive_columns_exposed', 'queue_exposed', 'realtime_without_rls');
begin;
select * from test.fix('{sensitive_columns_exposed, queue_exposed, realtime_without_rls}');
select severity, check_id, object from proapp.verify() where check_id in ('sensitive_columns_exposed', 'queue_exposed', 'realtime_without_rls');
rollback;

-- Storage
insert into storage.buckets (id, name, public) values ('avatars', 'avatars', true), ('logos', 'logos', true), ('files', 'files', false), ('lost', 'lost', false);
create policy own_files on storage.objects for all to authenticated using (bucket_id = 'files' and owner = auth.uid());
create policy own_logos on storage.objects for select to authenticated using (bucket_id = 'logos' and owner = auth.uid());
create policy "list avatars" on storage.objects for select to public using (bucket_id = 'avatars');
select severity, check_id, object, problem, fix from proapp.verify() where check_id in ('public_bucket_lists', 'bucket_without_policy');
begin;
select * from test.fix('{public_bucket_lists}');
create policy "list logos" on storage.objects for select to authenticated using (bucket_id = any ('{logos,others}'::text[]) and auth.role() = 'authenticated');
select severity, check_id, object, problem, fix from proapp.verify() where check_id in ('public_bucket_lists', 'bucket_without_policy');
rollback;

-- Oracles
create table public.members (id uuid primary key, tenant uuid, email text unique, code int, unique (tenant, code));
alter table public.members enable row level security;
create policy own on public.members using (tenant = auth.uid());
create table public.plans (code text primary key, tenant uuid);
alter table public.plans enable row level security;
create table public.open_plans (code text primary key);
alter table public.members add plan text references public.plans, add open_plan text references public.open_plans, add note uuid references public.notes;
create table public.numbered (id uuid primary key, tenant int, code int, unique (tenant, code), unique (code));
alter table public.numbered enable row level security;
create policy own on public.numbered using (tenant = (auth.jwt() ->> 'tenant')::int);
create table public.read_only (id uuid primary key, email text unique);
alter table public.read_only enable row level security;
create policy reading on public.read_only for select using (true);
select severity, check_id, object, problem, fix from proapp.verify() where check_id in ('unique_key_oracle', 'foreign_key_oracle');

\c contrib_regression
drop database proapp_verify_reach;
drop role proapp_reach_owner, proapp_reach_group, proapp_reach_between, proapp_reach_strong;
