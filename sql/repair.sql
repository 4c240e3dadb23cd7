-- Repair: what it would do, what it costs, what must be allowed, and what it refuses.
create database proapp_repair;
\c proapp_repair
create extension proapp_schema;
create role repair_app;
create schema shop;
create table shop.customers (id uuid primary key default gen_random_uuid(), email text not null unique);
create table shop.orders (id integer primary key, customer uuid references shop.customers on delete restrict, state text not null default 'open', total numeric(10, 2), paid numeric(10, 2));
create index orders_open on shop.orders (customer) where state = 'open';
alter table shop.orders enable row level security;
create policy own on shop.orders to repair_app using (customer = '00000000-0000-4000-8000-000000000001');
create view shop.open with (security_invoker = true) as select id, total from shop.orders where state = 'open';
insert into shop.customers values ('00000000-0000-4000-8000-000000000001', 'a@example.org');
insert into shop.orders values (1, '00000000-0000-4000-8000-000000000001', 'open', 10.25, 10.25);
select count(*) > 0 as saved from proapp.save_baseline('production', 'shop.*');

-- Nothing differs, nothing is done.
select * from proapp.repair();
select proapp.repair_script();

-- Somebody was busy. Asked without arguments it is tried and taken back.
alter table shop.orders disable row level security;
drop policy own on shop.orders;
drop index shop.orders_open;
alter table shop.orders alter state drop not null;
comment on view shop.open is 'x';
select step, statement, hazard, outcome, reason from proapp.repair();
select count(*) as differences from proapp.drift();
select proapp.repair_script();
select step, outcome, reason from proapp.repair(dry_run => false);
select count(*) as differences from proapp.drift();
select proapp.manifest_digest('shop.*') = (select digest from proapp.baselines) as same_digest;

-- The script does the same.
alter table shop.orders disable row level security;
alter view shop.open set (security_invoker = false);
select proapp.repair_script() as script \gset
:script
select count(*) as differences from proapp.drift();

-- What would lose rows must be allowed. An empty table loses none.
create table shop.notes (id integer);
insert into shop.notes values (1);
create table shop.empty (id integer);
alter table shop.customers add column phone text;
update shop.customers set phone = '1';
alter table shop.orders add column unused text;
select statement, hazard, outcome, reason from proapp.repair(dry_run => false);
select count(*) as notes from shop.notes;
select statement, hazard, outcome from proapp.repair(dry_run => false, allow => '{row_loss}');
select to_regclass('shop.notes') as notes, count(*) as customers from shop.customers;

-- So must what writes a table with rows anew; where values would be other ones afterwards, that is a loss.
alter table shop.orders alter paid type numeric(12, 4);
select statement, hazard, outcome, reason from proapp.repair(dry_run => false);
update shop.orders set paid = 10.2525;
select statement, hazard, outcome, reason from proapp.repair(dry_run => false, allow => '{rewrite}');
update shop.orders set paid = 10.25;
select statement, hazard, outcome, reason from proapp.repair(dry_run => false, allow => '{rewrite}');

-- A renamed table keeps its rows.
alter table shop.orders rename to purchases;
select severity, kind, identity, change, attribute, expected, actual, fix from proapp.drift();
select statement, outcome from proapp.repair(dry_run => false);
select * from shop.orders;

-- What no statement brings back is said, and then nothing is changed.
create type shop.pair as (a integer);
create table shop.of_pairs (p shop.pair);
select count(*) > 0 as saved from proapp.replace_baseline('production');
create extension pgcrypto schema shop;
alter extension pgcrypto add type shop.pair;
comment on table shop.orders is 'x';
select statement, outcome, reason from proapp.repair(dry_run => false);
select obj_description('shop.orders'::regclass) as comment;
alter extension pgcrypto drop type shop.pair;
drop extension pgcrypto;
comment on table shop.orders is null;

-- Without rights on an object nothing is changed, and the object is named.
create role repair_operator;
grant usage on schema shop, proapp to repair_operator;
grant create on schema shop to repair_operator;
grant execute on function proapp.repair(text, boolean, text[]), proapp.drift(text) to repair_operator;
select count(*) > 0 as saved from proapp.replace_baseline('production');
create function shop.mine() returns integer language sql as 'select 1';
alter function shop.mine() owner to repair_operator;
drop index shop.orders_open;
set role repair_operator;
select statement, outcome, reason from proapp.repair(dry_run => false);
reset role;
select identity, change from proapp.drift();
drop function shop.mine();

-- Rows that policies hide from whoever repairs count as rows.
create table shop.secret (id integer);
insert into shop.secret values (1);
alter table shop.secret enable row level security;
alter table shop.secret force row level security;
alter table shop.secret owner to repair_operator;
create index orders_open on shop.orders (customer) where state = 'open';
set role repair_operator;
select statement, hazard, outcome, reason from proapp.repair(dry_run => false);
reset role;
drop table shop.secret;

-- Statements of another database run only where that is allowed.
select proapp.manifest_document('shop.*') as document \gset
comment on table shop.orders is 'theirs';
select count(*) > 0 as imported from proapp.import_baseline('staging', :'document');
select * from proapp.repair('staging');
select statement, outcome from proapp.repair('staging', allow => '{imported}');
select proapp.drop_baseline('staging');
comment on table shop.orders is null;

-- Bad input changes nothing.
select * from proapp.repair('nobody');
select * from proapp.repair(allow => '{everything}');
select * from proapp.repair(allow => array[null]::text[]);
select count(*) > 0 as saved from proapp.save_baseline('second', 'shop.*');
select * from proapp.repair();
begin read only;
select * from proapp.repair('production');
rollback;

-- Inside of a transaction that goes on, what was tried leaves no trace; and a failed caller keeps nothing.
begin;
comment on table shop.orders is 'x';
do $$
begin
  perform proapp.repair('production', false);
  raise exception 'afterwards';
exception when raise_exception then null;
end
$$;
select obj_description('shop.orders'::regclass) as comment;
select outcome from proapp.repair('production', false);
select obj_description('shop.orders'::regclass) as comment;
rollback;
\c contrib_regression
drop database proapp_repair;
drop role repair_app;
drop role repair_operator;
