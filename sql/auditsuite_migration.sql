-- The audit suite from its old single-tenant tables: phases, numbers that add up, and back without losing what was written meanwhile
create database proapp_auditsuite_migration;
\c proapp_auditsuite_migration
set client_min_messages = warning;
set timezone = 'UTC';
\set SHOW_CONTEXT never
create extension proapp_dev_env cascade;
create extension proapp_auditsuite;
create function pg_temp.id(kind text, n bigint) returns uuid language sql immutable
  return format('%s000000-0000-4000-8000-%s', kind, lpad(n::text, 12, '0'))::uuid;
create table public.users (id uuid primary key, clerk_id text unique, email text, full_name text, company_name text, created_at timestamptz default now(), updated_at timestamptz default now());
create table public.audits (id uuid primary key default gen_random_uuid(), user_id uuid references public.users, title text not null, description text, status text default 'draft', priority int default 3,
                            completed_at timestamptz, created_at timestamptz default now(), updated_at timestamptz default now());
grant select, insert, update, delete on public.users, public.audits to authenticated, service_role;
insert into public.users (id, clerk_id, email, full_name, company_name, created_at, updated_at)
  select pg_temp.id('0a', n), 'user_2old' || n, 'Old' || n || '@Example.org', 'Old ' || n,
         (array['Müller & Söhne', ' müller  &  söhne', 'Acme, Inc.', 'ACME Inc', null, ''])[n % 6 + 1], timestamptz '2024-01-01 08:00+00' + n * interval '1 day', timestamptz '2024-01-01 08:00+00' from generate_series(1, 20) n;
-- seven of one company; without clerk id, without email, a doubled email
insert into public.users (id, clerk_id, email, full_name, company_name, created_at) values
  (pg_temp.id('0a', 31), null, 'noclerk@example.org', 'No Clerk', 'Acme, Inc.', '2024-03-01 08:00+00'), (pg_temp.id('0a', 32), 'user_2old32', ' ', 'No email', 'Acme, Inc.', '2024-03-01 08:00+00'),
  (pg_temp.id('0a', 33), 'user_2old33', 'old2@example.org', 'Doubled', 'Acme, Inc.', '2024-03-01 08:00+00'), (pg_temp.id('0a', 34), 'user_2old34', 'seat@example.org', 'Seat', 'Acme, Inc.', '2024-03-01 08:00+00'),
  (pg_temp.id('0a', 35), 'user_2old35', 'seat2@example.org', 'Seat 2', 'Acme, Inc.', '2024-03-01 08:00+00'), (pg_temp.id('0a', 36), 'user_2old36', 'seat3@example.org', 'Seat 3', 'Acme, Inc.', '2024-03-01 08:00+00');
insert into public.audits (id, user_id, title, description, status, completed_at, created_at, updated_at)
  select pg_temp.id('0b', n), pg_temp.id('0a', n % 20 + 1), 'Old audit ' || n, 'about ' || n, (array['draft', 'completed', 'unheard of'])[n % 3 + 1], case n % 3 when 1 then timestamptz '2024-06-01 08:00+00' end,
         timestamptz '2024-05-01 08:00+00' + n * interval '1 minute', timestamptz '2024-05-02 08:00+00' from generate_series(1, 60) n;
insert into public.audits (id, user_id, title, created_at) values (pg_temp.id('0b', 71), null, 'Nobody''s', '2024-05-01 08:00+00'), (pg_temp.id('0b', 72), pg_temp.id('0a', 31), 'Of who was not copied', '2024-05-01 08:00+00');

-- Steps in their order only
select maintenance.v1_copy();
select * from maintenance.v1_prepare('public.users', 'public.nothing');
select * from maintenance.v1_prepare();
select maintenance.v1_switch();

-- Copied while the old tables are in use; again, nothing is copied twice
select * from maintenance.v1_copy();
select * from maintenance.v1_copy();
select o.name, o.slug, o.max_users, (select count(*) from tenant.organization_members m where m.organization_id = o.id) as members,
       (select m.email from tenant.organization_members m where m.organization_id = o.id and m.role = 'owner') as owner, (select count(*) from audit.audits a where a.organization_id = o.id) as audits
  from tenant.organizations o order by o.created_at;
