-- Who deletes, and by which key: functions of others around a deletion, and keys as people write them.
create database proapp_deletion_callers;
\c proapp_deletion_callers
\set SHOW_CONTEXT never
\set VERBOSITY terse
create extension proapp_schema;
create role callers_owner;
create role callers_clerk;
grant create on database proapp_deletion_callers to callers_owner;
select proapp.grant_admin('callers_owner');
create schema shop authorization callers_owner;
set role callers_owner;
create table shop.orders (id int primary key, clerk name);
create table shop.items (id int primary key, "order" int references shop.orders on delete cascade);
insert into shop.orders values (1, 'callers_clerk'), (2, 'somebody'), (3, 'callers_clerk');
insert into shop.items select i, 1 + i % 3 from generate_series(1, 9) i;
create function shop.cancel(id int) returns bigint language sql security definer set search_path = pg_catalog, pg_temp
  as $$ select sum(row_count) from proapp.delete_safely('shop.orders', id::text, 'cancelled') where action = 'delete' $$;
create function shop.careful(id int) returns bigint language sql security invoker as $$ select sum(row_count) from proapp.delete_safely('shop.orders', id::text) where action = 'delete' $$;
create function shop.restore(deletion uuid) returns bigint language sql security definer set search_path = pg_catalog, pg_temp as $$ select sum(row_count) from proapp.undelete(deletion) $$;
grant usage on schema shop to callers_clerk;
reset role;

-- What a SECURITY DEFINER function does is its owner's doing: the owner's rights count, and the archive names both.
set session authorization callers_clerk;
select shop.careful(1);
select * from proapp.delete_safely('shop.orders', '1');
select shop.cancel(1);
reset session authorization;
select acting_role, login_role, reason from proapp.deletions;
select deletion from proapp.deletions \gset
set session authorization callers_clerk;
select shop.restore(:'deletion');
reset session authorization;
select (select count(*) from shop.orders) as orders, (select count(*) from shop.items) as items;
-- An administrator without rights on the tables deletes nothing of them.
select proapp.grant_admin('callers_clerk');
set role callers_clerk;
select * from proapp.delete_safely('shop.orders', '1');
select * from proapp.deletion_plan('shop.orders', '1');
select proapp.start_deletion('shop.orders', '1');
reset role;
grant select, delete on shop.orders to callers_clerk;
set role callers_clerk;
select * from proapp.delete_safely('shop.orders', '1');
reset role;
-- Nor what policies keep from them.
grant select, delete on shop.items to callers_clerk;
alter table shop.orders enable row level security;
create policy own on shop.orders using (clerk = current_user);
set role callers_clerk;
select relation, action, row_count from proapp.delete_safely('shop.orders', '2');
select relation, action, row_count from proapp.delete_safely('shop.orders', '3');
reset role;
-- A trigger meets its caller's search_path, and ours meets nothing of it.
create schema trap;
create function trap.count(anyelement) returns bigint language sql as 'select -1::bigint';
create function trap.lower(text) returns text language plpgsql as $$ begin raise 'trapped'; end $$;
create operator trap.= (function = int4ne, leftarg = int, rightarg = int);
create table trap.seen (path text);
create function shop.tell() returns trigger language plpgsql as $$ begin insert into seen values (current_setting('search_path')); return old; end $$;
create trigger tell before delete on shop.orders for each row execute function shop.tell();
set search_path = trap, pg_catalog, public;
select relation, action, row_count from proapp.delete_safely('shop.orders', '2');
select * from seen;
reset search_path;

-- Keys: a value means what its column's type makes of it, for this session.
create extension citext;
create table texts (key text primary key);
create table bytes (key bytea primary key);
create table numbers (key numeric primary key);
create table padded (key char(5) primary key);
create table folded (key citext primary key);
create table moments (key timestamptz primary key);
create table pairs ("The ""key" text, "ключ" date, primary key ("The ""key", "ключ"));
create domain code as text check (value ~ '^[a-z]+$');
create table codes (key code primary key);
insert into texts values (repeat('x', 2000)), (''), ('{"key": "a"}'), ('it''s');
insert into bytes values ('\x00ff'), ('\x');
insert into numbers values (1.00), ('NaN');
insert into padded values ('ab');
insert into folded values ('MiXed');
insert into moments values ('2026-03-04 05:06:07+00');
insert into pairs values ('a "b" ''c'' \d', '2026-01-31');
insert into codes values ('abc');
create function gone(relation regclass, key text) returns text language plpgsql as $$
declare n bigint;
begin
  select sum(row_count) into n from proapp.delete_safely(relation, key) where action = 'delete';
  return coalesce(n, 0) || ' gone';
