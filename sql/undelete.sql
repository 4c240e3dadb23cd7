-- undelete: what a deletion took comes back, byte for byte, or nothing does
create database proapp_undelete;
\c proapp_undelete
set client_min_messages = warning;
create extension proapp_schema;
set client_min_messages = notice;

-- Everything of these tables as text, to be compared; settings that printing depends on are pinned.
create function everything(variadic tables regclass[]) returns table(line text) language plpgsql
  set datestyle = 'ISO, YMD' set timezone = 'UTC' set intervalstyle = 'postgres' set extra_float_digits = 3 set bytea_output = 'hex' as $$
declare t regclass;
begin
  foreach t in array tables loop
    return query execute format('select %L || t::text from %s t order by 1', t::text || ' ', t);
  end loop;
end $$;
create function proapp_delete(relation regclass, key text) returns uuid language sql as 'select distinct deletion from proapp.delete_safely(relation, key)';

-- What undelete() says when it refuses; ids differ from run to run.
create function refusal(deletion uuid) returns table(line text) language plpgsql as $$
declare message text; detail text; hint text;
begin
  perform proapp.undelete(deletion);
  return query select 'not refused';
exception when others then
  get stacked diagnostics message = message_text, detail = pg_exception_detail, hint = pg_exception_hint;
  return query select * from regexp_split_to_table(concat_ws(E'\n', sqlstate || ' ' || replace(message, deletion::text, '<id>'), nullif(detail, ''), nullif(hint, '')), E'\n');
end $$;

--
-- The common case: a row, its children, and rows that only lost a reference
--
create table customer (id int primary key, name text not null);
create table invoice (id int primary key, customer int not null references customer on delete cascade, amount numeric(10, 2));
create table note (id int primary key, customer int references customer on delete set null, about text);
insert into customer values (1, 'Ann'), (2, 'Bob');
insert into invoice values (10, 1, 99.90), (11, 1, 0.10), (12, 2, 5);
insert into note values (100, 1, 'called'), (101, 1, 'wrote'), (102, 1, 'paid'), (103, 2, 'new');

select relation, action, row_count from proapp.delete_safely('customer', '1', reason => 'asked for it');
select relation, key, state, erase, reason from proapp.deletions;
select step, relation, action, before, after from proapp.deletion_archive;

-- Meanwhile one note got another customer, and one is gone.
update note set customer = 2 where id = 101;
delete from note where id = 102;

select deletion from proapp.deletions \gset
select * from proapp.undelete(:'deletion');
select * from customer order by id;
select * from invoice order by id;
select * from note order by id;

-- A second time there is nothing to do.
select * from proapp.undelete(:'deletion');
select relation, state from proapp.deletions;

-- A deletion that nobody knows, and none.
select * from proapp.undelete('00000000-0000-4000-8000-000000000000');
select * from proapp.undelete(null);

--
-- All that is in the way is said at once, and nothing is restored
--
create table topic (id int primary key);
create table thread (id int primary key, customer int not null references customer on delete cascade, topic int references topic, slug text, tags int[], seen text, lost int);
create unique index on thread (lower(slug)) where seen is not null;
insert into topic values (7), (8), (9);
insert into thread values (1, 2, 7, 'Hello', '{1}', 'yes', 1), (2, 2, 8, 'World', '{2}', 'yes', 2), (3, 2, 9, 'Again', '{3}', null, 3);
select proapp_delete('customer', '2') as deletion \gset
insert into customer values (2, 'Eve');
insert into thread values (20, 2, null, 'HELLO', null, 'yes'), (21, 2, null, 'AGAIN', null, 'yes');
delete from topic where id in (7, 8);
select * from refusal(:'deletion');
-- Also what became of tables and columns; that first, because without it rows cannot be read.
alter table thread drop column lost;
alter table thread add column must text;
update thread set must = 'x';
alter table thread alter column must set not null;
alter table thread alter column tags type text using 'x';
alter table note rename to remark;
select * from refusal(:'deletion');
select (select count(*) from customer where name = 'Bob') as customers, (select count(*) from thread where id < 10) as threads;
-- Each is settled, and it comes back. A type that holds the same values is no conflict.
alter table remark rename to note;
alter table thread add column lost bigint;
alter table thread alter column must set default 'added since', alter column id type bigint;
alter table thread alter column seen type varchar(2) using left(seen, 2);
alter table thread drop column tags;
alter table thread add column tags int[];
delete from thread;
delete from customer where id = 2;
insert into topic values (7), (8);
select * from refusal(:'deletion');
alter table thread alter column seen type varchar(3);
select * from proapp.undelete(:'deletion');
select id, customer, topic, slug, tags, seen, lost, must from thread order by id;