select name, goal, status, processing_completed_at, created_at, config -> 'v1' ->> 'priority' as priority, config -> 'v1' ->> 'status' as old_status from audit.audits
 where id in (pg_temp.id('0b', 1), pg_temp.id('0b', 2)) order by 1;
select old_id, outcome from maintenance.v1_users where member_id is null order by 1;
select old_id, outcome from maintenance.v1_audits where audit_id is null order by 1;
-- the mended are taken by the next copy, what has changed changes, what is gone goes
update public.users set clerk_id = 'user_2old31' where id = pg_temp.id('0a', 31);
update public.users set full_name = 'New name' where id = pg_temp.id('0a', 1);
update public.audits set title = 'Changed' where id = pg_temp.id('0b', 1);
update public.audits set user_id = pg_temp.id('0a', 7) where id = pg_temp.id('0b', 3);
delete from public.audits where id = pg_temp.id('0b', 2);
insert into public.audits (id, user_id, title, created_at) values (pg_temp.id('0b', 73), pg_temp.id('0a', 5), 'New', '2024-05-01 08:00+00');
select * from maintenance.v1_copy();
select (select full_name from tenant.organization_members where clerk_id = 'user_2old1') as member, (select name from audit.audits where id = pg_temp.id('0b', 1)) as audit,
       (select m.clerk_id from audit.audits a join tenant.organization_members m on m.id = a.created_by and m.organization_id = a.organization_id where a.config -> 'v1' ->> 'id' = pg_temp.id('0b', 3)::text) as of_another,
       (select count(*) from audit.audits where id = pg_temp.id('0b', 2)) + (select count(*) from audit.audit_keys where id = pg_temp.id('0b', 2)) as gone;

-- Meanwhile no organization can be erased, and the version cannot be taken back once writes are stopped
select * from tenant.erase_organization((select id from tenant.organizations where slug = 'acme-inc'));
insert into public.audits (id, user_id, title, created_at) values (pg_temp.id('0b', 74), pg_temp.id('0a', 6), 'At the last moment', '2024-05-01 08:00+00');
select maintenance.v1_stop_writes();
insert into public.audits (user_id, title) values (pg_temp.id('0a', 6), 'Too late');
update public.users set full_name = 'Too late';
truncate public.users, public.audits;
alter extension proapp_auditsuite update to '1.1.0';
select * from maintenance.v1_final_sync();
select maintenance.v1_switch();
select * from maintenance.v1_copy();

-- Written here after the switch: a new member, a changed one, a new audit, a changed one, one deleted, a new organization
update tenant.organization_members set full_name = 'Changed here' where clerk_id = 'user_2old2';
insert into tenant.organization_members (organization_id, clerk_id, email, full_name) select id, 'user_2new', 'new@example.org', 'New here' from tenant.organizations where slug = 'old4-example-org';
update audit.audits set name = 'Changed here', status = 'completed' where id = pg_temp.id('0b', 10);
insert into audit.audits (id, organization_id, created_by, name) select pg_temp.id('0b', 90), m.organization_id, m.id, 'New here' from tenant.organization_members m where m.clerk_id = 'user_2new';
delete from audit.audits where id = pg_temp.id('0b', 11);
insert into tenant.organizations (id, name, slug) values (pg_temp.id('0c', 1), 'Newcomer', 'newcomer');
insert into tenant.organization_members (organization_id, clerk_id, email, role) values (pg_temp.id('0c', 1), 'user_2newcomer', 'newcomer@example.org', 'owner');
insert into audit.audits (id, organization_id, name) values (pg_temp.id('0b', 91), pg_temp.id('0c', 1), 'Of the newcomer');

