-- One kind of id compared with another: in policies, defaults, constraints, views, indexes and functions; what is right is not named; fixes that are run.
create database proapp_verify_identity;
\c proapp_verify_identity
set client_min_messages = warning;
create extension proapp_dev_env cascade;

-- Drivers have ids of their own; auth_user_id says who may sign in as one.
create table public.drivers (id uuid primary key default gen_random_uuid(), auth_user_id uuid unique references auth.users (id), name text);
create table public.organizations (id uuid primary key default gen_random_uuid(), name text);
create table public.members (organization_id uuid references public.organizations (id), user_id uuid references auth.users (id), primary key (user_id, organization_id));
create table public.orders (id uuid primary key default gen_random_uuid(), driver_id uuid references public.drivers (id), organization_id uuid references public.organizations (id),
  created_by uuid references auth.users (id) default auth.uid(), deputy_id uuid references public.drivers (id));
create table public.stops (id uuid primary key default gen_random_uuid(), order_id uuid references public.orders (id));
-- Without keys: a driver_id is what others are, an entity_id is nothing certain.
create table public.trail (id bigint generated always as identity primary key, driver_id uuid, entity_type text, entity_id uuid, user_id uuid, note text);
-- The user's id is the auth id.
create table public.profiles (id uuid primary key references auth.users (id), manager_id uuid references public.profiles (id));
-- Keys that the application makes may be anything.
create table public.accounts (id uuid primary key, name text);
create table public.account_notes (id bigint generated always as identity primary key, account_id uuid references public.accounts (id));
do $$ declare t text; begin
  foreach t in array array['drivers', 'organizations', 'members', 'orders', 'stops', 'trail', 'profiles', 'accounts', 'account_notes'] loop
    execute format('alter table public.%I enable row level security', t);
  end loop;
end $$;
create view public.found as
  select severity, check_id, object, problem, fix from proapp.verify() v where check_id in (select c.check_id from proapp.checks() c where c.title ~ 'kind of id') or check_id ~ 'auth_uid_of';
select check_id, severity, title from proapp.checks() where title ~ 'kind of id' or check_id ~ 'auth_uid_of' order by 1;

-- Right: nothing is found
create policy own on public.profiles using (id = auth.uid());
create policy managed on public.profiles using (manager_id = (select auth.uid()) or (id)::text = auth.uid()::text);
create policy own on public.drivers using (auth_user_id = auth.uid());
create policy own on public.orders using (driver_id in (select d.id from public.drivers d where d.auth_user_id = auth.uid()) or created_by = auth.uid());
create policy own on public.stops using (exists (select from public.orders o join public.drivers d on d.id = o.driver_id where o.id = order_id and d.auth_user_id = auth.uid()));
create policy of_organization on public.orders using (organization_id in (select organization_id from public.members where user_id = auth.uid()));
create policy by_claim on public.members using (user_id = (auth.jwt() ->> 'sub')::uuid);
create policy by_setting on public.members using (user_id::text = nullif(current_setting('request.jwt.claim.sub', true), ''));
create policy polymorphic on public.trail using (entity_id = auth.uid() or user_id = auth.uid());
create policy by_union on public.orders using (driver_id in (select auth.uid() union all select d.id from public.drivers d where d.auth_user_id = auth.uid()));
create policy open_key on public.account_notes using (account_id = auth.uid());
create policy open_key on public.accounts using (id = auth.uid());
create view public.right_view as select o.id, d.auth_user_id as who, o.created_by from public.orders o join public.drivers d on d.id = o.driver_id;
create view public.right_join as select v.id from public.right_view v join public.profiles p on p.id = v.who and p.id = v.created_by;
-- Two tables may share a key without saying so
create view public.shared_key as select a.id from public.orders a join public.drivers b on b.id = a.id;
select * from public.found;

