-- What verify() finds about policies and row-level security; that it finds nothing where they are right; and that what it proposes works.
create database proapp_verify_row_security;
\c proapp_verify_row_security
\set SHOW_CONTEXT never
\pset format unaligned
set client_min_messages = warning;
create extension proapp_dev_env cascade;

-- The checks that are looked at here, of which other families know nothing.
create schema test;
create view test.family as select check_id from proapp.checks() where check_id in (
  'rls_disabled', 'policies_without_rls', 'partition_open', 'rls_without_policy', 'rls_not_forced', 'restrictive_only', 'update_without_select', 'delete_without_select', 'insert_without_select',
  'policy_always_true', 'true_for_anon', 'negated_membership', 'check_wider_than_using', 'insert_unscoped', 'column_compared_with_itself', 'policy_reads_open_table', 'storage_without_bucket', 'policies_widen',
  'policy_for_public', 'policy_without_condition', 'policy_without_own_column', 'user_writable_claims', 'immutable_reads_session', 'email_as_key', 'session_user_as_key', 'literal_in_policy',
  'setting_raises', 'tenant_setting', 'policy_inert', 'nullable_tenant_column', 'policy_volatile', 'policy_call_per_row', 'policy_helper_per_row', 'policy_in_sub_select', 'policy_column_unindexed',
  'policy_recursion');
select count(*) from test.family;
create function test.rank(severity text) returns int language sql immutable as $$ select array_position(array['critical', 'high', 'medium', 'low'], severity) $$;
create view test.found as select v.severity, v.check_id, v.object, v.problem from proapp.verify() v join test.family using (check_id) order by test.rank(v.severity), v.check_id, v.object;
-- Types what is proposed against a check's findings, and looks again: is it gone, and is nothing worse there than before?
create function test.mend(which text) returns table(object text, fix text, outcome text) language plpgsql as $$
declare
  one record; before text[]; worse text;
begin
  for one in select v.* from proapp.verify() v where v.check_id = which order by v.object loop
    object := one.object; fix := one.fix;
    if one.fix is null then outcome := 'takes a decision'; return next; continue; end if;
    select array_agg(v.check_id || ' ' || v.object) into before from proapp.verify() v;
    execute one.fix;
    select string_agg(v.severity || ' ' || v.check_id || ' ' || v.object, ', ') into worse from proapp.verify() v
      where test.rank(v.severity) < test.rank(one.severity) and v.check_id || ' ' || v.object <> all (before);
    outcome := case when exists (select from proapp.verify() v where v.check_id = which and v.object = one.object and test.rank(v.severity) <= test.rank(one.severity)) then 'still there'
                    when worse is not null then 'worse: ' || worse else 'gone' end;
    return next;
  end loop;
end $$;

-- A schema as it should be, where the user's id in the tables is not the auth id. Nothing is found.
create table people (id uuid primary key, auth_user_id uuid unique);
create table organizations (id uuid primary key, name text not null);
create table members (user_id uuid not null references people, organization_id uuid not null references organizations, role text not null, primary key (user_id, organization_id));
create table notes (id uuid primary key, owner_id uuid not null references people, organization_id uuid not null references organizations, body text, published boolean not null default false);
create index on members (organization_id);
create index on notes (owner_id);
create index on notes (organization_id);
select count(*) from proapp.map_users('app', 'people', 'auth_user_id');
select count(*) from proapp.map_members('staff', 'members', 'user_id', 'organization_id', 'role', 'app');
alter table people enable row level security;
alter table organizations enable row level security;
alter table members enable row level security;
alter table notes enable row level security;
create policy self on people for select to authenticated using (id = proapp.current_user_id('app'));
create policy mine on organizations for select to authenticated using (id = any (proapp.current_organizations('staff')));
create policy renamed on organizations for update to authenticated using (proapp.is_member('staff', id, 'owner', 'admin'));
create policy fellows on members for select to authenticated using (organization_id = any (proapp.current_organizations('staff')));
create policy invited on members for insert to authenticated with check (proapp.is_member('staff', organization_id, 'owner'));
create policy seen on notes for select to authenticated using (organization_id = any (proapp.current_organizations('staff')) or published);
create policy written on notes for insert to authenticated with check (owner_id = proapp.current_user_id('app') and proapp.is_member('staff', organization_id));
create policy changed on notes for update to authenticated using (owner_id = proapp.current_user_id('app'))
  with check (owner_id = proapp.current_user_id('app') and proapp.is_member('staff', organization_id));
