-- What was changed by hand on what a downgrade takes away is there again when the version is applied again; and baselines follow migrations
create database proapp_by_hand;
\c proapp_by_hand
set client_min_messages = warning;
create extension proapp_schema;
reset client_min_messages;
create role proapp_analyst;
create schema shop;
select proapp.migrate_up('shop', '1.0.0', 'create table shop.customers (id int primary key, name text not null)');
select * from proapp.save_baseline('all');
select * from proapp.import_baseline('elsewhere', proapp.manifest_document('shop.*'));
create index added_before on shop.customers (name);
\set up 'create table shop.orders (id bigint generated always as identity primary key, customer int not null references shop.customers, total numeric not null); alter table shop.customers add column phone text; create table shop.visits (id int, day date, primary key (id, day)) partition by range (day); create table shop.visits_1 partition of shop.visits for values from (''2026-01-01'') to (''2026-02-01'')'
\set down 'drop table shop.visits; alter table shop.customers drop column phone; drop table shop.orders'
select proapp.migrate_up('shop', '1.1.0', :'up');

-- The baseline has what the migration changed, as its next revision; what had differed before goes on differing. One of elsewhere stays as it was.
select baseline, revision, reason from proapp.baseline_revisions;
select severity, kind, identity, change, attribute from proapp.drift('all');
select count(*) > 0 as differs from proapp.drift('elsewhere');

insert into shop.customers values (1, 'Ann', '123');
insert into shop.orders (customer, total) values (1, 5);
create table shop.visits_2 partition of shop.visits for values from ('2026-02-01') to ('2026-03-01');
create index visits_2_day on shop.visits_2 (day);
insert into shop.visits values (1, '2026-01-05'), (2, '2026-02-05');
alter table shop.orders add column note text default 'x', add column number int generated always as identity, alter column total set default 0, drop constraint orders_customer_fkey,
  enable row level security, force row level security;
insert into shop.orders (customer, total) values (1, 6);
create index orders_total on shop.orders (total);
create policy analysts on shop.orders for select to proapp_analyst using (total > 1);
grant select on shop.orders to proapp_analyst;
comment on table shop.orders is 'changed by hand';
create function shop.look() returns trigger language plpgsql as 'begin return new; end';
create trigger look before insert on shop.orders for each row execute function shop.look();
alter table shop.orders disable trigger look;
set client_min_messages = error;
create publication by_hand for table shop.orders;
reset client_min_messages;
create unique index "by ""Hand" on shop.customers (phone);
comment on index shop."by ""Hand" is 'found by phone';
alter table shop.customers add constraint not_empty check (phone <> '');
grant select (phone) on shop.customers to proapp_analyst;

select proapp.manifest_digest('*.*') as digest \gset
create temporary table drifted as select kind, identity, change, attribute, expected, actual from proapp.drift('all');
select proapp.migrate_down('shop', '1.1.0', :'down');
select revision, reason from proapp.baseline_revisions where baseline = 'all';
select kind, identity, change from proapp.drift('all');
select proapp.migrate_up('shop', '1.1.0', :'up');
select proapp.manifest_digest('*.*') = :'digest' as as_it_was;
select * from proapp.archived;
-- None of it came into the baseline that way
(select 'no more' as what, * from (table drifted except select kind, identity, change, attribute, expected, actual from proapp.drift('all')) d) union all
(select 'new', * from (select kind, identity, change, attribute, expected, actual from proapp.drift('all') except table drifted) d);
insert into shop.orders (customer, total) values (1, 7);
select * from shop.orders order by id;
select tableoid::regclass, * from shop.visits order by id;

-- What cannot be made again is told, and a baseline has it; rows and versions are there all the same
select proapp.migrate_down('shop', '1.1.0', :'down');
drop function shop.look();
drop index shop.added_before;
create table shop.other (phone text);
create index "by ""Hand" on shop.other (phone);
\set VERBOSITY terse
select proapp.migrate_up('shop', '1.1.0', :'up');
\set VERBOSITY default
select count(*) from shop.orders;
select severity, kind, identity, change, attribute from proapp.drift('shop.orders before shop 1.1.0 was undone') where kind in ('trigger', 'policy');
create function shop.look() returns trigger language plpgsql as 'begin return new; end';
select outcome from proapp.repair('shop.orders before shop 1.1.0 was undone', false, '{imported,row_loss}') order by step desc limit 1;
select proapp.drop_baseline('shop.orders before shop 1.1.0 was undone');

