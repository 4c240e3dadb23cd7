-- Selectors: what a call is about.
create database proapp_selectors;
\c proapp_selectors
create extension proapp_schema;
create schema shop;
create schema "Tenant";
create table shop.orders (id integer primary key, note text);
create table shop.order_lines (id integer primary key, order_id integer references shop.orders);
create table "Tenant"."Weird.Name" (id integer);
create index orders_note on shop.orders (note);
create function shop.f(integer) returns integer language sql as 'select 1';
create function shop.g() returns integer language sql as 'select 1';
create view shop.open_orders as select id from shop.orders;
create sequence shop.free_numbers;
create table shop.with_serial (id serial);
create function listed(variadic selectors text[]) returns setof text language sql as
  $$ select kind || ' ' || identity from proapp.manifest(variadic selectors) where kind <> 'column' $$;

-- a pattern on schema.object, with what hangs on the table
select listed('shop.order*');
select listed('shop.order?');
select listed('shop.order_%');
select listed('shop.[w-z]*');
-- letters fold to lower case unless quoted; quotes keep dots
select listed('SHOP.Orders');
select listed('"Tenant".*');
select listed('"Tenant"."Weird.Name"');
-- the schema itself comes with schema.* and with schema:name
select listed('schema:shop');
-- kind:pattern; parts of a table may be named
select listed('function:shop.*');
select listed('function:*.g');
select listed('view:shop.*');
select listed('index:shop.orders*');
select listed('constraint:shop.orders');
select listed('constraint:shop.order_lines.*fkey');
select listed('sequence:shop.*');
-- a serial column's sequence comes with its table
select listed('shop.with_serial');
select listed('extension:plpgsql');
-- without
select listed('shop.*', '!shop.order*', '!function:shop.*', '!shop.with_serial');
select count(*) = (select count(*) from proapp.manifest()) - (select count(*) from proapp.manifest('shop.*')) as without_shop from proapp.manifest('!shop.*');
-- named notation needs VARIADIC
select count(*) from proapp.manifest(variadic selectors => array['schema:shop', 'schema:"Tenant"']);
-- that nothing is left out of the comparison is good news, not an error
select listed('unmodelled:*');
-- our own schemas are in no manifest
select count(*) from proapp.manifest() where identity ~ '^proapp' and kind <> 'extension';

-- What is wrong is said, with the way out.
select listed('orders');
\echo :LAST_ERROR_SQLSTATE
select listed('shop.nothing');
\echo :LAST_ERROR_SQLSTATE
select listed('shop.*', '!shop.nothing');
select listed('proapp.*');
select listed('tabel:shop.*');
select listed('');
select listed('shop.');
select listed('shop."orders');
select listed('shop.(orders|lines)');
select listed('shop.[orders');
select listed('a.b.c');
select listed('schema:shop.orders');
select listed(null);
\echo :LAST_ERROR_SQLSTATE

\c contrib_regression
drop database proapp_selectors;