create policy published on notes for select to anon using (published);
create policy suspended on notes as restrictive for all to authenticated using (not proapp.is_member('staff', organization_id, 'suspended'));
table test.found;

-- One where the auth id is the user's id, in other words: nothing either.
create table profiles (id uuid primary key references auth.users, name text);
create table todos (id uuid primary key, user_id uuid not null default auth.uid() references auth.users, done boolean not null default false);
create index on todos (user_id);
alter table profiles enable row level security;
alter table todos enable row level security;
create policy own on profiles for all to authenticated using (id = (select auth.uid())) with check ((select auth.uid()) = id);
create policy own on todos for all to authenticated using (user_id = (select auth.uid()));
create policy aal2 on todos as restrictive for all to authenticated using ((select auth.jwt() ->> 'aal') = 'aal2');
table test.found;

-- Row-level security off: written by requests, read by them, of nobody, not reached at all; and with policies that do nothing.
begin;
create table open_notes (id int primary key, user_id uuid);
create table read_notes (id int primary key, user_id uuid);
revoke insert, update, delete, truncate on read_notes from anon, authenticated;
create table countries (code text primary key);
revoke insert, update, delete, truncate on countries from anon, authenticated;
create table inner_notes (id int primary key);
revoke all on inner_notes from anon, authenticated;
create table believed (id int primary key, owner_id uuid not null references people);
create index on believed (owner_id);
create policy own on believed to authenticated using (owner_id = proapp.current_user_id('app'));
table test.found;
select * from test.mend('rls_disabled');
select * from test.mend('policies_without_rls');
select * from test.mend('rls_without_policy');
rollback;

-- Partitions and children by their own names.
begin;
create table events (id int, owner_id uuid not null) partition by range (id);
create table events_1 partition of events for values from (0) to (10);
create table events_2 partition of events for values from (10) to (20);
revoke all on events_2 from anon, authenticated;
create index on events (owner_id);
alter table events enable row level security;
create policy own on events to authenticated using (owner_id = proapp.current_user_id('app'));
table test.found;
select * from test.mend('partition_open');
table test.found;
rollback;

-- An owner who serves requests; and one who does not.
begin;
create role proapp_test_server nologin;
grant authenticated to proapp_test_server;
create table served (id int primary key, owner_id uuid not null);
create index on served (owner_id);
alter table served enable row level security;
create policy own on served to authenticated using (owner_id = proapp.current_user_id('app'));
table test.found;
grant all on schema public to proapp_test_server;
alter table served owner to proapp_test_server;
table test.found;
select * from test.mend('rls_not_forced');
rollback;

-- Policies that a table lacks.
begin;
create table jobs (id int primary key, owner_id uuid not null);
create index on jobs (owner_id);
alter table jobs enable row level security;
create policy cut on jobs as restrictive for select to authenticated using (id > 0);
table test.found;
create policy changed on jobs for update to authenticated using (owner_id = proapp.current_user_id('app'));
create policy gone on jobs for delete to authenticated using (owner_id = proapp.current_user_id('app'));
create policy made on jobs for insert to authenticated with check (owner_id = proapp.current_user_id('app'));
create policy nothing on jobs for select to anon;
table test.found;
savepoint before_mending;
select * from test.mend('update_without_select');
table test.found;
rollback to before_mending;
select * from test.mend('delete_without_select');
rollback to before_mending;
select * from test.mend('insert_without_select');
rollback;