exception when others then
  return sqlstate || ' ' || left(sqlerrm, 120);
end $$;
create function gone(relation regclass, key jsonb) returns text language plpgsql as $$
declare n bigint;
begin
  select sum(row_count) into n from proapp.delete_safely(relation, key) where action = 'delete';
  return coalesce(n, 0) || ' gone';
exception when others then
  return sqlstate || ' ' || left(sqlerrm, 120);
end $$;
select gone('texts', repeat('y', 1000000)) as million, gone('texts', repeat('x', 2000)) as long, gone('texts', '') as empty, gone('texts', 'it''s') as quoted;
-- A text that looks like an object is one; in an object it is a text.
select gone('texts', '{"key": "a"}'), gone('texts', jsonb_build_object('key', '{"key": "a"}'));
select gone('bytes', '\x00ff'), gone('bytes', ''), gone('bytes', '\xq');
select gone('numbers', '1.0'), gone('numbers', 'nan'), gone('numbers', '1e999999'), gone('numbers', 'one');
select gone('padded', 'ab'), gone('folded', 'mixed');
set datestyle = 'SQL, DMY'; set timezone = 'Asia/Tokyo';
select gone('moments', '04/03/2026 14:06:07');
reset datestyle; reset timezone;
select gone('pairs', 'a'), gone('pairs', '{"The \"key": "a \"b\" ''c'' \\d"}'::jsonb), gone('pairs', '{"The \"key": "a", "ключ": 1}'::jsonb), gone('pairs', '{"The \"key": "a", "ключ": null}'::jsonb),
  gone('pairs', '{"The \"key": "a", "ключ": ["2026-01-31"]}'::jsonb), gone('pairs', '[]'::jsonb), gone('pairs', 'null'::jsonb);
select gone('pairs', '{"The \"key": "a \"b\" ''c'' \\d", "ключ": "2026-01-31"}'::jsonb);
select gone('codes', 'ABC'), gone('codes', 'abc');
select gone('texts', null::text), gone('texts', null::jsonb), gone(null, 'a'), gone('pg_class', '1'), gone('proapp_data.deletions', '1'), gone('proapp.deletions', '1');
select (select count(*) from texts) as texts, (select count(*) from bytes) as bytes, (select count(*) from numbers) as numbers, (select count(*) from pairs) as pairs;

-- A deletion in batches comes back as any other, also one that was cancelled half way.
create table folders (id int primary key, name json, made timestamptz default '2026-01-01');
create table files (id int generated always as identity primary key, folder int references folders on delete cascade, size int, double int generated always as (size * 2) stored, tags text[]);
create table links (id int primary key, file int references files on delete set null);
insert into folders values (1, '{"b":  1,  "a": 2}'), (2, 'null');
insert into files (folder, size, tags) select 1 + i % 2, i, ('[3:4]={a,' || i || '}')::text[] from generate_series(1, 40) i;
insert into links select i, i from generate_series(1, 40, 3) i;
create table before as select 'folders' as t, f::text as row from folders f union all select 'files', f::text from files f union all select 'links', l::text from links l;
create view now as select 'folders' as t, f::text as row from folders f union all select 'files', f::text from files f union all select 'links', l::text from links l;
set client_min_messages = warning;
select proapp.start_deletion('folders', '1') as deletion \gset
call proapp.run_deletion(:'deletion', 3);
select count(*) from now;
select relation, action, sum(row_count) from proapp.undelete(:'deletion') group by relation, action order by relation, action;
select count(*) from (table before except table now) x, (table now except table before) y;
select proapp.start_deletion('folders', '1') as deletion \gset
-- Something forbids the rest when a part has gone.
create table keeps (file int references files);
insert into keeps select id from files where folder = 1 order by ctid desc limit 1;
call proapp.run_deletion(:'deletion', 3);
select proapp.cancel_deletion(:'deletion');
select count(*) between 1 and 54 as some_gone from now;
select count(*) > 0 as undone from proapp.undelete(:'deletion');
(table before except table now) union all (table now except table before);
select state from proapp.deletions where deletion = :'deletion';

\c contrib_regression
drop database proapp_deletion_callers;
drop role callers_owner, callers_clerk;