\set saved_up :up
\set saved_down :down
-- A table that was partitioned by hand is what the script makes; a column that somebody had dropped goes again, since it holds nothing
select proapp.migrate_up('shop', '1.2.0', 'create table shop.notes (id int primary key, day date, note text)');
alter table shop.notes drop column note;
alter table shop.notes rename to notes_before;
create table shop.notes (id int, day date, primary key (id, day)) partition by range (day);
create table shop.notes_rest partition of shop.notes default;
insert into shop.notes values (1, '2026-01-01');
drop table shop.notes_before;
select proapp.migrate_down('shop', '1.2.0', 'drop table shop.notes');
select proapp.migrate_up('shop', '1.2.0', 'create table shop.notes (id int primary key, day date, note text)');
select * from shop.notes;
alter table shop.notes drop column note;
select proapp.migrate_down('shop', '1.2.0', 'drop table shop.notes');
select proapp.migrate_up('shop', '1.2.0', 'create table shop.notes (id int primary key, day date, note text)');
select * from shop.notes;
select proapp.drop_baseline(baseline) from proapp.baselines where baseline like 'shop.notes%';
select proapp.migrate_down('shop', '1.2.0', 'drop table shop.notes');

-- A script that goes back may drop parts before the whole: nobody dropped these by hand
\set up 'create table shop.notes (id int primary key, customer int references shop.customers, note text unique); create index notes_note on shop.notes (lower(note)); alter table shop.notes enable row level security; create policy own on shop.notes using (id > 0); create trigger look before insert on shop.notes for each row execute function shop.look(); grant select on shop.notes to proapp_analyst'
\set down 'revoke select on shop.notes from proapp_analyst; drop trigger look on shop.notes; drop policy own on shop.notes; drop index shop.notes_note; alter table shop.notes drop constraint notes_customer_fkey; alter table shop.notes disable row level security; drop table shop.notes'
select proapp.migrate_up('shop', '1.2.0', :'up');
create index notes_by_hand on shop.notes (note);
alter policy own on shop.notes using (id > 1);
select proapp.manifest_digest('shop.*') as digest \gset
select proapp.migrate_down('shop', '1.2.0', :'down');
select proapp.migrate_up('shop', '1.2.0', :'up');
select proapp.manifest_digest('shop.*') = :'digest' as as_it_was;
select proapp.migrate_down('shop', '1.2.0', :'down');
\set up :saved_up
\set down :saved_down

-- What somebody with fewer rights has put into a definition does not run with those of who migrates
create function shop.mine() returns boolean language plpgsql as $$ begin raise warning 'runs as %', current_user = session_user; return true; end $$;
alter table shop.customers add constraint mine check (phone <> 'x' and shop.mine());
alter table shop.orders add constraint mine check (total > 0 and shop.mine());
grant usage on schema shop to proapp_analyst;
alter table shop.customers owner to proapp_analyst;
alter table shop.orders owner to proapp_analyst;
select proapp.migrate_down('shop', '1.1.0', :'down');
\set VERBOSITY terse
select proapp.migrate_up('shop', '1.1.0', :'up');
\set VERBOSITY default
select kind, identity, change from proapp.drift('shop.orders before shop 1.1.0 was undone') where identity ~ 'mine' or kind = 'table' order by 1;
select conname from pg_constraint where conname in ('mine', 'not_empty');
select proapp.drop_baseline('shop.orders before shop 1.1.0 was undone');
alter table shop.customers owner to current_user;

-- Another script makes another table: its author knows better
select proapp.migrate_down('shop', '1.1.0', :'down');
select proapp.migrate_up('shop', '1.1.0', replace(:'up', 'total numeric not null', 'total numeric not null, paid boolean default false'));
select column_name from information_schema.columns where table_schema = 'shop' and table_name = 'orders' order by ordinal_position;
select count(*) from pg_policy where polrelid = 'shop.orders'::regclass;

-- A migration that fails leaves the baselines alone
select count(*) as revisions from proapp.baseline_revisions \gset
select proapp.migrate_up('shop', '1.2.0', 'create table shop.more (id int); select 1 / 0');
select count(*) = :revisions as none from proapp.baseline_revisions;

-- By hand: everything but some
create table shop.one (id int);
create table shop.two (id int);
select proapp.accept_drift_except('all', (select array_agg(identity) from proapp.drift('all') where identity <> 'shop.one'), 'only one');
select count(*) filter (where identity = 'shop.one') as one, count(*) filter (where identity = 'shop.two') as two from proapp.drift('all');
select proapp.accept_drift_except('all', '{}', 'all the rest') > 0 as accepted;
select * from proapp.drift('all');
select proapp.accept_drift_except('all', null);
select proapp.accept_drift_except('none', '{}');
\c contrib_regression
drop database proapp_by_hand;
drop role proapp_analyst;