-- True for everybody, in many words; for whoever is signed in; and what only looks like it.
begin;
create table posts (id int primary key, owner_id uuid not null references people, title text, shared boolean default false);
create index on posts (owner_id);
create table tags (name text primary key);
alter table posts enable row level security;
alter table tags enable row level security;
create policy p1 on posts using (true);
create policy p2 on posts for select using (owner_id = owner_id);
create policy p3 on posts for select using (owner_id = proapp.current_user_id('app') or true);
create policy p4 on posts for update using (coalesce(null::boolean, true)) with check (owner_id = proapp.current_user_id('app'));
create policy p5 on posts for insert with check (1 = 1);
create policy p6 on posts for select to authenticated using (auth.uid() is not null);
create policy p7 on posts for select to public using (auth.role() = 'authenticated');
create policy p8 on posts for select using (not (shared and false));
create policy p9 on posts for select using (case when 1 = 1 then true else shared end);
create policy t1 on tags for select using (true);
create policy t2 on tags for select to authenticated using (true);
create policy t3 on tags for delete to authenticated using (true);
create policy t4 on tags for insert to anon with check (true);
create policy p10 on posts for insert to anon with check (true);
create policy narrow on posts for select to authenticated using (owner_id = proapp.current_user_id('app'));
create policy "all" on posts for all to authenticated using (owner_id = proapp.current_user_id('app'));
create policy fine1 on posts for select to anon using (shared);
create policy fine2 on posts for select to authenticated using (title = title and shared);
create policy fine3 on posts for select to authenticated using (coalesce(shared, true));
create policy fine4 on posts as restrictive for select to authenticated using (true);
select * from test.found where check_id = 'policy_always_true';
select * from test.found where check_id = 'policies_widen';
select * from test.mend('policy_always_true');
rollback;

-- Guards the wrong way round.
begin;
create table letters (id int primary key, owner_id uuid not null references people, hidden boolean not null);
create index on letters (owner_id);
alter table letters enable row level security;
create function me() returns uuid language sql stable as $$ select auth.uid() $$;
create function my_id() returns uuid language sql stable as $$ select p.id from public.people p where p.auth_user_id = auth.uid() $$;
create policy g1 on letters for select using (auth.uid() is null or owner_id = auth.uid());
create policy g2 on letters for select using (coalesce(owner_id = proapp.current_user_id('app'), true));
create policy g3 on letters for select using (not (me() is not null and owner_id <> me()));
create policy g4 on letters for select using (my_id() is null or owner_id = my_id());
create policy g5 on letters for select using (hidden = false and (proapp.auth_id() is null or owner_id = auth.uid()));
create policy g6 on letters for select using ((auth.jwt() ->> 'sub') is null or owner_id = auth.uid());
create policy g7 on letters for select using ((owner_id = auth.uid()) is not false);
create policy g11 on letters for select to anon using (auth.uid() is null or hidden);
create policy fine1 on letters for select using (not hidden and not exists (select 1 from members m where m.user_id = auth.uid()));
create policy fine2 on letters for select using ((select count(*) from members m where m.user_id = auth.uid()) is null);
create policy g8 on letters for select to authenticated using (auth.uid() is null or owner_id = auth.uid());
create policy g9 on letters for select using (auth.uid() is not null and owner_id = auth.uid());
create policy g10 on letters for select using (owner_id is not distinct from auth.uid());
select * from test.found where check_id = 'true_for_anon';
select * from test.mend('true_for_anon');
rollback;

-- Everybody else's rows.
begin;
create table offers (id int primary key, owner_id uuid not null references people, organization_id uuid not null);
create index on offers (owner_id);
create index on offers (organization_id);
alter table offers enable row level security;
create policy n1 on offers for select to authenticated using (proapp.current_user_id('app') <> owner_id);
create policy n2 on offers for select to authenticated using (not proapp.is_member('staff', organization_id));
create policy n3 on offers for select to authenticated using (organization_id not in (select m.organization_id from members m where m.user_id = proapp.current_user_id('app')));
create policy n4 on offers for delete to authenticated using (not (organization_id = any (proapp.current_organizations('staff'))) and id > 3);
create policy n5 on offers for update to authenticated using (id = 0 or owner_id is distinct from proapp.current_user_id('app')) with check (owner_id = proapp.current_user_id('app'));
create policy fine1 on offers for select to authenticated using (proapp.is_member('staff', organization_id) and owner_id <> proapp.current_user_id('app'));
create policy fine2 on offers as restrictive for select to authenticated using (owner_id <> proapp.current_user_id('app'));
create policy fine3 on offers for select to authenticated using (not (owner_id <> proapp.current_user_id('app')));
select * from test.found where check_id = 'negated_membership';
select * from test.mend('negated_membership');
rollback;

