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
-- Each statement asks what its snapshot sees, whenever its plan was made.
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
select state, (select count(*) from proapp_data.hidden_tables) as hidden, (select count(*) from clients) as clients, (select count(*) from visits) as visits, (select count(*) from bills) as bills
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

-- Who sees it all the same, as its owner does, does not delete it beside the deletion that has begun: neither the row nor one that would take it along.
alter table clients no force row level security;
alter table clients owner to current_user;
\set VERBOSITY default
select proapp.start_deletion('clients', '2') as deletion \gset
\set VERBOSITY sqlstate
select * from proapp.delete_safely('clients', '2');
select * from proapp.erase_tenant('clients', '2', 'leaves');
select * from proapp.delete_safely('visits', (select jsonb_build_object('at', at, 'place', place) from visits where client = 2 limit 1));
select proapp.start_deletion('visits', (select jsonb_build_object('at', at, 'place', place) from visits where client = 2 limit 1));
\set VERBOSITY terse
select proapp.cancel_deletion(:'deletion');

-- Triggers see what goes with their row, and nothing that another deletion hides.
create table folders (id int primary key, name text);
create table files (id int primary key, folder int references folders on delete cascade);
create table seen_by_trigger (file int, its_folder text, other_folder text);
grant select, insert, update, delete on folders, files, seen_by_trigger to hiding_deleter;
create function look() returns trigger language plpgsql as $$
begin
  insert into seen_by_trigger values (old.id, (select name from folders where id = old.folder), (select name from folders where id = 2));
  return old;
end $$;
create trigger look before delete on files for each row execute function look();
insert into folders values (1, 'its own'), (2, 'other');
insert into files values (1, 1);
alter table folders enable row level security;
create policy all_rows on folders to hiding_deleter using (true);
select item from proapp.protect('folders') where item ~ 'hidden|visible';
set role hiding_deleter;
select proapp.start_deletion('folders', '2') as other \gset
select proapp.start_deletion('folders', '1') as deletion \gset
select count(*) from folders;
call proapp.run_deletion(:'deletion');
reset role;
table seen_by_trigger;
select proapp.cancel_deletion(:'other');

-- Enums are stored as numbers that a restored database does not have; the names of objects as well, and there is nothing else to know them by.
create type kind as enum ('a', 'b');
create domain small_kind as kind;
create table by_enum (kind kind, small small_kind, id int, primary key (kind, small, id));
create table by_name (name regclass primary key);
create table by_enums (kinds kind[] primary key);
insert into by_enum values ('a', 'b', 1), ('b', 'a', 1);
insert into by_name values ('clients');
insert into by_enums values ('{a,b}');
alter table by_enum enable row level security;
alter table by_name enable row level security;
alter table by_enums enable row level security;
select item from proapp.protect('by_enum') where item ~ 'hidden|visible';
select item from proapp.protect('by_name') where item ~ 'hidden|visible';
select item from proapp.protect('by_enums') where item ~ 'hidden|visible';
select proapp.start_deletion('by_enum', '{"kind": "a", "small": "b", "id": 1}') is not null as started;
select kind, small, proapp.is_being_deleted('by_enum', kind, small, id) from by_enum;
select proapp.start_deletion('by_name', 'clients') is not null as started;
select proapp.cancel_deletion(deletion) from proapp.deletions_running;

-- Another primary key, another policy.
alter table clients drop constraint clients_pkey cascade, add column code text unique default gen_random_uuid(), add primary key (id, code);
select proapp.is_being_deleted('clients', 1);
select item from proapp.protect('clients') where item ~ 'hidden|visible';
select pg_get_expr(polqual, polrelid) from pg_policy where polname = 'proapp_hides_deleted' and polrelid = 'clients'::regclass;
alter policy proapp_hides_deleted on clients using (true);
select item from proapp.protect('clients') where item ~ 'hidden|visible';
select item from proapp.unprotect('clients');
select polname, polrelid::regclass from pg_policy order by 1, 2;

-- Tables of somebody whom the extension does not trust hide nothing, and make no query fail.
alter schema proapp_data owner to hiding_reader;
select proapp.is_being_deleted('clients', 1);
alter schema proapp_data owner to current_user;
\c contrib_regression
drop database proapp_hiding;
drop role hiding_reader, hiding_deleter;
