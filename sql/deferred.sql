-- What cannot run within a transaction is kept by a migration, and run after its commit.
create database proapp_deferred;
\c proapp_deferred
\set SHOW_CONTEXT never
create extension proapp_schema;
create schema shop;
call proapp.run_deferred();
select proapp.migrate_up('shop', '1.0.0', $up$
  create table shop.orders (id int primary key, customer int not null, paid boolean not null) partition by range (id);
  create table shop.orders_1 partition of shop.orders for values from (1) to (1000);
  create table shop.customers (id int primary key, email text);
  insert into shop.customers select i, 'customer' || i || '@example.org' from generate_series(1, 500) i;
  create index concurrently customers_email on shop.customers (email);
  vacuum shop.customers;
  reindex index concurrently shop.customers_pkey;
  create index orders_customer on shop.orders (customer);
$up$);
select app, version, statement, state, attempts from proapp.deferred_statements;
select concern, state, detail, next from proapp.status() where concern = 'deferred work';
select to_regclass('shop.customers_email') as index;
begin;
call proapp.run_deferred();
rollback;
call proapp.run_deferred();
select app, version, statement, state, attempts, done_at is not null as done from proapp.deferred_statements;
select indexrelid::regclass, indisvalid from pg_index where indrelid = 'shop.customers'::regclass order by 1;
select concern, state, detail, next from proapp.status() where concern = 'deferred work';
call proapp.run_deferred();

-- What fails is told and kept; the rest of that version waits for it, that of others does not.
insert into shop.customers select 1000 + i, 'customer' || i || '@example.org' from generate_series(1, 2) i;
select proapp.migrate_up('shop', '1.1.0', $up$
  create unique index concurrently customers_one_email on shop.customers (email);
  alter table shop.orders detach partition shop.orders_1 concurrently;
$up$);
select proapp.migrate_up('bar', '1.0.0', 'vacuum (analyze) shop.customers');
call proapp.run_deferred();
select app, statement, state, attempts, last_error from proapp.deferred_statements where app = 'bar' or version = '1.1.0';
select indexrelid::regclass, indisvalid from pg_index where indrelid = 'shop.customers'::regclass and not indisvalid;
select concern, state, detail, next from proapp.status() where concern = 'deferred work';
-- Tried again when there is nothing in its way; the invalid index goes first.
delete from shop.customers where id > 1000;
call proapp.run_deferred();
select app, statement, state, attempts, last_error from proapp.deferred_statements where app = 'bar' or version = '1.1.0';
select indexrelid::regclass, indisvalid from pg_index where indrelid = 'shop.customers'::regclass order by 1;
select inhrelid::regclass from pg_inherits where inhparent = 'shop.orders'::regclass;

-- As the role that applied the migration.
create role deferred_installer login;
grant create, usage on schema shop to deferred_installer;
select proapp.grant_admin('deferred_installer');
set role deferred_installer;
select proapp.migrate_up('own', '1.0.0', $up$
  create table shop.own (id int primary key, name text);
  create index concurrently own_name on shop.own (name);
$up$);
reset role;
select proapp.migrate_up('theirs', '1.0.0', 'create index concurrently own_name_2 on shop.own (name)');
call proapp.run_deferred();
select relname, pg_get_userbyid(relowner) as owner from pg_class where relname like 'own_%' order by 1;
set session authorization deferred_installer;
select proapp.migrate_up('own', '1.1.0', 'create index concurrently customers_id on shop.customers (id)');
call proapp.run_deferred();
reset session authorization;
select statement, role, state, last_error from proapp.deferred_statements where role = 'deferred_installer';

-- A script that fails defers nothing, and a block is left to itself; settings of the session and the database do not matter.
select proapp.migrate_up('shop', '1.2.0', 'vacuum shop.customers; select 1 / 0');
select proapp.migrate_up('shop', '1.2.0', $$do 'begin vacuum shop.customers; end'$$);
create type shop.mood as enum ('good');
select proapp.migrate_up('shop', '1.2.0', 'alter type shop.mood add value ''fine''; create index concurrently orders_paid on shop.orders_1 (paid)');
alter database proapp_deferred set default_transaction_isolation = 'serializable';
alter database proapp_deferred set default_transaction_read_only = on;
set client_min_messages = warning;
select count(*) > 0 as saved from proapp.save_baseline('before', 'shop.*');
reset client_min_messages;
call proapp.run_deferred();
alter database proapp_deferred reset all;
select identity, change, changed_by = session_user as by_us from proapp.drift();
-- Half detached by an attempt that was ended: only the rest is done.
create table shop.log (day int) partition by list (day);
create table shop.log_1 partition of shop.log for values in (1);
select proapp.migrate_up('shop', '1.3.0', 'alter table shop.log detach partition shop.log_1 concurrently');
update pg_inherits set inhdetachpending = true where inhrelid = 'shop.log_1'::regclass;
update proapp_data.deferred_statements set attempts = 1 where version = '1.3.0';
call proapp.run_deferred();
select relispartition from pg_class where oid = 'shop.log_1'::regclass;

-- A version that is undone takes along what it had deferred; what is no deferral fails as ever; an index has a name.
select proapp.migrate_down('own', '1.1.0', 'select 1');
select count(*) from proapp.deferred_statements where version = '1.1.0' and app = 'own';
select proapp.migrate_up('own', '1.2.0', 'create index concurrently on shop.own (name)');
select proapp.migrate_down('own', '1.0.0', 'drop index concurrently shop.own_name');
set proapp.restoring = on;
call proapp.run_deferred();
reset proapp.restoring;
\c contrib_regression
drop database proapp_deferred;
drop role deferred_installer;