-- What is written is wider than what is seen.
begin;
create table tasks (id int primary key, owner_id uuid not null, organization_id uuid not null);
create index on tasks (owner_id);
create index on tasks (organization_id);
alter table tasks enable row level security;
create policy w1 on tasks for all to authenticated using (organization_id = any (proapp.current_organizations('staff'))) with check (owner_id = proapp.current_user_id('app'));
create policy w2 on tasks for update to authenticated using (owner_id = proapp.current_user_id('app')) with check (id > 0);
create policy fine1 on tasks for update to authenticated using (owner_id = proapp.current_user_id('app')) with check (id > 0 and owner_id = proapp.current_user_id('app'));
create policy fine2 on tasks for update to authenticated using (organization_id = any (proapp.current_organizations('staff'))) with check (proapp.is_member('staff', organization_id, 'member'));
create policy w3 on tasks for update to authenticated using (owner_id = proapp.current_user_id('app')) with check (true);
create policy fine3 on tasks for update to authenticated using (owner_id = proapp.current_user_id('app'));
select * from test.found where check_id = 'check_wider_than_using';
select * from test.mend('check_wider_than_using');
rollback;

-- Rows that are added for others.
begin;
create table entries (id int primary key, owner_id uuid not null, organization_id uuid not null, body text);
create index on entries (owner_id);
create index on entries (organization_id);
alter table entries enable row level security;
create policy seen on entries for select to authenticated using (organization_id = any (proapp.current_organizations('staff')));
create policy i1 on entries for insert to authenticated with check (body <> '');
create policy i2 on entries for insert to authenticated with check (owner_id = proapp.current_user_id('app'));
create policy fine1 on entries for insert to authenticated with check (owner_id = proapp.current_user_id('app') and proapp.is_member('staff', organization_id));
create policy fine2 on entries for insert to authenticated with check (exists (select 1 from people p where p.id = proapp.current_user_id('app') and p.auth_user_id is not null));
select * from test.found where check_id = 'insert_unscoped';
savepoint unscoped;
select * from test.mend('insert_unscoped');
rollback to unscoped;
create policy shared on entries for select to authenticated using (body = 'shared' and owner_id is not null);
select * from test.found where check_id = 'insert_unscoped';
rollback;

-- Names that are the inner query's, tables that requests write, and all rows or none.
begin;
create table files (id int primary key, organization_id uuid not null);
create index on files (organization_id);
alter table files enable row level security;
create table staff_list (user_id uuid not null primary key);
create policy s1 on files for select to authenticated using (exists (select 1 from members m where m.organization_id = organization_id and m.user_id = proapp.current_user_id('app')));
create policy s2 on files for delete to authenticated using (exists (select 1 from staff_list s where s.user_id = (select auth.uid())));
create policy s3 on files for update to authenticated using (exists (select 1 from organizations));
create policy fine1 on files for select to authenticated using (exists (select 1 from members m where m.organization_id = files.organization_id and m.user_id = proapp.current_user_id('app')));
create policy fine3 on files for select to authenticated using (exists (select 1 from members m where m.organization_id = files.organization_id and m.user_id = proapp.current_user_id('app')
  and exists (select 1 from members n where n.organization_id = m.organization_id and n.user_id <> m.user_id)));
create policy fine4 on files for select to authenticated using (exists (select 1 from files f where f.id <> files.id and f.organization_id = files.organization_id and proapp.is_member('staff', f.organization_id)));
create policy fine2 on files for select to authenticated using (exists (select 1 from members m, members n where m.organization_id = n.organization_id and n.organization_id = files.organization_id and m.user_id = proapp.current_user_id('app')));
select * from test.found where object ~ 'files|staff_list' and check_id not in ('policy_recursion', 'policy_helper_per_row', 'policy_in_sub_select');
select * from test.mend('column_compared_with_itself');
select * from test.mend('policy_reads_open_table');
rollback;

-- Storage.
begin;
insert into storage.buckets (id, name) values ('avatars', 'avatars');
create policy b1 on storage.objects for select to authenticated using ((storage.foldername(name))[1] = (select auth.uid())::text);
create policy b2 on storage.objects for insert to authenticated with check (name like '%.png');
create policy fine on storage.objects for select to authenticated using (bucket_id = 'avatars' and (storage.foldername(name))[1] = (select auth.uid())::text);
table test.found;
select * from test.mend('storage_without_bucket');
table test.found;
rollback;

