-- What a deletion in batches is going to delete is hidden from the moment it is started, where the table is protected and has row-level security.
create database proapp_hiding;
\c proapp_hiding
\set SHOW_CONTEXT never
create extension proapp_schema;
create role hiding_reader;
create role hiding_deleter;
create table clients (id int primary key, name text);
-- A key of two columns, of types whose text depends on settings; a partition.
create table visits (at timestamptz, place name, client int references clients on delete cascade, primary key (at, place)) partition by range (at);
create table visits_2026 partition of visits for values from ('2026-01-01') to ('2027-01-01');
create table bills (id numeric primary key, client int references clients on delete cascade);
insert into clients values (1, 'leaves'), (2, 'stays');
insert into visits select timestamptz '2026-03-01 10:00+00' + i * interval '1 day', 'place ' || i % 3, 1 + i % 2 from generate_series(1, 8) i;
insert into bills select i + 0.50, 1 + i % 2 from generate_series(1, 8) i;
grant select, insert, update, delete on clients, visits, visits_2026, bills to hiding_reader, hiding_deleter;

-- Row-level security is what hides. Without it nothing can.
select item from proapp.protect('clients');
alter table clients enable row level security;
alter table visits enable row level security;
create policy all_rows on clients to hiding_reader, hiding_deleter using (true);
create policy all_rows on visits to hiding_reader, hiding_deleter using (true);
select item from proapp.protect('clients');
select item from proapp.protect('clients');
select item from proapp.protect('visits');
select polname, polpermissive, polcmd, pg_get_expr(polqual, polrelid) as using, pg_get_expr(polwithcheck, polrelid) as check from pg_policy where polname like 'proapp%' order by polrelid::regclass::text;

set role hiding_reader;
-- While nothing is being deleted the policy costs nothing: the planner answers it.
explain (costs off) select * from clients;
prepare seen as select (select count(*) from clients) as clients, (select count(*) from visits) as visits, (select count(*) from bills) as bills;
set plan_cache_mode = force_generic_plan;
execute seen;
reset role;

\set VERBOSITY terse
select proapp.start_deletion('clients', '1') as deletion \gset
select replace(note, :'deletion', '…') as note from proapp.deletions_running;
set role hiding_reader;
execute seen;
explain (costs off) select * from clients;
select * from clients;
-- Whatever the session's settings.
set datestyle = 'German'; set timezone = 'Asia/Tokyo';
select count(*) from visits;
reset datestyle; reset timezone;
update clients set name = 'back' where id = 1;
delete from visits where client = 1;
insert into clients values (3, 'new');
update clients set name = 'renamed' where id = 3;
select id, name from clients order by id;
delete from clients where id = 3;
select proapp.is_being_deleted('clients', 1) as of_clients, proapp.is_being_deleted('clients', 2) as of_others, proapp.is_being_deleted('clients', 1::bigint) as of_another_type,
  proapp.is_being_deleted(null, 1) as no_table, proapp.is_being_deleted('clients', null) as no_key, proapp.is_being_deleted(0, 1) as none;
reset role;
-- The owner is above policies, as always; but not where they are forced.
select count(*) from clients;
alter table clients force row level security;
alter table clients owner to hiding_deleter;
alter table visits owner to hiding_deleter;
alter table bills owner to hiding_deleter;
set role hiding_deleter;
select count(*) from clients;
reset role;
-- Who does not see it does not delete it either.
select proapp.grant_admin('hiding_reader');
set role hiding_reader;
select * from proapp.delete_safely('clients', '1');
reset role;
select proapp.cancel_deletion(:'deletion');
select proapp.is_being_deleted('clients', 1);
set role hiding_reader;
execute seen;
explain (costs off) select * from clients;
reset role;

-- To the end, as a role that policies hold for: what it deletes is not hidden from it.
select proapp.grant_admin('hiding_deleter');
set role hiding_deleter;
set client_min_messages = warning;
select proapp.start_deletion('clients', '1') as deletion \gset
select count(*) from clients;
-- Begun is begun, also for who no longer sees it.
select proapp.start_deletion('clients', '1') = :'deletion' as same;
call proapp.run_deletion(:'deletion', 2);
reset role;
select count(*) from proapp_data.hidden_rows;
select state, hidden, (select count(*) from clients) as clients, (select count(*) from visits) as visits, (select count(*) from bills) as bills
  from proapp_data.deletions join proapp_data.deletion_runs using (deletion) where deletion = :'deletion';
select count(*) from proapp.undelete(:'deletion') where action = 'insert';
set role hiding_reader;
execute seen;
reset role;

-- In the transaction that starts it, and taken back.
begin;
select proapp.start_deletion('clients', '2') is not null as started;
set local role hiding_reader;
select count(*) from clients;
rollback;
set role hiding_reader;
select count(*) from clients;
reset role;

-- Another primary key, another policy.
alter table clients drop constraint clients_pkey cascade, add column code text unique default gen_random_uuid(), add primary key (id, code);
select proapp.is_being_deleted('clients', 1);
select item from proapp.protect('clients') where item ~ 'hidden|visible';
select pg_get_expr(polqual, polrelid) from pg_policy where polname = 'proapp_hides_deleted' and polrelid = 'clients'::regclass;
alter policy proapp_hides_deleted on clients using (true);
select item from proapp.protect('clients') where item ~ 'hidden|visible';
select item from proapp.unprotect('clients');
select polname, polrelid::regclass from pg_policy order by 1, 2;
\c contrib_regression
drop database proapp_hiding;
drop role hiding_reader, hiding_deleter;
