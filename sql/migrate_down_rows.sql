-- migrate_down and back: nothing of what an application may contain goes along with what a script says.
create database proapp_migrate_down_rows template template0 encoding 'UTF8' lc_collate 'C' lc_ctype 'C';
\c proapp_migrate_down_rows
\set SHOW_CONTEXT never
set client_min_messages = warning;
create extension proapp_schema;
create schema s;

-- A table that the script fills gives way to what was there; what references it stays, whatever its foreign key would do, and has its keys again.
create table s.orders (id int primary key);
insert into s.orders values (1), (2);
\set up 'create table s.kind (id int primary key, name text unique); insert into s.kind values (1, ''a''), (2, ''b''); create table s.item (id int primary key, kind int references s.kind on delete cascade, maybe int references s.kind on delete set null, never int references s.kind on delete restrict); alter table s.orders add column kind int not null default 1, add constraint kind foreign key (kind) references s.kind on delete cascade deferrable; comment on constraint kind on s.orders is ''why'''
select proapp.migrate_up('seeds', '1.0.0', :'up');
insert into s.kind values (3, 'c');
update s.kind set name = 'changed' where id = 1;
insert into s.item values (10, 1, 1, 1), (11, 2, 2, 2), (12, 3, 3, 3);
update s.orders set kind = 3 where id = 2;
create table public.before as select identity, digest from proapp.manifest('s.*');
select proapp.migrate_down('seeds', '1.0.0', 'alter table s.orders drop column kind; drop table s.item; drop table s.kind');
select proapp.migrate_up('seeds', '1.0.0', :'up');
select * from s.kind order by id;
select * from s.item order by id;
select * from s.orders order by id;
select identity from public.before b full join proapp.manifest('s.*') m using (identity) where b.digest is distinct from m.digest;
select obj_description(oid, 'pg_constraint') as comment, condeferrable, convalidated from pg_constraint where conname = 'kind';
select count(*) as archived from proapp.archived;

-- Rows are deleted that were kept, though the condition holds for others when it is asked again.
create sequence s.asked;
create table s.rows (id int primary key);
insert into s.rows values (1), (2), (3);
select proapp.migrate_up('rows', '1.0.0', 'select 1');
select proapp.migrate_down('rows', '1.0.0', $$select proapp.set_aside('s.rows', 'id = (select nextval(''s.asked''))')$$);
select * from s.rows order by id;
select proapp.migrate_up('rows', '1.0.0', 'select 1');
select * from s.rows order by id;

-- Policies hide no values from the owner who drops a column or changes its type.
create role proapp_migrate_down_owner;
select proapp.grant_admin('proapp_migrate_down_owner');
create schema a authorization proapp_migrate_down_owner;
set role proapp_migrate_down_owner;
select proapp.migrate_up('forced', '1.0.0', 'create table a.t (id int primary key, own boolean); alter table a.t enable row level security, force row level security; create policy own on a.t using (own)');
select proapp.migrate_up('forced', '1.1.0', 'alter table a.t add column x text, add column n numeric(10,4)');
insert into a.t values (1, true, 'one', 1.2345);
alter table a.t no force row level security;
insert into a.t values (2, false, 'two', 2.3456);
alter table a.t force row level security;
select proapp.migrate_up('forced', '1.2.0', 'select 2');
select proapp.migrate_down('forced', '1.2.0', 'alter table a.t drop column x; alter table a.t alter column n type numeric(10,1)');
select proapp.migrate_up('forced', '1.2.0', 'alter table a.t add column x text; alter table a.t alter column n type numeric(10,4)');
reset role;
select * from a.t order by id;
select relforcerowsecurity from pg_class where oid = 'a.t'::regclass;