-- Claims, addresses, roles, names and settings.
begin;
create table things (id int primary key, owner_id uuid not null, email text not null, role_name name not null, organization_id uuid);
create index on things (owner_id);
create index on things (email);
create index on things (role_name);
alter table things enable row level security;
create policy c1 on things for select to authenticated using (organization_id = ((select auth.jwt()) -> 'user_metadata' ->> 'organization')::uuid);
create policy c2 on things for select to authenticated using (exists (select 1 from auth.users u where u.id = (select auth.uid()) and u.raw_user_meta_data ->> 'admin' = 'yes' and owner_id is not null));
create function is_boss() returns boolean language plpgsql stable as $$ begin return (select u.raw_user_meta_data ->> 'boss' = 'yes' from auth.users u where u.id = auth.uid()); end $$;
create policy c14 on things for select to authenticated using (id > 0 and (select is_boss()));
create policy c3 on things for select to authenticated using (email = (select auth.email()));
create policy c4 on things for select to authenticated using (email = (select auth.jwt() ->> 'email'));
create policy c5 on things for select to authenticated using (role_name = current_user);
create policy c6 on things for select to authenticated using (owner_id = (select auth.uid()) or (select auth.uid()) = 'a1000000-0000-4000-8000-000000000001');
create policy c7 on things for select to authenticated using (email = 'boss@example.org');
create policy c8 on things for select to authenticated using (owner_id = (select current_setting('app.user')::uuid));
create policy c9 on things for select to authenticated using (owner_id = (select nullif(current_setting('app.user', true), '')::uuid));
create policy c10 on things for select to authenticated using (role_name = (select current_setting('role', true)));
create policy c11 on things for select to service_role using (true);
create policy c12 on things for delete to anon using (owner_id = proapp.current_user_id('app'));
revoke delete on things from anon;
create policy c13 on things for delete to public using (owner_id = proapp.current_user_id('app'));
create policy fine1 on things for select to authenticated using (organization_id is not null and (select auth.jwt() -> 'app_metadata' ->> 'role') = 'admin');
create policy fine2 on things for select to authenticated using (owner_id = (select nullif(current_setting('request.jwt.claim.sub', true), '')::uuid));
create function frozen_id() returns uuid language sql immutable as $$ select auth.uid() $$;
create function frozen_claim() returns text language plpgsql immutable as $$ begin return current_setting('request.jwt.claims', true); end $$;
create function sum_of(a int, b int) returns int language sql immutable as $$ select a + b $$;
table test.found;
select * from test.mend('user_writable_claims');
select * from test.mend('immutable_reads_session');
select * from test.mend('setting_raises');
select * from test.mend('policy_inert');
select * from test.mend('policy_for_public');
select * from test.mend('nullable_tenant_column');
rollback;

-- What it costs.
begin;
create table rows_ (id int primary key, owner_id uuid not null, organization_id uuid not null, editor_id uuid not null);
alter table rows_ enable row level security;
create function my_organizations() returns uuid[] language sql stable as $$ select array_agg(m.organization_id) from public.members m where m.user_id = proapp.current_user_id('app') $$;
create function may_see(organization uuid) returns boolean language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin return exists (select from public.members m where m.organization_id = organization and m.user_id = auth.uid()); end $$;
create policy q1 on rows_ for select to authenticated using (owner_id = auth.uid() or owner_id = (select auth.uid()));
create policy q2 on rows_ for select to authenticated using (owner_id = (current_setting('request.jwt.claims', true)::json ->> 'sub')::uuid);
create policy q3 on rows_ for select to authenticated using (organization_id = any (my_organizations()));
create policy q4 on rows_ for select to authenticated using (may_see(organization_id));
create policy q5 on rows_ for select to authenticated using (organization_id in (select m.organization_id from members m where m.user_id = proapp.current_user_id('app')));
create policy q6 on rows_ for delete to authenticated using (organization_id in (select m.organization_id from members m where m.user_id = proapp.current_user_id('app') and m.role = 'owner') and id > 0);
create policy q7 on rows_ for select to authenticated using (editor_id = proapp.current_user_id('app') and random() < 2);
create policy fine1 on rows_ for insert to authenticated with check (owner_id = auth.uid());
create policy fine2 on rows_ for select to authenticated using (owner_id = proapp.current_user_id('app') or proapp.is_member('staff', organization_id));
create policy fine3 on rows_ for select to authenticated using (organization_id = any (array(select m.organization_id from members m where m.user_id = proapp.current_user_id('app'))));
table test.found;
select * from test.mend('policy_volatile');
select * from test.mend('policy_call_per_row');
select * from test.mend('policy_in_sub_select');
select * from test.mend('policy_helper_per_row');
select * from test.mend('policy_column_unindexed');
table test.found;
insert into rows_ select i, gen_random_uuid(), gen_random_uuid(), gen_random_uuid() from generate_series(1, 10000) i;
analyze rows_;
table test.found;
rollback;

