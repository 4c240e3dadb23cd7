-- Which tables are deleted from safely, and who still gets past that.
create database proapp_protect;
\c proapp_protect
\set VERBOSITY default
\set SHOW_CONTEXT never
create extension proapp_schema;
create role protect_owner;
create role protect_app;
create role protect_boss;
create schema shop authorization protect_owner;
select proapp.grant_admin('protect_owner');
grant usage on schema shop to protect_app, protect_boss;

set role protect_owner;
create table shop.users (id int primary key, name text);
create table shop.customers (id int primary key, owner_id int references shop.users on delete cascade, email text);
create table shop.orders (id int primary key, customer_id int references shop.customers, status text not null);
create table shop.letters (id int primary key, customer_id int, sent timestamptz);
grant select, insert, update, delete, truncate on shop.customers to protect_app;
grant delete on shop.customers to public;
grant delete on shop.customers to protect_boss with grant option;
set role protect_boss;
grant delete on shop.customers to protect_app;

set role protect_owner;
select * from proapp.protect('shop.customers', 'owner_id = proapp.current_user_key(''shop'')::int');
-- The statements do what they say, in the order in which they stand there.
revoke delete on shop.customers from public;
revoke delete, truncate on shop.customers from protect_app;
revoke delete on shop.customers from protect_boss cascade;
-- What forbids and references comes along, with its guard.
select proapp.add_blocker('shop.customers', 'shop.orders', array['customer_id=id'], 'status <> ''paid''', 'Unpaid orders exist');
select proapp.add_blocker('shop.customers', 'shop.letters', array['customer_id=id'], 'sent is null', null);
select * from proapp.protect('shop.customers', 'owner_id = 1');
select * from proapp.protected_relations;

-- A second call with the same arguments changes nothing.
reset role;
create temporary table before as select xmin as version, ctid as place, relation from proapp_data.protections;
set role protect_owner;
select count(*) from proapp.protect('shop.customers', 'owner_id = 1');
reset role;
select count(*) as changed from before b join proapp_data.protections p using (relation) where (p.xmin, p.ctid) is distinct from (version, place);
set role protect_owner;

-- A guard that somebody dropped or disabled is put back, and one that a dropped foreign key made necessary is made.
drop trigger proapp_guard_1 on shop.letters;
alter table shop.orders drop constraint orders_customer_id_fkey;
select blocking, guard, problem from proapp.blockers;
select item from proapp.protect('shop.customers', 'owner_id = 1') where item like 'blocker%';
alter table shop.letters disable trigger proapp_guard_1;
select blocking, guard, problem from proapp.blockers;
select item from proapp.protect('shop.customers', 'owner_id = 1') where item like 'blocker%';
select tgrelid::regclass as on, tgname, tgenabled, encode(tgargs, 'escape') as arguments from pg_trigger where tgname like 'proapp_guard%' order by 1;

-- Partitions have grants of their own.
create table shop.events (day date, id int, primary key (day, id)) partition by range (day);
create table shop.events_2026 partition of shop.events for values from ('2026-01-01') to ('2027-01-01');
grant delete on shop.events_2026 to protect_app;
select * from proapp.protect('shop.events');

-- allowed is one boolean expression, read by the caller's search_path and kept as what it means to everybody.
create function shop.is_mine(int) returns boolean language sql stable as 'select $1 = 1';
create function shop.same(text, text) returns boolean language sql immutable as 'select true';
create operator shop.= (function = shop.same, leftarg = text, rightarg = text);
set search_path = shop, pg_catalog;
select * from proapp.protect('customers', 'is_mine(owner_id) and customers.email = ''x'' and exists (select from users r where r.id = customers.owner_id) and r.id > 0') where item like '%for whom%';
reset search_path;
-- What is kept can be given again.
select allowed as kept from proapp.protected_relations where relation = 'shop.customers' \gset
select item from proapp.protect('shop.customers', :'kept') where item like '%for whom%';
select * from proapp.protect('shop.customers', 'true) or (true');
select * from proapp.protect('shop.customers', 'true; drop table shop.orders');
select * from proapp.protect('shop.customers', 'true, false');
select * from proapp.protect('shop.customers', 'true from shop.users');
select * from proapp.protect('shop.customers', 'true as owner');
select * from proapp.protect('shop.customers', 'true limit 1');
select * from proapp.protect('shop.customers', '');
select * from proapp.protect('shop.customers', 'owner_id');
select * from proapp.protect('shop.customers', 'ownr_id = 1');
select * from proapp.protect('shop.customers', 'count(*) > 0');
select * from proapp.protect('shop.customers', 'row_number() over () = 1');
select * from proapp.protect('shop.customers', 'generate_series(1, 2) = 1');
select * from proapp.protect('shop.customers', 'random() < 0.5');
select * from proapp.protect('shop.customers', 'exists (select from shop.users where id = (random() * 10)::int)');
select * from proapp.protect('shop.customers', 'exists (select from shop.users for update)');
select * from proapp.protect('shop.customers', 'owner_id = $1');
create temporary table mine (id int);
select * from proapp.protect('shop.customers', 'owner_id in (select id from mine)');

-- What cannot be protected.
create view shop.emails as select email from shop.customers;
create unlogged table shop.cache (id int primary key);
create table shop.parent (id int primary key);
create table shop.child () inherits (shop.parent);
select * from proapp.protect('shop.emails');
select * from proapp.protect('mine');
select * from proapp.protect('shop.cache');
select * from proapp.protect('shop.parent');
select * from proapp.protect('pg_class');
reset role;
select * from proapp.protect('proapp_data.protections');
create table public.foreign_to_owner (id int primary key);
set role protect_owner;
select * from proapp.protect('public.foreign_to_owner');
select * from proapp.protect(null);
select * from proapp.protect(1::oid::regclass);
set role protect_app;
select * from proapp.protect('shop.customers');
set role protect_owner;
set proapp.restoring = on;
select * from proapp.protect('shop.customers');
reset proapp.restoring;

-- A name that is gone is said, and refused until it is settled; it may be forgotten under its old name.
alter function shop.is_mine(int) rename to is_ours;
select relation, problem from proapp.protected_relations;
alter table shop.events rename to happenings;
select relation, problem from proapp.protected_relations;
select * from proapp.unprotect('shop.events');
alter table shop.happenings rename to events;
select * from proapp.unprotect('shop.customers');
select * from proapp.unprotect('shop.customers');
reset role;
set role protect_app;
select * from proapp.unprotect('shop.customers');
reset role;
\c contrib_regression
drop database proapp_protect;
drop role protect_owner, protect_app, protect_boss;