-- Policies, before any mapping is registered: the fix registers it
begin;
create policy wrong on public.orders for select using (driver_id = auth.uid());
create policy wrong_self on public.drivers using (id = auth.uid());
create policy "wrong twice" on public.orders for update using ((select auth.uid()) = driver_id or created_by = auth.uid()) with check (deputy_id is not distinct from auth.uid());
create policy lets_through on public.orders as restrictive using (auth.uid() <> driver_id);
create policy lets_through_too on public.orders as restrictive using (not (driver_id = any (array[auth.uid()])));
create policy by_sub_select on public.stops using (order_id in (select o.id from public.orders o where o.driver_id = auth.uid()));
create policy by_claim on public.orders using (driver_id::text = (auth.jwt() ->> 'sub'));
create policy by_setting on public.orders using (driver_id = nullif(current_setting('request.jwt.claim.sub', true), '')::uuid);
create policy by_auth_id on public.orders using (driver_id::text = proapp.auth_id());
create policy of_sibling on public.trail using (driver_id = auth.uid());
create policy of_union on public.trail using (auth.uid() in (select driver_id from public.orders union select id from public.drivers));
create policy of_organization on public.members using (organization_id = auth.uid());
create policy of_columns on public.stops using (exists (select from public.orders o where o.id = order_id and o.driver_id = o.created_by));
\x
select * from public.found order by object collate "C";
\x
-- Run until nothing is left that can be fixed
do $$ declare f text; begin
  for f in select fix from public.found where fix is not null order by object collate "C" loop execute f; end loop;
end $$;
select object, problem, fix from public.found order by object collate "C";
select tablename, policyname, qual, with_check from pg_policies where schemaname = 'public' and policyname ~ 'wrong|lets|by_|of_sibling' order by tablename, policyname collate "C";
rollback;

-- With a mapping and a membership
select count(*) > 0 as mapped from proapp.map_users('drivers', 'public.drivers', 'auth_user_id');
select count(*) > 0 as mapped from proapp.map_members('crew', 'public.members', 'user_id', 'organization_id');
begin;
create policy right_mapping on public.orders using (driver_id = proapp.current_user_id('drivers') or driver_id::text = (select proapp.current_user_key('drivers')) or organization_id = any (proapp.current_organizations('crew')));
select * from public.found;
create policy wrong_organization on public.orders using (organization_id = auth.uid());
create policy wrong_organization_too on public.orders using (organization_id = proapp.current_user_id('drivers'));
create policy wrong_mapped on public.orders using (created_by = proapp.current_user_id('drivers'));
create policy wrong_array on public.orders using (driver_id = any (proapp.current_organizations('crew')));
select object, problem, fix from public.found order by object collate "C";
do $$ declare f text; begin
  for f in select fix from public.found where fix is not null loop execute f; end loop;
end $$;
select object, fix from public.found;
rollback;

-- Defaults, constraints, indexes, views
begin;
alter table public.orders alter column driver_id set default auth.uid();
alter table public.trail alter column driver_id set default (auth.jwt() ->> 'sub')::uuid;
alter table public.orders add is_own boolean generated always as (driver_id = created_by) stored;
alter table public.orders add constraint not_own check (driver_id <> created_by);
create index odd on public.orders ((driver_id = created_by));
create view public.wrong_view as select o.id from public.orders o join auth.users u on u.id = o.driver_id;
alter table public.orders add constraint is_own check (driver_id = auth.uid() or id is null) not valid;
create view public.own_view with (security_invoker = true, security_barrier, check_option = local) as
  select o.id as "the id", o.driver_id = auth.uid() as mine from public.orders o where o.driver_id = auth.uid() and o.created_by is not null;
create materialized view public.wrong_matview as select v.id from public.right_view v join public.drivers d on d.id = v.who;
select severity, check_id, object, problem, fix from public.found order by check_id, object collate "C";
do $$ declare f text; begin
  for f in select fix from public.found where fix is not null loop execute f; end loop;
end $$;
select check_id, object from public.found order by check_id, object collate "C";
select column_default from information_schema.columns where table_schema = 'public' and column_name = 'driver_id' and column_default is not null;
select pg_get_constraintdef(oid) from pg_constraint where conname = 'is_own';
select reloptions, pg_get_viewdef(oid) from pg_class where relname = 'own_view';
rollback;