--
-- Self reference, circles, composite and deferrable keys
--
create table folder (id int primary key, parent int references folder on delete cascade, name text);
insert into folder values (1, null, 'root'), (2, 1, 'a'), (3, 2, 'b'), (4, 4, 'itself');
create table team (id int primary key, lead int);
create table person (id int primary key, team int not null references team on delete cascade);
alter table team add foreign key (lead) references person on delete cascade;
insert into team values (1, null);
insert into person values (1, 1), (2, 1);
update team set lead = 1;
create table place (country text, code int, name text, primary key (country, code));
create table visit (id int primary key, country text default 'XX', code int,
  foreign key (country, code) references place on delete set null (code));
create table stay (id int primary key, country text default 'XX', code int default 0,
  constraint stay_place foreign key (country, code) references place on delete set default deferrable initially deferred);
insert into place values ('XX', 0, 'nowhere'), ('DE', 1, 'Bonn'), ('DE', 2, 'Trier');
insert into visit values (1, 'DE', 1), (2, 'DE', 2), (3, null, 1);
insert into stay values (1, 'DE', 1), (2, 'DE', 2);
create temp table before as select * from everything('folder', 'team', 'person', 'place', 'visit', 'stay');
select proapp_delete('folder', '1') as folder, proapp_delete('folder', '4') as itself, proapp_delete('team', '1') as team, proapp_delete('place', '{"country": "DE", "code": 1}') as place \gset
select * from everything('folder', 'team', 'person', 'place', 'visit', 'stay');
select * from proapp.undelete(:'folder');
select * from proapp.undelete(:'itself');
select * from proapp.undelete(:'team');
select * from proapp.undelete(:'place');
select 'was' as it, * from (table before except select * from everything('folder', 'team', 'person', 'place', 'visit', 'stay')) t
union all select 'is', * from (select * from everything('folder', 'team', 'person', 'place', 'visit', 'stay') except table before) t;

--
-- Partitions: on both sides, with keys of their own, and with triggers that they bring along
--
create table tenant (id int primary key);
create table event (tenant int not null references tenant on delete cascade, id int, at date, touched int default 0, primary key (tenant, id, at)) partition by range (at);
create table event_25 partition of event for values from ('2025-01-01') to ('2026-01-01');
create table event_26 partition of event for values from ('2026-01-01') to ('2027-01-01') partition by list (tenant);
create table event_26_1 partition of event_26 for values in (1);
create table event_26_rest partition of event_26 default;
create table detail (id int primary key, tenant int, event int, at date, foreign key (tenant, event, at) references event on delete cascade);
create table of_26 (id int primary key, tenant int, event int, at date, foreign key (tenant, event, at) references event_26 on delete cascade);
insert into tenant values (1);
insert into event values (1, 1, '2025-05-05'), (1, 2, '2026-06-06'), (1, 3, '2026-07-07');
insert into detail values (1, 1, 1, '2025-05-05'), (2, 1, 2, '2026-06-06');
insert into of_26 values (1, 1, 3, '2026-07-07');
create function touch() returns trigger language plpgsql as $$ begin new.touched := new.touched + 1; raise notice '% % on %', tg_when, tg_op, tg_table_name; return new; end $$;
create trigger touch before insert or update on event for each row execute function touch();
create function tell() returns trigger language plpgsql as $$ begin raise notice '% % on %', tg_when, tg_op, tg_table_name; return null; end $$;
create trigger tell after insert on event for each row execute function tell();
drop table before;
create temp table before as select tableoid::regclass as part, * from event;
select proapp_delete('tenant', '1') as deletion \gset
select * from proapp.undelete(:'deletion');
select tableoid::regclass as part, * from event except table before;
select count(*) from (table before except select tableoid::regclass as part, * from event) t;
select * from detail order by id;
select * from of_26 order by id;