-- Policies that go round in circles. What PostgreSQL says about them when it is too late:
create function test.reads(as_user text, statement text) returns text language plpgsql as $$
declare
  answer text;
begin
  perform set_config('request.jwt.claims', json_build_object('sub', as_user, 'role', 'authenticated')::text, true);
  set local role authenticated;
  begin
    execute statement into answer;
  exception when others then
    answer := sqlstate || ' ' || sqlerrm;
  end;
  reset role;
  return answer;
end $$;
grant usage on schema test to authenticated;
grant execute on function test.reads(text, text) to authenticated;
insert into people values ('b1000000-0000-4000-8000-000000000001', 'a1000000-0000-4000-8000-000000000001'), ('b2000000-0000-4000-8000-000000000002', 'a2000000-0000-4000-8000-000000000002');
insert into organizations values ('c1000000-0000-4000-8000-000000000001', 'one'), ('c2000000-0000-4000-8000-000000000002', 'two');
insert into members values ('b1000000-0000-4000-8000-000000000001', 'c1000000-0000-4000-8000-000000000001', 'owner'), ('b2000000-0000-4000-8000-000000000002', 'c2000000-0000-4000-8000-000000000002', 'member'),
  ('b2000000-0000-4000-8000-000000000002', 'c1000000-0000-4000-8000-000000000001', 'member');

-- A membership table that asks itself, as Momentum had it: with a membership registered, and with roles that it would not say.
begin;
drop policy fellows on members;
create policy "Members can view org membership" on members for select to authenticated
  using (organization_id in (select m.organization_id from members m where m.user_id = proapp.current_user_id('app')));
create policy "Admins can manage members" on members for all to authenticated
  using (exists (select 1 from members m where m.organization_id = members.organization_id and m.user_id = proapp.current_user_id('app') and m.role in ('owner', 'admin')));
select test.reads('a1000000-0000-4000-8000-000000000001', 'select count(*) from members');
select * from test.found where check_id = 'policy_recursion';
select * from test.mend('policy_recursion');
select test.reads('a1000000-0000-4000-8000-000000000001', 'select count(*) from members'), test.reads('a2000000-0000-4000-8000-000000000002', 'select count(*) from members'),
  test.reads('a1000000-0000-4000-8000-000000000001', 'with d as (delete from members returning 1) select count(*) from d'),
  test.reads('a2000000-0000-4000-8000-000000000002', 'with d as (delete from members returning 1) select count(*) from d');
select * from test.found where test.rank(severity) <= 3;
rollback;

-- Users who are looked up among users, as HumanGlue had it; by the auth id, with nothing registered.
begin;
create table users (id uuid primary key references auth.users, organization_id uuid not null, is_admin boolean not null default false);
create index on users (organization_id);
alter table users enable row level security;
create policy "Users can view users in their organization" on users for select to authenticated using (organization_id = (select u.organization_id from users u where u.id = auth.uid()));
create policy "Org admins can manage users in their org" on users for all to authenticated
  using (organization_id in (select u.organization_id from users u where u.id = auth.uid() and u.is_admin)) with check (organization_id in (select u.organization_id from users u where u.id = auth.uid() and u.is_admin));
insert into auth.users (id) values ('a1000000-0000-4000-8000-000000000001'), ('a2000000-0000-4000-8000-000000000002'), ('a3000000-0000-4000-8000-000000000003');
insert into users values ('a1000000-0000-4000-8000-000000000001', 'c1000000-0000-4000-8000-000000000001', true), ('a2000000-0000-4000-8000-000000000002', 'c1000000-0000-4000-8000-000000000001', false),
  ('a3000000-0000-4000-8000-000000000003', 'c2000000-0000-4000-8000-000000000002', false);