-- Going back loses nothing of it
begin;
select * from maintenance.v1_go_back();
select clerk_id, email, full_name, company_name from public.users where clerk_id in ('user_2old2', 'user_2new', 'user_2newcomer') order by 1;
select a.id, u.clerk_id, a.title, a.status, a.priority from public.audits a join public.users u on u.id = a.user_id where a.title like '%here' or a.title like '%newcomer' or a.id = pg_temp.id('0b', 11) order by 1;
insert into public.audits (id, user_id, title, created_at) select pg_temp.id('0b', 92), id, 'Written in the old table again', '2024-05-01 08:00+00' from public.users where clerk_id = 'user_2new' returning title;
-- and forward again, with what was written there meanwhile; the new organization is not copied beside itself
select * from maintenance.v1_prepare();
select * from maintenance.v1_copy();
select o.name, a.name from audit.audits a join tenant.organizations o on o.id = a.organization_id where a.id in (pg_temp.id('0b', 90), pg_temp.id('0b', 91), pg_temp.id('0b', 92)) order by a.id;
rollback;

-- Or on: the maps go, the old tables stay for their owner
select maintenance.v1_clean_up();
select phase from maintenance.v1_migration;
select (select count(*) from maintenance.v1_users) + (select count(*) from maintenance.v1_audits) + (select count(*) from maintenance.v1_organizations) as maps;
select has_table_privilege('authenticated', 'public.audits', 'insert') as may_write, has_table_privilege('authenticated', 'public.audits', 'select') as may_read;
select * from maintenance.v1_go_back();
select * from maintenance.v1_prepare();
select phase, item, outcome, row_count from maintenance.v1_steps where phase = 'final sync' order by id;
select count(*) > 0 as erased from tenant.erase_organization((select id from tenant.organizations where slug = 'acme-inc'));
-- the version goes back and comes again, with what it has kept
alter extension proapp_auditsuite update to '1.1.0';
alter extension proapp_auditsuite update;
select phase, (select count(*) > 0 from maintenance.v1_steps) as steps from maintenance.v1_migration;
select result, count(*) from public.auditsuite_self_test() group by result;
select status, count(*) > 150 as many from proapp.health_check() group by status;
\c contrib_regression
drop database proapp_auditsuite_migration;

-- Old tables with numbers as ids give their own on the way back; and they are dropped where that is said
create database proapp_auditsuite_migration;
\c proapp_auditsuite_migration
set client_min_messages = warning;
create extension proapp_dev_env cascade;
create extension proapp_auditsuite;
create schema old;
create table old.users (id bigint generated by default as identity primary key, clerk_id varchar(50), email text, full_name text, company_name text);
create table old.audits (id serial primary key, user_id bigint references old.users, name text, goal text, tags text[], config jsonb, date_range_start date, date_range_end date);
insert into old.users (clerk_id, email, company_name) values ('user_2a', 'a@example.org', 'A'), ('user_2a', 'a2@example.org', 'A'), ('user_2b', 'b@example.org', '???');
insert into old.audits (user_id, name, goal, tags, config, date_range_start, date_range_end) values (1, 'One', 'growth', '{x,y}', '{"k": 1}', '2024-01-01', '2024-01-31'), (3, ' ', 'fame', null, '[]', '2024-02-01', '2024-01-01'), (2, 'Doubled', null, null, null, null, null);
select item, outcome, row_count from maintenance.v1_prepare('old.users', 'old.audits');
select * from maintenance.v1_copy();
select a.name, a.goal, a.tags, a.config - 'v1' as config, a.date_range_start, a.date_range_end, o.slug from audit.audits a join tenant.organizations o on o.id = a.organization_id order by 1;
select maintenance.v1_stop_writes();
select * from maintenance.v1_final_sync();
select maintenance.v1_switch();
insert into audit.audits (organization_id, created_by, name, goal) select organization_id, id, 'New here', 'launch' from tenant.organization_members where clerk_id = 'user_2a';
begin;
select * from maintenance.v1_go_back();
select id, user_id, name, goal, tags from old.audits order by 1;
rollback;
select maintenance.v1_clean_up(drop_old => true);
select to_regclass('old.users') as users, to_regclass('old.audits') as audits;
\c contrib_regression
drop database proapp_auditsuite_migration;
