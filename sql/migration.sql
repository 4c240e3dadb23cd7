-- migrate_up: scripts as migrations
create database proapp_migration template template0 encoding 'UTF8' lc_collate 'C' lc_ctype 'C';
\c proapp_migration
set client_min_messages = warning;
create extension proapp_schema;
select * from proapp.migrations;

-- a script runs once; what it sets goes back
select proapp.migrate_up('demo', '1.0.0', $$
-- comments, /* nested /* ones */ too */ and several statements on a line
create schema demo; create table demo.t (a int primary key);
insert into demo.t values (1);
select * from demo.t;
do $do$ begin execute 'create view demo.v as select a from demo.t'; end $do$;
set work_mem = '7MB';
set local search_path = demo;
set role pg_monitor
$$);
select current_user = session_user as same_user, current_setting('work_mem') <> '7MB' as same_work_mem, current_setting('search_path') as search_path;
select app, version, length(checksum), applied_by = session_user as by_me, applied_at <= clock_timestamp() as by_now from proapp.migrations;
select proapp.migrate_up('demo', '1.0.1', 'select 1');
select proapp.migrate_up('demo', '1.0.1', 'select 1');
select a from demo.v;

-- a released script never changes
\set VERBOSITY sqlstate
select proapp.migrate_up('demo', '1.0.1', 'select 2');
\set VERBOSITY terse
select proapp.migrate_up('demo', '1.0.1', 'select 2');
\set VERBOSITY default

-- an error says where, and undoes all
select proapp.migrate_up('demo', '1.1.0', $$create table demo.u (a int);

/* on line 3 */ create table demo.w (a nonsense);$$);
-- a syntax error in the line that has it, in characters
select proapp.migrate_up('demo', '1.1.0', $$create table demo.u (a int);
  comment on table demo.u is 'schön'; creat table demo.w ();
$$);
select proapp.migrate_up('demo', '1.1.0', 'create table demo.u (a int); select 1 / 0');
-- bodies are checked, also when an extension's script asks
select proapp.migrate_up('demo', '1.1.0', $$create function demo.bad() returns int language sql as 'select nothing'$$);
select to_regclass('demo.u'), (select count(*) from proapp.migrations) as applied;

-- what cannot be part of a migration
select proapp.migrate_up('demo', '1.1.0', 'select 1; commit');
select proapp.migrate_up('demo', '1.1.0', 'copy demo.t from stdin');
select proapp.migrate_up('demo', '1.1.0', 'create database nowhere');
select proapp.migrate_up('demo', '', 'select 1');
select proapp.migrate_up(null, '1.1.0', 'select 1');
select proapp.migrate_up('demo', '1.1.0', null);
-- names that are taken: all of them, before anything is made
create table demo.organizations (id int);
create view demo.members as select 1 as id;
create type demo.role as enum ('owner');
create function demo.me() returns int language sql return 1;
\set VERBOSITY default
select proapp.migrate_up('other', '1.0.0', $$create schema other; create table other.fine (a int); create table demo.fine (a int); create table demo.organizations (id int); create view demo.members as select 2 as id;
create type demo.role as enum ('admin'); create domain demo.role as int; create function demo.me() returns int language sql return 2; create function demo.me(int) returns int language sql return 2;
create sequence demo.organizations; create materialized view demo.members as select 1; create schema demo; create table nowhere.t (a int)$$);
select to_regnamespace('other'), to_regclass('demo.fine'), (select count(*) from proapp.migrations where app = 'other') as applied;
\set VERBOSITY terse
-- what makes room first, and what asks for it, is no conflict
begin;
select proapp.migrate_up('other', '1.0.0', 'drop view demo.members; create view demo.members as select 2 as id; create table if not exists demo.organizations (id int); create or replace function demo.me() returns int language sql return 2');
rollback;
\set VERBOSITY default
-- nothing to do is done too
select proapp.migrate_up('demo', '1.0.2', '-- nothing');

-- names mean pg_catalog's, whatever the caller's search_path
create schema trap;
create function trap.length(text) returns int language sql return -1;
set search_path = trap, pg_catalog;
select proapp.migrate_up('demo', '1.0.3', $$create table demo.lengths as select length('abc')$$);
reset search_path;
table demo.lengths;