select test.reads('a1000000-0000-4000-8000-000000000001', 'select count(*) from users');
select * from test.found where check_id = 'policy_recursion';
select * from test.mend('policy_recursion');
select test.reads('a1000000-0000-4000-8000-000000000001', 'select count(*) from users'), test.reads('a3000000-0000-4000-8000-000000000003', 'select count(*) from users'),
  test.reads('a2000000-0000-4000-8000-000000000002', 'with d as (update users set is_admin = true returning 1) select count(*) from d'),
  test.reads('a1000000-0000-4000-8000-000000000001', 'with d as (update users set is_admin = true returning 1) select count(*) from d');
select * from test.found where test.rank(severity) <= 2;
rollback;

-- Through each other, and through functions of the invoker in SQL and PL/pgSQL; a definer's function breaks the circle, one whose owner policies hold for does not.
begin;
create table teams (id int primary key, owner_id uuid not null);
create table team_members (team_id int not null, user_id uuid not null, primary key (team_id, user_id));
create index on team_members (user_id);
create index on teams (owner_id);
alter table teams enable row level security;
alter table team_members enable row level security;
create policy t on teams for select to authenticated using (exists (select 1 from team_members m where m.team_id = teams.id and m.user_id = (select auth.uid())));
create policy m on team_members for select to authenticated using (exists (select 1 from teams t where t.id = team_members.team_id and t.owner_id = (select auth.uid())));
select test.reads('a1000000-0000-4000-8000-000000000001', 'select count(*) from teams');
select * from test.found where check_id = 'policy_recursion';
select * from test.mend('policy_recursion');
select test.reads('a1000000-0000-4000-8000-000000000001', 'select count(*) from teams'), test.reads('a1000000-0000-4000-8000-000000000001', 'select count(*) from team_members');
select * from test.found where check_id = 'policy_recursion';
rollback;
begin;
create table rooms (id int primary key, owner_id uuid not null);
create index on rooms (owner_id);
alter table rooms enable row level security;
create function my_rooms() returns int[] language sql stable as $$ select array_agg(r.id) from public.rooms r where r.owner_id = auth.uid() $$;
create function has_room(room int) returns boolean language plpgsql stable as $$ begin return exists (select from public.rooms r where r.id = room and r.owner_id = auth.uid()); end $$;
create policy by_sql on rooms for select to authenticated using (id = any (my_rooms()));
create policy by_plpgsql on rooms for select to authenticated using (has_room(id));
insert into rooms values (1, 'a1000000-0000-4000-8000-000000000001');
set local max_stack_depth = '100kB';
select left(test.reads('a1000000-0000-4000-8000-000000000001', 'select count(*) from rooms'), 30);
reset max_stack_depth;
select * from test.found where check_id = 'policy_recursion';
savepoint recurring;
select * from test.mend('policy_recursion');
select test.reads('a1000000-0000-4000-8000-000000000001', 'select count(*) from rooms'), test.reads('a2000000-0000-4000-8000-000000000002', 'select count(*) from rooms');
rollback to recurring;
alter function my_rooms() security definer;
alter function has_room(int) security definer;
select * from test.found where check_id = 'policy_recursion';
select test.reads('a1000000-0000-4000-8000-000000000001', 'select count(*) from rooms');
create role proapp_test_owner;
grant all on schema public to proapp_test_owner;
alter function my_rooms() owner to proapp_test_owner;
select * from test.found where check_id = 'policy_recursion';
alter policy by_sql on rooms to proapp_test_owner, authenticated;
select * from test.found where check_id = 'policy_recursion';
alter table rooms owner to proapp_test_owner;
select * from test.found where check_id = 'policy_recursion';
rollback;
-- Through views: one that reads as its owner, and the invoker's.
begin;
create table docs (id int primary key, owner_id uuid not null);
create index on docs (owner_id);
alter table docs enable row level security;
create view my_docs as select d.id from docs d where d.owner_id = (select auth.uid());
create policy v on docs for select to authenticated using (id in (select m.id from my_docs m));
select * from test.found where check_id = 'policy_recursion';
select test.reads('a1000000-0000-4000-8000-000000000001', 'select count(*) from docs');
alter view my_docs set (security_invoker = true);
select * from test.found where check_id = 'policy_recursion';
select test.reads('a1000000-0000-4000-8000-000000000001', 'select count(*) from docs');
select outcome from test.mend('policy_recursion');
select test.reads('a1000000-0000-4000-8000-000000000001', 'select count(*) from docs');
rollback;
-- A table that forces policies on its owner too: nothing that its owner could make would read past them.
begin;
create role proapp_test_owner;
grant all on schema public to proapp_test_owner;
create table strict (id int primary key, owner_id uuid not null);
create index on strict (owner_id);
alter table strict enable row level security;
alter table strict force row level security;
alter table strict owner to proapp_test_owner;
create policy "odd ""name""" on strict for select to authenticated using (owner_id in (select s.owner_id from strict s));
select * from test.found where check_id = 'policy_recursion';
select * from test.mend('policy_recursion');
alter table strict no force row level security;
select outcome from test.mend('policy_recursion');
rollback;
-- A policy may read its own table as long as those for select have no sub-select, not even one that reads nothing.
begin;
create table pages (id int primary key, parent_id int, owner_id uuid not null);
create index on pages (owner_id);
alter table pages enable row level security;
create policy r on pages for select to authenticated using (owner_id = auth.uid());
create policy w on pages for update to authenticated using (exists (select 1 from pages p where p.id = pages.parent_id and p.owner_id = (select auth.uid())));
insert into pages values (1, null, 'a1000000-0000-4000-8000-000000000001'), (2, 1, 'a1000000-0000-4000-8000-000000000001');
select * from test.found where check_id = 'policy_recursion';
select test.reads('a1000000-0000-4000-8000-000000000001', 'with u as (update pages set owner_id = owner_id where id = 2 returning 1) select count(*) from u');
-- Which is why a sub-select is not proposed here.
select * from test.mend('policy_call_per_row');
alter policy r on pages using (owner_id = (select auth.uid()));
select * from test.found where check_id = 'policy_recursion';
select test.reads('a1000000-0000-4000-8000-000000000001', 'with u as (update pages set owner_id = owner_id where id = 2 returning 1) select count(*) from u');
select * from test.mend('policy_recursion');
select test.reads('a1000000-0000-4000-8000-000000000001', 'with u as (update pages set owner_id = owner_id where id = 2 returning 1) select count(*) from u');
rollback;

