-- What a tenant takes along: every row that erase_tenant() would delete, parents first, as it can be read and as it can be loaded again.
create database proapp_export_tenant;
\c proapp_export_tenant
\set SHOW_CONTEXT never
create extension proapp_schema;
create schema shop;
create type shop.size as enum ('small', 'large');
create type shop.address as (street text, "no" int);
create table shop.customers (id int primary key, name text);
create table shop.orders (
  id bigint generated always as identity primary key, customer int not null references shop.customers,
  total numeric, rate float8, doc json, data jsonb, raw bytea, at timestamptz, span interval, tags text[], grid int[], "Si ze" shop.size, lives shop.address, valid tstzrange,
  gross numeric generated always as (total * 1.2) stored, dropped int);
alter table shop.orders drop column dropped;
create table shop.lines (order_id bigint references shop.orders on delete cascade, n int, primary key (order_id, n)) partition by range (n);
create table shop.lines_1 partition of shop.lines for values from (0) to (10);
create table shop.lines_2 (n int, order_id bigint);
alter table shop.lines_2 alter order_id set not null, alter n set not null;
alter table shop.lines attach partition shop.lines_2 for values from (10) to (20);
insert into shop.customers values (1, 'Ann'), (2, E'B\ne"n,');
insert into shop.orders (customer, total, rate, doc, data, raw, at, span, tags, grid, "Si ze", lives, valid) values
  (1, 1.50, 0.1, '{"b": 1,   "a": null}', 'null', '\x00ff', '2026-01-01 12:00:00.123456+02', '1 mon 2 days 03:04:05.6', '{a,NULL,"b,\"c",""}', '[0:1][5:6]={{1,2},{3,4}}', 'large', row('Main "St"', 1), '[2026-01-01,infinity)'),
  (1, 'NaN', '-Infinity', null, null, '', 'infinity', null, '{}', null, null, null, 'empty'),
  (2, 2, 2, '2', '2', null, null, null, null, null, null, null, null);
insert into shop.lines select o.id, n from shop.orders o, unnest(array[1, 12]) n;

select * from proapp.export_tenant('shop.customers', '1');

-- With all of it in a table of the client, it is deleted and loaded again: the same rows, also where jsonb would have lost something.
create table digests as select 'orders' as what, md5(string_agg(o::text, E'\n' order by id)) as digest from shop.orders o
  union all select 'lines', md5(string_agg(l::text, E'\n' order by order_id, n)) from shop.lines l;
create table taken as select e ->> 'relation' as relation, e ->> 'text' as text from proapp.export_tenant('shop.customers', '{"id": 1}'::jsonb) e;
set datestyle = 'German';
set timezone = 'Asia/Tokyo';
set intervalstyle = 'sql_standard';
set bytea_output = 'escape';
set extra_float_digits = -10;
create table taken_elsewhere as select e ->> 'relation' as relation, e ->> 'text' as text from proapp.export_tenant('shop.customers', '1') e;
select count(*) from (table taken except table taken_elsewhere) d;
reset all;
select relation, action, row_count from proapp.erase_tenant('shop.customers', '1', 'moves to another server');
insert into shop.customers select r.* from taken, lateral (select (text::shop.customers).*) r where relation = 'shop.customers';
insert into shop.orders (id, customer, total, rate, doc, data, raw, at, span, tags, grid, "Si ze", lives, valid) overriding system value
  select r.id, r.customer, r.total, r.rate, r.doc, r.data, r.raw, r.at, r.span, r.tags, r.grid, r."Si ze", r.lives, r.valid from taken, lateral (select (text::shop.orders).*) r where relation = 'shop.orders';
insert into shop.lines select r.* from taken, lateral (select (text::shop.lines).*) r where relation = 'shop.lines';
select what, digest = case what when 'orders' then (select md5(string_agg(o::text, E'\n' order by id)) from shop.orders o)
  else (select md5(string_agg(l::text, E'\n' order by order_id, n)) from shop.lines l) end as same from digests;

-- Also by keys that the deletion only empties, parents come first; tables that reference each other come as they can.
create table shop.staff (id int primary key, customer int references shop.customers on delete cascade);
create table shop.desks (id int primary key, customer int references shop.customers on delete cascade, of int references shop.staff on delete set null);
create table shop.rooms (id int primary key, customer int references shop.customers on delete cascade, main int references shop.desks on delete set null);
alter table shop.desks add room int references shop.rooms on delete set null;
insert into shop.staff values (1, 1);
insert into shop.desks values (1, 1, 1);
insert into shop.rooms values (1, 1, 1);
select e ->> 'relation' as relation from proapp.export_tenant('shop.customers', '1') with ordinality x(e, n) where e ->> 'relation' !~ 'orders|lines' order by n;
drop table shop.staff, shop.desks, shop.rooms;

-- As files of the server, for whoever may write them.
select string_agg(replace(file, '/tmp/', ''), ' ' order by file), sum(row_count) from proapp.export_tenant_files('shop.customers', '1', '/tmp') \gset
\echo :string_agg :sum
truncate shop.customers, shop.orders, shop.lines;
copy shop.customers from '/tmp/01_shop.customers.csv' with (format csv, header match);
copy shop.orders (id, customer, total, rate, doc, data, raw, at, span, tags, grid, "Si ze", lives, valid) from '/tmp/02_shop.orders.csv' with (format csv, header match);
copy shop.lines from '/tmp/03_shop.lines.csv' with (format csv, header match);
select count(*) = (select count(*) from taken) as all, md5(string_agg(r, '' order by r)) = (select md5(string_agg(text, '' order by text)) from taken) as same
from (select c::text from shop.customers c union all select o::text from shop.orders o union all select l::text from shop.lines l) a(r);
select * from proapp.export_tenant_files('shop.customers', '1', 'relative');
select * from proapp.export_tenant_files('shop.customers', '1', '/nowhere/at/all');

-- A blocker forbids to delete, not to copy; what is another's is not the tenant's to take.
select proapp.hold('shop.customers', '1', 'court order');
select count(*) from proapp.export_tenant('shop.customers', '1');
insert into shop.customers values (3, 'Cid');
create table shop.deals (id int primary key, buyer int references shop.customers, seller int references shop.customers);
insert into shop.deals values (1, 1, 3), (2, null, 1);
select count(*) from proapp.export_tenant('shop.customers', '1');
delete from shop.deals where id = 1;

-- What the caller may not see is no shorter export.
create role export_clerk;
select proapp.grant_admin('export_clerk');
grant usage on schema shop to export_clerk;
grant select on all tables in schema shop to export_clerk;
set role export_clerk;
select count(*) from proapp.export_tenant('shop.customers', '1');
reset role;
grant select, delete on all tables in schema shop to export_clerk;
alter table shop.lines enable row level security;
create policy few on shop.lines using (n > 10);
set role export_clerk;
select count(*) from proapp.export_tenant('shop.customers', '1');
select * from proapp.export_tenant_files('shop.customers', '1', '/tmp');
reset role;
alter policy few on shop.lines using (true);
set role export_clerk;
select count(*) from proapp.export_tenant('shop.customers', '1');
reset role;

select * from proapp.export_tenant('shop.customers', '99');
begin read only;
select count(*) from proapp.export_tenant('shop.customers', '1');
rollback;
\! rm -f /tmp/0[123]_shop.*.csv
\c contrib_regression
drop database proapp_export_tenant;
drop role export_clerk;