--
-- Values whose text depends on settings, or that other formats lose
--
create type mood as enum ('sad', 'fine');
create domain percent as int check (value between 0 and 100);
create type pair as (a int, b text);
create table odd (  -- a column with the name of an alias of ours is among them
  id bigint generated always as identity primary key, twice bigint generated always as (id * 2) stored, number serial,
  j json, jb jsonb, a int[], m mood, ms mood[], p percent, c pair, cs pair[], b bytea, money money, i interval, f float8, r real, n numeric, t timestamptz, ts timestamp, d date, ti timetz,
  ch char(5), vc varchar(5), bits bit varying(9), x xml, ip inet, rng int4range, empty text, nothing text, tricky text);
set datestyle = 'SQL, DMY'; set timezone = 'Asia/Kathmandu'; set intervalstyle = 'sql_standard'; set extra_float_digits = 0; set bytea_output = 'escape'; set array_nulls = on;
insert into odd (j, jb, a, m, ms, p, c, cs, b, money, i, f, r, n, t, ts, d, ti, ch, vc, bits, x, ip, rng, empty, tricky) values
  ('{"b":  1, "a": null, "b": 2}', 'null', '[-1:1]={1,NULL,3}', 'fine', '{sad,fine}', 100, '(1,"a,b""")', '{"(1,x)","(,)"}', '\x00ff5c', '-1234.56', '-1 year 2 days -03:04:05.6',
   'NaN', '-Infinity', 'NaN', 'infinity', '-infinity', '4713-01-01 BC', '12:00:00.1+05:45', 'ab', 'ab ', '101', '<a/>b', '10.0.0.1/8', 'empty', '', E'"quoted", (tricky) \\ back\nline'),
  ('null', '{}', '{}', null, '{NULL}', null, null, '{}', '', '0', '0', 0.1::float8 + 0.2::float8, 1.1, 1.10, '2025-10-26 02:30:00+02', '2025-02-03 04:05:06.789', '31/12/9999', '23:59:60-12',
   '', '', '', '', '::1', '[1,5)', 'NULL', 'null');
drop table before;
create temp table before as select * from everything('odd');
select proapp_delete('odd', '1') as one, proapp_delete('odd', '2') as two \gset
set datestyle = 'German'; set timezone = 'America/New_York'; set intervalstyle = 'iso_8601'; set extra_float_digits = -5; set array_nulls = off; set xmloption = document; set search_path = pg_catalog, pg_temp;
select * from proapp.undelete(:'one');
select * from proapp.undelete(:'two');
reset all;
select count(*) as lost from (table before except select * from everything('odd')) t;
select count(*) as rows from odd;
-- The next row does not get a number that came back.
insert into odd default values returning id, number;

-- A table whose columns were added, dropped and are in another order since.
create table plain (a text, id int primary key, b int);
alter table plain drop column a;
insert into plain values (1, 2);
select proapp_delete('plain', '1') as deletion \gset
drop table plain;
create table plain (c text default 'new', b int, id int primary key, g int generated always as (b + 1) stored);
select * from proapp.undelete(:'deletion');
table plain;

-- A foreign key that came since, with a column that came since.
select proapp_delete('plain', '1') as deletion \gset
create table kind (id int primary key);
alter table plain add column kind int default 5 references kind;
select * from refusal(:'deletion');
insert into kind values (5);
select * from proapp.undelete(:'deletion');
table plain;

--
-- Rows without a primary key
--
create table author (id uuid primary key, name text);
create table mention (word text, author uuid references author on delete set null);
insert into author values ('a0000000-0000-4000-8000-000000000001', 'Ann'), ('a0000000-0000-4000-8000-000000000002', 'Bob');
insert into mention values ('once', 'a0000000-0000-4000-8000-000000000001'), ('twice', 'a0000000-0000-4000-8000-000000000001'), ('twice', 'a0000000-0000-4000-8000-000000000001');
select proapp_delete('author', 'a0000000-0000-4000-8000-000000000001') as deletion \gset
table mention;
-- Of two rows that are the same nobody knows which one was meant.
select * from proapp.undelete(:'deletion');
select * from mention order by word, author;