-- SQL functions: what they give counts as what it is, what they compare and insert is looked at
begin;
create function public.me() returns uuid language sql stable as $$ select auth.uid() $$;
create function public.my_driver() returns uuid language sql stable begin atomic select d.id from public.drivers d where d.auth_user_id = public.me(); end;
create function public.my_driver_too() returns uuid language plpgsql stable as $$ declare v uuid; begin select d.id into v from public.drivers d where d.auth_user_id = public.me(); return v; end $$;
create policy by_function on public.orders using (driver_id = public.my_driver() or driver_id = (select public.my_driver_too()) or created_by = public.me());
select * from public.found;
create policy by_wrong_function on public.orders using (driver_id = public.me());
create policy by_wrong_function on public.profiles using (id = public.my_driver_too());
create function public.wrong_orders() returns setof public.orders language sql stable as $$ select * from public.orders where driver_id = auth.uid() $$;
create function public.wrong_insert() returns void language sql as $$ insert into public.orders (organization_id, driver_id) values (null, auth.uid()) $$;
create function public.wrong_argument(p uuid) returns bigint language sql stable as $$ select count(*) from public.orders o where o.driver_id = p and p = auth.uid() $$;
create function public.right_argument(p uuid) returns bigint language sql stable as $$ select count(*) from public.orders o where o.created_by = p and p = auth.uid() $$;
create function public.is_driver(p uuid) returns boolean language sql stable as $$ select exists (select from public.drivers d where d.id = p and d.name is not null) $$;
create function public.drives(p_order uuid, p_driver uuid) returns boolean language plpgsql stable as $$
begin
  return exists (select from public.orders o where o.id = p_order and o.driver_id = p_driver);
end $$;
create function public.either(p uuid) returns boolean language plpgsql as $$ begin return exists (select from public.drivers d where d.id = p or d.auth_user_id = p); end $$;
create policy by_right_argument on public.drivers using (public.either(auth.uid()) and public.either(id));
create policy by_argument on public.orders using (public.is_driver(auth.uid()));
create policy by_argument on public.stops using (public.drives(order_id, (select auth.uid())));
create policy by_right_argument on public.stops using (public.drives(order_id, proapp.current_user_id('drivers')) and public.is_driver(public.my_driver()));
select object, problem, fix from public.found order by object collate "C";
rollback;

-- PL/pgSQL
begin;
create function public.wrong_guard(p_order uuid) returns void language plpgsql as $$
declare
  v_order public.orders%rowtype;
begin
  select * into v_order from public.orders where id = p_order;
  if auth.uid() <> v_order.driver_id then  -- nobody ever passes
    raise exception 'not yours';
  end if;
end $$;
create function public.wrong_variable() returns void language plpgsql as $$
declare
  v_uid uuid := auth.uid();
begin
  perform 1 from orders o where o.driver_id = v_uid;
end $$;
create function public.wrong_record() returns void language plpgsql as $$
declare
  r record;
begin
  for r in select o.id, o.driver_id as who from public.orders o loop
    if r.who is distinct from auth.uid() then
      return;
    end if;
  end loop;
end $$;
create function public.wrong_insert() returns void language plpgsql as $$
begin
  insert into public.trail (note, driver_id) values ('a', auth.uid());
  update public.orders set driver_id = auth.uid() where created_by = auth.uid();
end $$;
create function public.wrong_argument(p_driver uuid) returns bigint language plpgsql as $$
begin
  if p_driver != (select auth.uid()) then
    raise exception 'not you';
  end if;
  return (select count(*) from public.orders where driver_id = p_driver);
end $$;
create function public.wrong_trigger() returns trigger language plpgsql as $$
begin
  new.driver_id := auth.uid();
  return new;
end $$;
create trigger wrong before insert on public.orders for each row execute function public.wrong_trigger();
-- Right, or not certain
create function public.right_guard(p_order uuid) returns void language plpgsql as $$
declare
  v_order public.orders;
  v_driver public.drivers.id%type;
  v_uid constant uuid := auth.uid();
  v_text text := 'driver_id = auth.uid()';
