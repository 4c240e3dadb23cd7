-- Who did it: event triggers record DDL, and drift() says by whom a difference came and when.
create database proapp_ddl_log;
\c proapp_ddl_log
set client_min_messages = warning;
create role ddl_log_ann;
create role ddl_log_eve;
reset client_min_messages;
create extension proapp_schema;
grant create, usage on schema public to ddl_log_ann, ddl_log_eve;

-- Before the first baseline there is nothing to attribute, and nothing is recorded.
create table before (id integer);
select count(*) from proapp.ddl_log;
create schema shop;
grant create, usage on schema shop to ddl_log_ann, ddl_log_eve;
create type shop.state as enum ('open', 'paid');
create table shop.orders (id integer primary key, total integer not null, state shop.state);
alter table shop.orders owner to ddl_log_ann;
create index orders_total on shop.orders (total);
create policy p on shop.orders using (id > 0);
alter table shop.orders enable row level security;
create table shop.old (id integer);
create function shop.f() returns integer language sql as 'select 1';
select count(*) > 0 as saved from proapp.save_baseline('right', 'shop.*');
select count(*) from proapp.ddl_log;

-- Later, somebody changes things; one of them with somebody else's rights.
set application_name = 'psql of ann';
set session authorization ddl_log_ann;
alter table shop.orders disable row level security;
alter policy p on shop.orders using (true);
alter table shop.orders alter total drop not null;
drop index shop.orders_total;
reset session authorization;
set application_name = 'deploy';
set role ddl_log_eve;
create table shop.new (id integer primary key, secret text);
reset role;
alter table shop.orders add column note text;
drop table shop.old;
comment on column shop.orders.total is 'in cents';
create or replace function shop.f() returns integer language sql as 'select 2';
grant select (id) on shop.orders to ddl_log_eve;
drop type shop.state cascade;

select severity, kind, identity, change, attribute, replace(changed_by, session_user, 'me') as changed_by, changed_at is not null as at from proapp.drift();

-- The log itself, in the order of the commands.
create view log as
  select command_tag, kind, identity, replace(session_role, session_user, 'me') as session, replace(acting_role, session_user, 'me') as acting, application, statement
  from (select *, row_number() over () as n from proapp.ddl_log) l
  where kind || identity not like '%log' order by logged_at, kind, identity;
select * from log;

-- All objects of a command have its transaction; the time is that of the command.
begin;
create table shop.one (id integer);
create table shop.two (id integer);
select count(distinct transaction), min(transaction) = pg_current_xact_id() as this_one, count(distinct logged_at) from proapp.ddl_log where identity in ('shop.one', 'shop.two');
rollback;
select count(*) from proapp.ddl_log where identity in ('shop.one', 'shop.two');

-- Of several statements that were sent at once, the one that is meant; where a function did it, what called the function.
create table shop.a (id integer)\; create view shop.v as select 1 as one\; create table shop.b (id integer);
do $$ begin execute 'create table shop.c (id integer)'; end $$;
select identity, statement from log where identity in ('shop.a', 'shop.b', 'shop.c', 'shop.v') order by 1;

-- What comes in other ways.
create table shop.d as select 1 as one;
select 1 as one into shop.e;
create schema other create table t (id integer) create view w as select * from t;
alter default privileges in schema other grant select on tables to ddl_log_ann;
alter default privileges for role ddl_log_ann, ddl_log_eve revoke execute on functions from public;
grant usage on schema other to ddl_log_ann;
grant all on all tables in schema other to ddl_log_ann;
revoke all on function shop.f() from public;
create materialized view other.m as select 1 as one;
refresh materialized view other.m;
create domain other.d as integer constraint positive check (value > 0);
alter domain other.d drop constraint positive;
create type other.pair as (a integer, b integer);
alter type other.pair add attribute c integer;
drop type other.pair;
create function other.trg() returns trigger language plpgsql as 'begin return new; end';
create trigger trg before insert on other.t for each row execute function other.trg();
create rule r as on update to other.t do nothing;
alter table other.t add constraint c check (id > 0), add unique (id);
alter table other.t drop constraint c;
create publication pub for table other.t;
alter publication pub add tables in schema other;
create index concurrently i on other.t (id);
drop index concurrently other.i;
create operator other.== (function = int4eq, leftarg = integer, rightarg = integer);
alter table other.t set schema shop;
alter table shop.t rename column id to key;
alter table shop.t rename to renamed;
create foreign data wrapper w;
reassign owned by ddl_log_eve to ddl_log_ann;
drop owned by ddl_log_ann;
drop schema other cascade;
select command_tag, kind, identity from proapp.ddl_log where logged_at > (select logged_at from proapp.ddl_log where identity = 'shop.e') order by logged_at, kind, identity;

