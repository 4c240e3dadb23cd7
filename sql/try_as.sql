-- A case of a self test: a statement as somebody, and whether it did what it should
create database proapp_try_as;
\c proapp_try_as
set client_min_messages = warning;
create extension proapp_dev_env cascade;
create table public.notes (id int primary key, owner text not null, body text);
alter table public.notes enable row level security;
grant select, insert, update on public.notes to authenticated;
create policy own on public.notes using (owner = proapp.auth_id());
insert into public.notes values (1, 'ann', 'Hello'), (2, 'ben', null);
begin;
select t ->> 'test' as test, t ->> 'result' as result, t ->> 'detail' as detail from (values
  ('a value', 'ann', 'authenticated', 'select body from public.notes', 'Hello'),
  ('of somebody else', 'ben', 'authenticated', 'select body from public.notes where id = 1', null),
  ('a boolean', 'ann', 'authenticated', 'select proapp.auth_id() = ''ann''', 'true'),
  ('not what was expected', 'ann', 'authenticated', 'select count(*) from public.notes', '2'),
  ('null instead of something', 'ben', 'authenticated', 'select body from public.notes', 'Hello'),
  ('an error', 'ann', 'authenticated', 'insert into public.notes values (3, ''ben'') returning id', '42501'),
  ('another error than expected', 'ann', 'authenticated', 'select 1 / 0', '42501'),
  ('no rows', 'ann', 'authenticated', 'update public.notes set body = ''Mine''', null),
  ('what it changed', 'ann', 'authenticated', 'select body from public.notes', 'Mine'),
  ('what an error took back', 'ann', 'authenticated', 'with n as (update public.notes set body = ''Gone'' returning id) select 1 / (id - 1) from n', '22012'),
  ('and what is there then', 'ann', 'authenticated', 'select body from public.notes', 'Mine'),
  ('nobody', null, 'anon', 'select proapp.auth_id()', null),
  ('the caller', null, null, 'select count(*) || current_user || current_setting(''request.jwt.claims'') from public.notes', '2postgres'),
  ('a role that there is not', 'ann', 'nobody', 'select 1', '42704'),
  ('a setting', 'ann', 'authenticated', 'select set_config(''try.it'', ''kept'', true)', 'kept'),
  ('for the next', 'ben', 'authenticated', 'select current_setting(''try.it'')', 'kept'),
  ('no statement', null, null, 'nonsense', '42601')) c (test, actor, role, statement, expected), lateral proapp.try_as(c.test, c.actor, c.role, c.statement, c.expected) t;
select current_user, coalesce(current_setting('request.jwt.claims', true), '') as claims;
select proapp.try_as('claims', 'ann', 'authenticated', 'select current_setting(''request.jwt.claims'')::jsonb ->> ''org_id''', '7', '{"org_id": 7}');
rollback;
select proapp.try_as(null, 'ann', 'authenticated', 'select 1', '1');
select proapp.try_as('x', 'ann', 'authenticated', null, '1');
select proapp.try_as('x', 'ann', 'authenticated', 'select 1', '1', null);
\c contrib_regression
drop database proapp_try_as;