begin
  select d.id into strict v_driver from public.drivers d where d.auth_user_id = v_uid;
  select o.* into v_order from public.orders o where o.id = p_order /* and o.driver_id = auth.uid() */;
  if v_driver <> v_order.driver_id or v_order.created_by <> v_uid then
    raise exception 'not yours';
  end if;
  execute $q$ select 1 from public.orders where driver_id = auth.uid() $q$;
  insert into public.orders (driver_id, created_by) values (v_driver, v_uid);
  with o as (select id, created_by as driver_id from public.orders) select 1 from o where o.driver_id = auth.uid();
end $$;
create function public.right_trigger() returns trigger language plpgsql as $$
begin
  new.created_by = coalesce(new.created_by, auth.uid());
  if new.created_by = auth.uid() and new.driver_id = proapp.current_user_id('drivers') then return new; end if;
  return old;
end $$;
create trigger right_one before update on public.orders for each row execute function public.right_trigger();
create function public.reused(p uuid) returns void language plpgsql as $$
declare
  v uuid;
begin
  v := auth.uid();
  v := p;
  perform 1 from public.orders o where o.driver_id = v;
end $$;
select object, problem, fix from public.found order by object collate "C";
rollback;

-- The auth id as a key of its own, with no key to auth.users; a guard over several lines
begin;
create table public.people (id uuid primary key default gen_random_uuid(), auth_uid uuid not null unique);
create table public.letters (id bigint generated always as identity primary key, author uuid references public.people (auth_uid), reader_id uuid references public.people (id));
create policy own on public.letters using (author = auth.uid());
create function public.read_letter(p_id bigint) returns text language plpgsql as $$
declare
  v_letter public.letters;
begin
  select l.* into v_letter from public.letters l where l.id = p_id;
  if v_letter.author is distinct from auth.uid() and (
       select p.id
         from public.people p
        where p.auth_uid = auth.uid()) <> v_letter.reader_id and v_letter.reader_id not in (
       select auth.uid()
     ) then
    return null;
  end if;
  return 'dear';
end $$;
select object, problem, fix from public.found;
rollback;

-- A trigger of auth.users that makes the user's row: its id is the auth id, default or not
begin;
create table public.people (id uuid primary key default gen_random_uuid(), email text);
create table public.letters (id bigint generated always as identity primary key, author_id uuid references public.people (id));
create policy own on public.letters using (author_id = auth.uid());
select object, problem, fix from public.found;
create function public.new_user() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  insert into public.people (id, email) values (new.id, new.email);
  return new;
end $$;
create trigger new_user after insert on auth.users for each row execute function public.new_user();
select object, problem, fix from public.found;
rollback;

-- A name that is taken is not registered anew
begin;
create schema crm;
create table crm.drivers (id bigint generated always as identity primary key, "Auth" uuid unique references auth.users (id));
create table crm.visits (id bigint generated always as identity primary key, driver_no bigint references crm.drivers (id));
create policy wrong on crm.visits using (driver_no::text = auth.uid()::text);
select object, problem, fix from public.found;
select fix from public.found \gexec
select mapping, users_table from proapp.user_mappings order by 1;
select object from public.found;
rollback;

-- Partitions, composite keys, self-references and keys in a circle
begin;
create table public.jobs (id bigint generated always as identity, driver_id uuid references public.drivers (id)) partition by hash (driver_id);
create table public.jobs_0 partition of public.jobs for values with (modulus 1, remainder 0);
create policy wrong on public.jobs using (driver_id = auth.uid());
create policy wrong on public.jobs_0 using (driver_id = auth.uid());
create table public.a (id uuid primary key default gen_random_uuid(), b_id uuid);
create table public.b (id uuid primary key references public.a (id));
alter table public.a add foreign key (id) references public.b (id) deferrable initially deferred, add foreign key (b_id) references public.b (id);
create policy circle on public.a using (id = auth.uid() or b_id = auth.uid());
select object, problem, fix from public.found order by object collate "C";
rollback;