-- Two references of one row that share a column, with a primary key and without: undone the other way round.
create table root (id int primary key);
create table x (a int, b int, root int references root on delete cascade, primary key (a, b));
create table y (b int, c int, root int references root on delete cascade, primary key (b, c));
create table keyed (id int primary key, a int, b int, c int, foreign key (a, b) references x on delete set null, foreign key (b, c) references y on delete set null);
create table keyless (id int, a int, b int, c int, foreign key (a, b) references x on delete set null, foreign key (b, c) references y on delete set null (c));
insert into root values (1);
insert into x values (1, 2, 1);
insert into y values (2, 3, 1);
insert into keyed values (1, 1, 2, 3), (2, 1, 2, null), (3, null, 2, 3);
insert into keyless select * from keyed;
select proapp_delete('root', '1') as deletion \gset
select step, relation, before, after from proapp.deletion_archive where deletion = :'deletion' and action = 'update' order by step, before;
select * from proapp.undelete(:'deletion');
select * from keyed order by id;
select * from keyless order by id;

--
-- Triggers: BEFORE does not fire, AFTER does, and what comes back holds what was archived
--
create table account (id int primary key, items int not null default 0, updated_at text default 'never');
create table item (id int primary key, account int not null references account on delete cascade, updated_at text default 'never');
create table total (items int);
insert into total values (0);
create function stamp() returns trigger language plpgsql as $$ begin new.updated_at := 'now'; return new; end $$;
create trigger stamp before insert or update on account for each row execute function stamp();
create trigger stamp before insert or update on item for each row execute function stamp();
create function count_items() returns trigger language plpgsql as $$
declare step int := case tg_op when 'INSERT' then 1 else -1 end;
begin
  update account set items = items + step where id = case tg_op when 'INSERT' then new.account else old.account end;
  update total set items = items + step;
  return null;
end $$;
create trigger count_items after insert or delete on item for each row execute function count_items();
insert into account values (1);
insert into item values (1, 1), (2, 1);
update account set updated_at = 'x';
alter table account disable trigger stamp;
update account set updated_at = 'last week';
alter table account enable trigger stamp;
select *, (select items from total) as total from account;
select proapp_delete('account', '1') as deletion \gset
table total;
select * from proapp.undelete(:'deletion');
select *, (select items from total) as total from account;
select * from item order by id;

-- A trigger that takes rows away again.
create table fickle (id int primary key, account int not null references account on delete cascade);
insert into fickle values (1, 1);
select proapp_delete('account', '1') as deletion \gset
create function take_away() returns trigger language plpgsql as 'begin delete from account where id = new.account; return null; end';
create trigger take_away after insert on item for each row execute function take_away();
select * from proapp.undelete(:'deletion');
drop trigger take_away on item;
select * from proapp.undelete(:'deletion');

--
-- As the caller: privileges and policies hold
--
create role proapp_undelete_clerk;
select proapp.grant_admin('proapp_undelete_clerk') is not null as granted;
create table paper (id int primary key, secret boolean not null);
insert into paper values (1, true);
select proapp_delete('paper', '1') as deletion \gset
set role proapp_undelete_clerk;
select * from proapp.undelete(:'deletion');
reset role;
alter table paper enable row level security;
create policy open_ones on paper to proapp_undelete_clerk using (true) with check (not secret);
grant select, insert on paper to proapp_undelete_clerk;
set role proapp_undelete_clerk;
select * from proapp.undelete(:'deletion');
reset role;
drop policy open_ones on paper;
create policy all_of_them on paper to proapp_undelete_clerk using (true);
set role proapp_undelete_clerk;
select * from proapp.undelete(:'deletion');
reset role;
table paper;