-- Names and literals that look like something else.
begin;
create schema "we ird";
grant usage on schema "we ird" to anon, authenticated;
alter default privileges in schema "we ird" grant all on tables to anon, authenticated;
create table "we ird"."Ta""ble" ("Own er" uuid not null, "a'b" text, id int primary key);
create index on "we ird"."Ta""ble" ("Own er");
alter table "we ird"."Ta""ble" enable row level security;
create policy "p'o""l" on "we ird"."Ta""ble" to authenticated using ("Own er" = auth.uid() and "a'b" <> 'auth.uid() ( IN ( SELECT');
create policy upd on "we ird"."Ta""ble" for update to authenticated using ("Own er" = auth.uid()) with check (true);
create policy cut on "we ird"."Ta""ble" for delete to authenticated using ((("Ta""ble").id > 3) is not null and case when id > 1 then null else id = any (array[1, 2, 3]) end);
table test.found;
select * from test.mend('policy_call_per_row');
select * from test.mend('check_wider_than_using');
create policy self on "we ird"."Ta""ble" to authenticated using ("Own er" in (select x."Own er" from "we ird"."Ta""ble" x where x."a'b" <> '$proapp$'));
select * from test.mend('policy_recursion');
table test.found;
rollback;

-- TrackPay is as it should be; and with the faults that it once had.
drop table notes, members, organizations, people cascade;
drop table todos, profiles cascade;
create extension proapp_trackpay;
table test.found;
begin;
alter table trackpay_users disable row level security;
alter table trackpay_activities disable row level security;
drop policy tp_sessions_select_party on trackpay_sessions;
create policy "Enable read access for all users" on trackpay_sessions for select using (true);
create policy everything on trackpay_payments for all using (true) with check (true);
create policy by_auth_id on trackpay_invites for select using (provider_id = auth.uid());
select * from test.found where test.rank(severity) <= 2;
select * from test.mend('policies_without_rls');
select * from test.mend('policy_always_true');
select * from test.mend('policy_call_per_row');
select * from test.found where test.rank(severity) <= 2;
rollback;

\c contrib_regression
drop database proapp_verify_row_security;