-- Ids that are texts
begin;
create table public.people (id bigint generated always as identity primary key, clerk_id text unique, organization_id uuid);
select count(*) > 0 as mapped from proapp.map_members('text', 'public.people', 'clerk_id', 'organization_id');
drop table public.orders, public.stops, public.members, public.profiles, public.drivers cascade;
create policy own on public.people using (clerk_id = auth.uid()::text);
create policy own_too on public.people using (clerk_id = proapp.auth_id());
select severity, check_id, object, problem, fix from public.found order by object collate "C";
select fix from public.found where object ~ 'people' \gexec
select check_id, object from public.found where object ~ 'people';
rollback;

-- A membership without keys: its organizations are no users, and may be those of a table
begin;
create table public.companies (id uuid primary key default gen_random_uuid());
create table public.branches (id uuid primary key default gen_random_uuid(), company uuid references public.companies (id));
create table public.staff (account uuid, company_id uuid, primary key (account, company_id));
create table public.files (id uuid primary key default gen_random_uuid(), company_id uuid, uploaded_by uuid);
select count(*) > 0 as mapped from proapp.map_members('staff', 'public.staff', 'account', 'company_id');
create view public.staff_companies as select c.id from public.companies c join public.staff s on s.company_id = c.id join public.branches b on b.company = s.company_id;
create policy own on public.files using (company_id = any (proapp.current_organizations('staff')) and uploaded_by = auth.uid());
create policy own on public.staff using (account = auth.uid());
select object, problem from public.found;
create policy wrong on public.files using (company_id = auth.uid());
create policy wrong on public.staff using (company_id = auth.uid());
select object, problem, fix from public.found order by object collate "C";
rollback;

-- Without an auth schema
create database proapp_verify_plain;
\c proapp_verify_plain
create extension proapp_schema;
create table public.users (id uuid primary key default gen_random_uuid(), auth_user_id uuid unique);
create table public.notes (id bigint generated always as identity primary key, author_id uuid references public.users (id));
create policy wrong on public.notes using (author_id::text = proapp.auth_id());
create policy by_setting on public.notes using (author_id = (current_setting('request.jwt.claims', true)::jsonb ->> 'sub')::uuid);
create policy own on public.users using (auth_user_id::text = proapp.auth_id());
select object, problem, fix from proapp.verify() where check_id ~ 'identity' order by object collate "C";
\c contrib_regression
drop database proapp_verify_plain;
\c contrib_regression
drop database proapp_verify_identity;

-- TrackPay's fault: the audit table's policy compares with auth.uid()
create database proapp_verify_trackpay;
\c proapp_verify_trackpay
set client_min_messages = warning;
create extension proapp_dev_env cascade;
create extension proapp_trackpay;
\getenv abs_srcdir PG_ABS_SRCDIR
\set data :abs_srcdir '/test/fixtures/trackpay_data.sql'
\set ECHO none
\o /dev/null
\i :data
\o
\set ECHO all
select check_id, object, problem from proapp.verify() where check_id ~ 'identity';
drop policy tp_rel_audit_select_provider on public.trackpay_relationship_audit;
create policy audit_select_by_provider on public.trackpay_relationship_audit for select to authenticated using (provider_id = auth.uid());
insert into public.trackpay_relationship_audit (provider_id, client_id, action)
  values ('b1000000-0000-4000-8000-000000000001', 'b2000000-0000-4000-8000-000000000001', 'deleted');
create function pg_temp.seen() returns bigint language plpgsql as $$
declare
  n bigint;
begin
  perform set_config('request.jwt.claims', '{"sub": "a1000000-0000-4000-8000-000000000001"}', true);
  set local role authenticated;
  select count(*) into n from public.trackpay_relationship_audit where provider_id = 'b1000000-0000-4000-8000-000000000001';
  reset role;
  return n;
end $$;
select pg_temp.seen() as locked_out;
select severity, check_id, object, problem, fix from proapp.verify('public.trackpay_*') where check_id ~ 'identity';
select fix from proapp.verify() where check_id = 'wrong_identity' \gexec
select pg_temp.seen() > 0 as sees_again;
select check_id, object from proapp.verify() where check_id ~ 'identity';
\c contrib_regression
drop database proapp_verify_trackpay;