-- CREATE OR REPLACE and IF NOT EXISTS take nothing that somebody else prepared (CVE-2022-2625)
create role proapp_migration_mallory;
grant usage, create on schema demo to proapp_migration_mallory;
do $$ begin execute format('grant create on database %I to proapp_migration_mallory', current_database()); end $$;
create table demo.mine (a int);
set role proapp_migration_mallory;
create table demo.p (a int);
create index p_index on demo.p (a);
create statistics demo.p_statistics on (a * 2) from demo.p;
create function demo.f(a int, out b text) language sql as $$select 'prepared'$$;
create view demo.pv as select 1 as a;
create materialized view demo.pm as select 1 as a;
create sequence demo.s;
create aggregate demo.sum(int) (sfunc = int4pl, stype = int);
create collation demo.c from "C";
create schema hers;
create extension hstore schema hers;
reset role;
\set VERBOSITY terse
select proapp.migrate_up('demo', '2', 'create table if not exists demo.p (a int)');
select proapp.migrate_up('demo', '2', 'create table if not exists demo.p as select 1 as a');
select proapp.migrate_up('demo', '2', 'create index if not exists p_index on demo.mine (a)');
select proapp.migrate_up('demo', '2', 'create statistics if not exists demo.p_statistics on (a * 2) from demo.mine');
select proapp.migrate_up('demo', '2', $$create or replace function demo.f(a int, out b text) language sql as 'select null::text'$$);
select proapp.migrate_up('demo', '2', 'create or replace view demo.pv as select 2 as a');
select proapp.migrate_up('demo', '2', 'create materialized view if not exists demo.pm as select 1 as a');
select proapp.migrate_up('demo', '2', 'create sequence if not exists demo.s');
select proapp.migrate_up('demo', '2', 'create or replace aggregate demo.sum(int) (sfunc = int4pl, stype = int)');
select proapp.migrate_up('demo', '2', 'create or replace aggregate demo.sum(basetype = int, sfunc = int4pl, stype = int)');
select proapp.migrate_up('demo', '2', 'create collation if not exists demo.c from "C"');
select proapp.migrate_up('demo', '2', 'create schema if not exists hers');
select proapp.migrate_up('demo', '2', 'create extension if not exists hstore');
-- also where the statement hides
select proapp.migrate_up('demo', '2', $$do 'begin execute ''create table if not exists demo.p (a int)''; end'$$);
\set VERBOSITY default
create role proapp_migration_admin superuser;
set role proapp_migration_admin;
select proapp.migrate_up('demo', '2', 'create table if not exists demo.p (a int)');
reset role;
-- one's own, new ones, and another signature are no matter
select proapp.migrate_up('demo', '2', $$
create table if not exists demo.mine (a int);
create index if not exists mine_index on demo.mine (a);
create or replace function demo.f(text) returns int language sql return 1;
create or replace view demo.v as select a, a as b from demo.t;
create schema if not exists hers authorization proapp_migration_mallory
$$);
-- so is what stands on a table that the script itself gave away
select proapp.migrate_up('demo', '3', $$
create table demo.given (a int);
alter table demo.given owner to proapp_migration_mallory;
create index if not exists given_index on demo.given (a);
create index if not exists given_index on demo.given (a);
create function demo.trigger() returns trigger language plpgsql as 'begin return new; end';
create or replace trigger given_trigger before insert on demo.given for each row execute function demo.trigger();
create or replace trigger given_trigger before insert on demo.given for each row execute function demo.trigger();
create or replace rule given_rule as on update to demo.given do nothing;
create or replace rule given_rule as on update to demo.given do nothing
$$);
-- and outside of migrations the guard sleeps, also after one failed
create table if not exists demo.p (a int);
begin;
savepoint s;
select proapp.migrate_up('demo', '4', 'select 1 / 0');
rollback to s;
create table if not exists demo.p (a int);
commit;

-- only roles that were given it may migrate
set role proapp_migration_mallory;
select proapp.migrate_up('evil', '1', 'select 1');
select * from proapp.migrations;
reset role;
-- a table of ours that somebody else prepared is not trusted
\c contrib_regression
drop database proapp_migration;
create database proapp_migration;
\c proapp_migration
set client_min_messages = warning;
create schema proapp_data authorization proapp_migration_mallory;
create extension proapp_schema;
\set VERBOSITY terse
select proapp.migrate_up('demo', '1', 'select 1');
\set VERBOSITY default
drop schema proapp_data;

-- while restoring nothing runs and nothing is written: as said, or as the preamble of pg_dump shows
set proapp.restoring = on;
select proapp.migrate_up('demo', '1', 'create table public.t ()');
set proapp.restoring = auto;
set row_security = off;
select set_config('search_path', '', false);
select proapp.migrate_up('demo', '1', 'create table public.t ()');
reset search_path;
select to_regclass('public.t'), to_regnamespace('proapp_data');

\c contrib_regression
drop database proapp_migration;
drop role proapp_migration_mallory, proapp_migration_admin;