-- Constraints of today hold.
alter table paper disable row level security;
select proapp_delete('paper', '1') as deletion \gset
alter table paper add check (not secret);
select * from proapp.undelete(:'deletion');
create rule quiet as on insert to paper do instead nothing;
select * from refusal(:'deletion');
begin;
set session_replication_role = replica;
select * from proapp.undelete(:'deletion');
rollback;

--
-- What else names, partitions and policies can do
--
create schema "we ird";
create table "we ird"."T""x" ("a1" int primary key, "g" text, "c" text, "Ä ""q""" int, "place" int, "row" text);
create table "we ird"."select" (id int primary key, "from" int references "we ird"."T""x" on delete cascade, "x" int references "we ird"."select" on delete set null);
insert into "we ird"."T""x" values (1, 'g', 'c', 4, 5, 'r');
insert into "we ird"."select" values (1, 1, null), (2, null, 1), (3, null, 1);
begin;
select proapp_delete('"we ird"."T""x"', '1') as deletion \gset
select * from proapp.undelete(:'deletion');
commit;
table "we ird"."T""x";
select * from "we ird"."select" order by id;
-- Deletions in batches have several steps for a table.
select proapp_delete('"we ird"."select"', '2') as deletion, proapp_delete('"we ird"."select"', '3') as other \gset
update proapp_data.deletion_steps set deletion = :'deletion', step = step + 10 where deletion = :'other';
update proapp_data.deletion_rows set deletion = :'deletion', step = step + 10 where deletion = :'other';
select * from proapp.undelete(:'deletion');

-- A foreign key that one partition has alone is its trigger's; a partition's columns may be in another order.
create table depot (id int primary key);
create table parcel (id int primary key, depot int, kind text) partition by range (id);
create table parcel_1 (kind text, gone int, depot int references depot, id int not null);
alter table parcel_1 drop column gone;
alter table parcel attach partition parcel_1 for values from (0) to (10);
create table parcel_2 partition of parcel for values from (10) to (20);
insert into depot values (1);
insert into parcel values (1, 1, 'box'), (11, 7, 'bag');
select proapp_delete('parcel', '1') as one, proapp_delete('parcel', '11') as two \gset
delete from depot;
select * from refusal(:'one');
insert into depot values (1);
select * from proapp.undelete(:'one');
select * from proapp.undelete(:'two');
select tableoid::regclass as part, * from parcel order by id;

-- Rows that only lost a reference, and that the caller may not change.
create table boss (id int primary key);
create table worker (id int primary key, boss int references boss on delete set null, mine boolean);
insert into boss values (1);
insert into worker values (1, 1, true), (2, 1, false);
select proapp_delete('boss', '1') as deletion \gset
alter table worker enable row level security;
create policy mine on worker to proapp_undelete_clerk using (mine);
grant all on boss, worker to proapp_undelete_clerk;
set role proapp_undelete_clerk;
select * from proapp.undelete(:'deletion');
reset role;
table boss;
-- Without the right to update there is nothing to try.
revoke update on worker from proapp_undelete_clerk;
set role proapp_undelete_clerk;
select * from proapp.undelete(:'deletion');
reset role;
select * from proapp.undelete(:'deletion');

--
-- How long it is kept
--
select proapp_delete('boss', '1') as deletion \gset
select proapp.purge_archive('-1 day');
select proapp.purge_archive(null);
select proapp.purge_archive('1 hour');
select count(*) from proapp.deletion_archive where deletion = :'deletion';
select proapp.purge_archive('0') > 0 as removed;
select count(*) from proapp.deletion_archive;
select * from refusal(:'deletion');
-- Neither what is not finished nor what was erased.
insert into proapp_data.deletions (deletion, relation, key, state, erase, acting_role, login_role) values
  ('00000000-0000-4000-8000-000000000001', 'public.paper', '{"id": "1"}', 'deleting', false, 'a', 'b'), ('00000000-0000-4000-8000-000000000002', 'public.paper', '{"id": "1"}', 'deleted', true, 'a', 'b');
select * from refusal('00000000-0000-4000-8000-000000000001');
select * from refusal('00000000-0000-4000-8000-000000000002');
select state, count(*) from proapp.deletions group by state order by state;

\c contrib_regression
drop database proapp_undelete;
drop role proapp_undelete_clerk;