-- Extensions say so.
create extension pgcrypto;
select in_extension, count(*) > 0 as recorded from proapp.ddl_log where statement like 'create extension pgcrypto%' group by 1 order by 1;

-- Secrets are not kept; temporary objects and our own are nobody's business.
create server s foreign data wrapper w options (host 'h', password 'hidden');
create server plain foreign data wrapper w options (host 'h');
create user mapping for current_user server s options (user 'u', password 'hidden');
create user mapping for public server s options (token 'hidden');
create subscription sub connection 'host=h password=hidden' publication p with (connect = false, slot_name = none);
create function shop.g() returns void language plpgsql as $$ begin create user mapping for public server plain options (password 'hidden'); end $$;
drop subscription sub;
create temporary table scratch (id integer primary key);
drop table scratch;
select command_tag, kind, replace(identity, session_user, 'me') as identity, statement from proapp.ddl_log
where logged_at > (select max(logged_at) from proapp.ddl_log where statement like 'create extension pgcrypto%') order by logged_at, kind, identity;
select count(*) as hidden from proapp_data.ddl_log where statement like '%hidden%' or statement like '%scratch%' or identity like '%proapp\_%ata%';

-- A long statement is kept in part.
do $$ begin execute format('create function shop.long() returns text language sql as %L', 'select ''' || repeat('x', 100000) || ''''); end $$;
\set ECHO errors
select format('create view shop.wide as select %L as text', repeat('ä', 3000)) as wide \gexec
\set ECHO all
select identity, octet_length(statement), right(statement, 4) from proapp.ddl_log where identity in ('shop.wide', 'shop.long()') order by 1;

-- Nobody else reads or writes it, and whoever changes things need not know.
grant all on schema public to ddl_log_eve;
set role ddl_log_eve;
create table public.by_eve (id integer);
select * from proapp.ddl_log;
select * from proapp_data.ddl_log;
insert into proapp_data.ddl_log select;
select proapp.log_ddl();
-- A user's own operators and functions change nothing.
create function public.clock_timestamp() returns timestamptz language sql as $$ select 'infinity'::timestamptz $$;
create function public.unnest(text[], text[], text[]) returns integer language sql as 'select 1/0';
set search_path = public, pg_catalog;
create table public.hostile (id integer);
reset search_path;
reset role;
select identity, session_role = session_user as session, acting_role, logged_at < now() + interval '1 hour' as on_time from proapp.ddl_log where identity in ('public.by_eve', 'public.hostile') order by 1;

-- Switched off; read-only; a replica's role does not help to hide.
set proapp.ddl_log = off;
create table shop.off (id integer);
reset proapp.ddl_log;
set session_replication_role = replica;
create table shop.replica (id integer);
reset session_replication_role;
set proapp.restoring = on;
create table shop.restored (id integer);
reset proapp.restoring;
alter event trigger proapp_ddl_log_end disable;
create table shop.unseen (id integer);
alter event trigger proapp_ddl_log_end enable always;
select identity, changed_by is not null as known, changed_at is not null as at from proapp.drift() where identity in ('shop.off', 'shop.replica', 'shop.restored', 'shop.unseen') order by 1;

-- A log that cannot be written makes nothing fail, and hides no drift.
alter table proapp_data.ddl_log rename column kind to sort;
create table shop.unlogged (id integer);
select kind, identity, changed_by from proapp.drift() where identity = 'shop.unlogged';
select count(*) from proapp.ddl_log;
alter table proapp_data.ddl_log rename column sort to kind;
alter table proapp_data.ddl_log owner to ddl_log_eve;
create table shop.distrusted (id integer);
select kind, identity, changed_by from proapp.drift() where identity = 'shop.distrusted';
select count(*) from proapp.ddl_log;
alter table proapp_data.ddl_log owner to current_user;
drop table proapp_data.ddl_log;
create table shop.nowhere (id integer);
select kind, identity, changed_by from proapp.drift() where identity = 'shop.nowhere';
select count(*) from proapp.ddl_log;

-- The next baseline makes it again, and old rows go.
select count(*) > 0 as saved from proapp.save_baseline('second', 'shop.*');
create table shop.again (id integer);
update proapp_data.ddl_log set logged_at = now() - interval '400 days';
set proapp.history_retention = 0;
select count(*) > 0 as saved from proapp.save_baseline('third', 'shop.*');
select identity from proapp.ddl_log;
reset proapp.history_retention;
select count(*) > 0 as saved from proapp.save_baseline('fourth', 'shop.*');
select identity from proapp.ddl_log;

-- DROP EXTENSION keeps it.
create table shop.kept (id integer);
drop extension proapp_schema cascade;
create table shop.without (id integer);
create extension proapp_schema;
select identity from proapp.ddl_log where identity like 'shop.%' order by 1;

set client_min_messages = warning;
\c contrib_regression
drop database proapp_ddl_log;
drop role ddl_log_ann, ddl_log_eve;