-- Values of another type, by whatever expression; one was changed meanwhile.
create table s.prices (id int primary key, price numeric);
insert into s.prices values (1, 1.239), (2, 5);
select proapp.migrate_up('prices', '1.0.0', 'alter table s.prices alter column price type int using (price * 100)::int');
select proapp.migrate_down('prices', '1.0.0', 'alter table s.prices alter column price type numeric using price / 100.0');
update s.prices set price = 7 where id = 2;
select proapp.migrate_up('prices', '1.0.0', 'alter table s.prices alter column price type int using (price * 100)::int');
select * from s.prices order by id;

-- The session's settings have no say in what comes back.
create table s.floats (id int primary key);
select proapp.migrate_up('floats', '1.0.0', 'alter table s.floats add column v float8');
insert into s.floats values (1, 0.1::float8 + 0.2::float8);
select proapp.migrate_down('floats', '1.0.0', 'alter table s.floats drop column v');
set extra_float_digits = -10;
select proapp.migrate_up('floats', '1.0.0', 'alter table s.floats add column v float8');
reset extra_float_digits;
select v = 0.1::float8 + 0.2::float8 as same from s.floats;

-- Functions that somebody prepared are not called by what brings rows back.
create schema e;
create function e.format(text, regclass, name, text) returns text language plpgsql as 'begin raise exception ''prepared''; end';
select proapp.migrate_up('path', '1.0.0', 'create table s.referencing (id int primary key, item int references s.rows)');
select proapp.migrate_down('path', '1.0.0', 'drop table s.referencing');
set search_path = e, pg_catalog;
select proapp.migrate_up('path', '1.0.0', 'create table s.referencing (id int primary key, item int references s.rows)');
reset search_path;

-- Names that are taken, and those that are cut; an identity that goes alone; types of which only one is in use.
select proapp.migrate_up('names', '1.0.0', 'create type s.used as enum (''x''); create type s.unused as enum (''y''); create table s.events (id int primary key, u s.used);
  create table s."xäääääääääääääääääääää" (id int primary key, "yöööööööööööö" int, n int not null);
  create table s.two (a int constraint "äääääääääääääääääääääääääääääää" unique, b int constraint "äääääääääääääääääääääääääääääb" unique)');
select proapp.migrate_up('names', '1.1.0', 'alter table s."xäääääääääääääääääääää" alter column n add generated always as identity');
do $$begin for i in 1..99 loop execute format('create table s.events_%s ()', i); end loop; end$$;
select proapp.migrate_down('names', '1.1.0', 'alter table s."xäääääääääääääääääääää" alter column n drop identity');
select proapp.migrate_down('names', '1.0.0', 'drop table s.events, s.two; drop type s.used, s.unused; alter table s."xäääääääääääääääääääää" drop column "yöööööööööööö"');
select count(*) filter (where convert_from(textsend(relname::text), 'UTF8') = relname) = count(*) as names_are_whole from pg_class where relnamespace = 'proapp_archive'::regnamespace;

-- Refused: parts of composite values, what is in the archive already, and a snapshot that does not see what others committed.
create type s.pair as (a int, b text);
create table s.base (id int primary key, b text);
create table s.composed (id int primary key, p s.pair, q s.pair[], r s.base);
select proapp.migrate_up('refused', '1.0.0', 'create table s.gone (id int primary key)');
select proapp.migrate_down('refused', '1.0.0', 'alter type s.pair drop attribute b');
select proapp.migrate_down('refused', '1.0.0', 'alter table s.base drop column b');
select proapp.migrate_down('refused', '1.0.0', $$drop table s.gone; do 'declare t text; begin select archived_as into t from proapp.archived where relation = ''s.gone''; execute ''delete from '' || t; exception when object_not_in_prerequisite_state then raise warning ''refused''; end'$$);
select proapp.migrate_up('refused', '1.0.0', 'create table s.gone (id int primary key)');
begin isolation level repeatable read;
select proapp.migrate_down('refused', '1.0.0', 'drop table s.gone');
rollback;

\c contrib_regression
drop database proapp_migrate_down_rows;
drop role proapp_migrate_down_owner;
