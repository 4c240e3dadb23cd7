-- Rows that are held are never deleted.
create database proapp_holds;
\c proapp_holds
\set SHOW_CONTEXT never
create extension proapp_schema;
create role holds_owner;
create schema shop authorization holds_owner;
select proapp.grant_admin('holds_owner');
set role holds_owner;
create table shop.customers (id uuid primary key, name text);
create table shop.prices (valid timestamptz, product varchar(3), price numeric, primary key (product, valid));
create table shop.settings (name text not null unique, value text);
create table shop.notes (body text);
insert into shop.customers values ('00000000-0000-4000-8000-000000000001', 'Ann'), ('00000000-0000-4000-8000-000000000002', 'Ben');
insert into shop.prices values ('2026-01-01 00:00+00', 'abc', 1);
insert into shop.settings values ('{"x": 1}', 'y');

-- A key of one column is written as text, one of several as an object; both are kept as objects of texts.
select proapp.hold('shop.customers', '00000000-0000-4000-8000-000000000001', 'court order 17/26');
select proapp.hold('shop.customers', '{"id": "00000000-0000-4000-8000-000000000002"}'::jsonb, 'audit', '2099-12-31 00:00+00');
set timezone = 'Asia/Tokyo';
set datestyle = 'German';
select proapp.hold('shop.prices', '{"product": "abc", "valid": "01.01.2026 09:00"}', 'audit', '2001-01-01 00:00+00');
reset timezone;
reset datestyle;
select proapp.hold('shop.settings', '{"x": 1}', 'a key that looks like an object');
set timezone = 'UTC';
select relation, key, reason, until, held_by = session_user as by_session, expired from proapp.holds;

-- A second call with the same arguments changes nothing; others replace.
reset role;
create temporary table before as select xmin as version, ctid as place, relation, key from proapp_data.holds;
set role holds_owner;
select proapp.hold('shop.customers', '00000000-0000-4000-8000-000000000001', 'court order 17/26');
reset role;
select count(*) as changed from before b join proapp_data.holds h using (relation, key) where (h.xmin, h.ctid) is distinct from (version, place);
set role holds_owner;
select proapp.hold('shop.customers', '00000000-0000-4000-8000-000000000001', 'court order 18/26', 'infinity');
select reason, until from proapp.holds where key ->> 'id' like '%1';

-- Policies hide nothing from the owner, not even forced ones.
alter table shop.customers enable row level security;
alter table shop.customers force row level security;
select proapp.hold('shop.customers', '00000000-0000-4000-8000-000000000002', 'audit');

select proapp.hold('shop.customers', '00000000-0000-4000-8000-00000000000f', 'nobody');
\echo :LAST_ERROR_SQLSTATE
select proapp.hold('shop.customers', 'x', 'no uuid');
select proapp.hold('shop.prices', 'abc', 'of several columns');
select proapp.hold('shop.prices', '{"product": "abc"}', 'one is missing');
select proapp.hold('shop.prices', '{"product": "abc", "valid": null}', 'null');
select proapp.hold('shop.prices', '{"product": "abc", "valid": "2026-01-01", "price": 1}', 'one too many');
select proapp.hold('shop.prices', '{"product": "abc", "valid": "some day"}', 'no time');
select proapp.hold('shop.prices', '{"product": "abcd", "valid": "2026-01-01 00:00+00"}', 'longer than the column');
select proapp.hold('shop.prices', '{"product": ', 'no object');
select proapp.hold('shop.prices', '["abc"]'::jsonb, 'an array');
select proapp.hold('shop.notes', 'x', 'no key');
select proapp.hold('shop.customers', '00000000-0000-4000-8000-000000000001', '');
select proapp.hold('shop.customers', null::text, 'x');

-- Released as it was written, as it is kept, and under the names of before.
select proapp.release_hold('shop.customers', '00000000-0000-4000-8000-000000000001');
select proapp.release_hold('shop.customers', '00000000-0000-4000-8000-000000000001');
select proapp.release_hold('shop.prices', '{"product": "abc", "valid": "2026-01-01 01:00+01"}');
alter table shop.settings rename to options;
select proapp.release_hold('shop.settings', '{"name": "{\"x\": 1}"}'::jsonb);
select proapp.release_hold(relation, key) from proapp.holds;
select count(*) from proapp.holds;
reset role;
\c contrib_regression
drop database proapp_holds;
drop role holds_owner;
