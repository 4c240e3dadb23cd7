-- What forbids a deletion, and what references a row without a foreign key: registered once, and guarded.
create database proapp_blockers;
\c proapp_blockers
\set SHOW_CONTEXT never
create extension proapp_schema;
create role blockers_owner;
create role blockers_app;
create schema shop authorization blockers_owner;
select proapp.grant_admin('blockers_owner');
grant usage on schema shop to blockers_app;
set role blockers_owner;

create type shop.subject as enum ('session', 'invoice');
create table shop.pairs (provider int, client int, primary key (provider, client));
create table shop.sessions (id uuid primary key, provider int, client int, status text not null default 'active', note text);
create table shop.requests (id int primary key, provider int, client int, status text, foreign key (provider, client) references shop.pairs);
create table shop.payments (id int primary key, session_ids uuid[] not null default '{}');
create table shop.comments (id int primary key, subject shop.subject, subject_id text);
create table shop.groups (id int primary key, label varchar(20), providers int[]);
insert into shop.pairs values (1, 1), (1, 2);
insert into shop.sessions values ('00000000-0000-4000-8000-000000000001', 1, 1, 'paid'), ('00000000-0000-4000-8000-000000000002', 1, 1, 'paid');
grant select, insert, update, delete on all tables in schema shop to blockers_app;

select proapp.add_blocker('shop.pairs', 'shop.sessions', array['provider', 'client'], 'status in (''active'', ''unpaid'') and b.note is null', 'Active or unpaid sessions exist');
select proapp.add_blocker('shop.pairs', 'shop.requests', array['provider=provider', 'client=client'], 'requests.status = ''pending''', 'Pending requests exist');
-- An array that contains the value; every row; no message of the application's own.
select proapp.add_blocker('shop.pairs', 'shop.groups', array['providers=provider'], null, null);
-- Two blockers between two tables: another condition, other columns.
select proapp.add_blocker('shop.pairs', 'shop.sessions', array['provider'], 'exists (select from shop.groups g where b.provider = any (g.providers))', 'Its provider is in a group');
select proapp.add_reference('shop.sessions', 'shop.payments', 'session_ids', 'array');
select proapp.add_reference('shop.sessions', 'shop.comments', 'subject_id', 'polymorphic:subject=session');
select * from proapp.blockers;
select * from proapp.registered_references;

-- A second call with the same arguments changes nothing; another message replaces.
reset role;
create temporary table before as select xmin as version, ctid as place, 'blocker' as what from proapp_data.blockers union all select xmin, ctid, 'reference' from proapp_data.registered_references
  union all select xmin, ctid, 'trigger' from pg_trigger where tgname like 'proapp_guard%';
grant select on before to blockers_owner;
set role blockers_owner;
select proapp.add_blocker('shop.pairs', 'shop.groups', array['providers=provider'], null, null);
select proapp.add_reference('shop.sessions', 'shop.payments', 'session_ids', 'array');
reset role;
select count(*) as changed from (select * from before except (select xmin, ctid, 'blocker' from proapp_data.blockers union all select xmin, ctid, 'reference' from proapp_data.registered_references
  union all select xmin, ctid, 'trigger' from pg_trigger where tgname like 'proapp_guard%')) r;
set role blockers_owner;
select proapp.add_blocker('shop.pairs', 'shop.groups', array['providers=provider'], null, 'A group has its provider');
select message from proapp.blockers where blocking = 'shop.groups';

-- The application notices nothing of guards: it inserts what it likes, also for a pair that is not there,
set role blockers_app;
insert into shop.sessions values ('00000000-0000-4000-8000-000000000003', 1, 2), ('00000000-0000-4000-8000-000000000004', 7, 7), ('00000000-0000-4000-8000-000000000005', null, 2);
update shop.sessions set status = 'paid' where provider = 7;
insert into shop.groups values (1, 'x', '{1,1,null,2}'), (2, 'y', null);
-- but ids in arrays must be there.
insert into shop.payments values (1, '{00000000-0000-4000-8000-000000000001,NULL,00000000-0000-4000-8000-000000000002,00000000-0000-4000-8000-000000000001}');
insert into shop.payments values (2, '{00000000-0000-4000-8000-000000000001,00000000-0000-4000-8000-00000000000f}');
\echo :LAST_ERROR_SQLSTATE
insert into shop.payments values (2, '{}'), (3, '{{00000000-0000-4000-8000-000000000001},{00000000-0000-4000-8000-000000000002}}');
update shop.payments set session_ids = array_append(session_ids, '00000000-0000-4000-8000-00000000000f') where id = 1;
-- What was there before the guard is nobody's fault: only what comes new is looked at.
reset role;
set session_replication_role = replica;
update shop.payments set session_ids = array_append(session_ids, '00000000-0000-4000-8000-00000000000e') where id = 1;
reset session_replication_role;
set role blockers_app;
update shop.payments set session_ids = array_append(session_ids, '00000000-0000-4000-8000-000000000003') where id = 1 returning id;
update shop.payments set id = 11 where id = 1 returning id;
-- A BEFORE trigger that changes the column, which UPDATE OF would not notice.
set role blockers_owner;
create function shop.spoil() returns trigger language plpgsql as $$ begin new.session_ids := '{00000000-0000-4000-8000-00000000000f}'; return new; end $$;
create trigger spoil before update on shop.payments for each row when (new.id = 12) execute function shop.spoil();
set role blockers_app;
update shop.payments set id = 12 where id = 11;
-- Whoever may not read the column is not told what is in it.
set role blockers_owner;
revoke select on shop.payments from blockers_app;
set role blockers_app;
insert into shop.payments values (4, '{00000000-0000-4000-8000-00000000000f}');

insert into shop.comments values (1, 'session', '00000000-0000-4000-8000-000000000001'), (2, 'invoice', 'whatever'), (3, null, 'x'), (4, 'session', null);
insert into shop.comments values (5, 'session', '00000000-0000-4000-8000-00000000000f');
update shop.comments set subject = 'session' where id = 2;
-- The key as PostgreSQL prints it, so that whoever deletes the row finds it.
insert into shop.comments values (5, 'session', upper('00000000-0000-4000-8000-00000000000a'));
insert into shop.comments values (5, 'session', '{00000000-0000-4000-8000-000000000001}');

-- varchar and text hold the same keys.
set role blockers_owner;
create table shop.labels (label varchar(10) primary key);
create table shop.labelled (labels text[], kind int, label varchar);
insert into shop.labels values ('new'), ('old');
select proapp.add_reference('shop.labels', 'shop.labelled', 'labels', 'array');
select proapp.add_reference('shop.labels', 'shop.labelled', 'label', 'polymorphic:kind=007');
insert into shop.labelled values ('{old,new}', 7, 'new'), (null, 8, 'none');
insert into shop.labelled values ('{old,none}');
insert into shop.labelled values (null, 7, 'none');
select referencing_column, kind from proapp.registered_references where relation = 'shop.labels';
drop table shop.labelled;
select problem from proapp.registered_references where relation = 'shop.labels';
select proapp.remove_reference('shop.labels', 'shop.labelled', 'labels');
select proapp.remove_reference('shop.labels', 'shop.labelled', 'label');

-- Nothing that the caller or the table's owner sets changes what is locked.
set role blockers_owner;
alter table shop.sessions enable row level security;
alter table shop.sessions force row level security;
reset role;
create schema evil;
create function evil.never(uuid, uuid) returns boolean language sql immutable as 'select false';
create operator evil.= (function = evil.never, leftarg = uuid, rightarg = uuid);
grant usage on schema evil to blockers_app;
set role blockers_app;
set search_path = evil, pg_catalog;
insert into shop.payments values (5, '{00000000-0000-4000-8000-000000000001}');
reset search_path;
set role blockers_owner;
alter table shop.sessions disable row level security;

-- Guards go with what made them.
set role blockers_owner;
select tgrelid::regclass as on, tgname, encode(tgargs, 'escape') as arguments from pg_trigger where tgname like 'proapp_guard%' order by 1, 2;
select proapp.remove_blocker('shop.pairs', 'shop.sessions', 'exists (select from shop.groups g where b.provider = any (g.providers))');
select proapp.remove_blocker('shop.pairs', 'shop.groups');
select proapp.remove_reference('shop.sessions', 'shop.comments', 'subject_id');
select tgrelid::regclass as on, tgname, encode(tgargs, 'escape') as arguments from pg_trigger where tgname like 'proapp_guard%' order by 1, 2;
select proapp.remove_blocker('shop.pairs', 'shop.groups');
select proapp.remove_reference('shop.sessions', 'shop.comments', 'subject_id');

-- Renamed or dropped, nothing applies silently no more: views say it, and what would have to be guarded is refused.
alter table shop.sessions rename status to state;
select blocking, condition, problem from proapp.blockers order by blocking collate "C" desc limit 1;
set role blockers_app;
insert into shop.sessions values ('00000000-0000-4000-8000-000000000006', 1, 2);
set role blockers_owner;
alter table shop.sessions rename state to status;
alter table shop.pairs rename to relationships;
alter table shop.payments disable trigger proapp_guard_1;
select blocking, problem from proapp.blockers;
select category, item, status from proapp.health_check();
alter table shop.payments enable trigger proapp_guard_1;
set role blockers_app;
insert into shop.sessions values ('00000000-0000-4000-8000-000000000006', 1, 2);
set role blockers_owner;
select proapp.remove_blocker('shop.pairs', 'shop.sessions');
select proapp.add_blocker('shop.relationships', 'shop.sessions', array['provider', 'client'], 'status = ''active''', 'Active sessions exist');
insert into shop.sessions values ('00000000-0000-4000-8000-000000000006', 1, 2);
drop table shop.requests;
select blocking, problem from proapp.blockers where blocking = 'shop.requests';
select proapp.remove_blocker('shop.pairs', 'shop.requests');

-- A guard's table belongs to who may reference what it guards, as with foreign keys.
reset role;
alter table shop.payments owner to blockers_app;
insert into shop.payments values (6, '{00000000-0000-4000-8000-000000000001}');
grant references on shop.sessions to blockers_app;
insert into shop.payments values (6, '{00000000-0000-4000-8000-000000000001}');
alter table shop.payments owner to blockers_owner;
create table public.elsewhere (id int primary key);
create trigger by_hand before insert on public.elsewhere for each row execute function proapp.guard_deletion('blocker', 'shop.relationships', '1', 'id', 'client');
insert into public.elsewhere values (1);
select proapp.guard_deletion();
set role blockers_app;
create temporary table probe (id uuid[]);
create trigger probe after insert on probe for each row execute function proapp.guard_deletion('array', 'shop.sessions', 'id', 'id');

-- Partitions of the blocking table are guarded like it, whatever the order of their columns.
set role blockers_owner;
create table shop.visits (client int, provider int, day date) partition by range (day);
create table shop.visits_2026 (day date, provider int, client int);
alter table shop.visits attach partition shop.visits_2026 for values from ('2026-01-01') to ('2027-01-01');
select proapp.add_blocker('shop.relationships', 'shop.visits', array['provider', 'client'], null, 'Visits exist');
insert into shop.visits values (1, 1, '2026-02-02');
update shop.visits set client = 2;
select proapp.remove_blocker('shop.relationships', 'shop.visits');
select count(*) from pg_trigger where tgname like 'proapp_guard%' and tgrelid in ('shop.visits'::regclass, 'shop.visits_2026'::regclass);

-- What cannot be meant.
select proapp.add_blocker('shop.relationships', 'shop.sessions', array['id=provider'], null, 'x');
select proapp.add_blocker('shop.relationships', 'shop.sessions', array['status=provider'], null, 'x');
select proapp.add_blocker('shop.relationships', 'shop.sessions', array['nothing=provider'], null, 'x');
select proapp.add_blocker('shop.relationships', 'shop.sessions', array['provider=nothing'], null, 'x');
select proapp.add_blocker('shop.relationships', 'shop.sessions', array['xmin'], null, 'x');
select proapp.add_blocker('shop.relationships', 'shop.sessions', '{}', null, 'x');
select proapp.add_blocker('shop.relationships', 'shop.sessions', '{null}', null, 'x');
select proapp.add_blocker('shop.relationships', 'shop.sessions', array['provider'], 'true) or (true', 'x');
select proapp.add_blocker('shop.relationships', 'shop.sessions', array['provider'], null, '');
select proapp.add_blocker('shop.relationships', 'pg_stat_activity', array['pid=provider'], null, 'x');
select proapp.add_reference('shop.relationships', 'shop.payments', 'session_ids', 'array');
select proapp.add_reference('shop.sessions', 'shop.groups', 'providers', 'array');
select proapp.add_reference('shop.sessions', 'shop.groups', 'id', 'array');
select proapp.add_reference('shop.sessions', 'shop.groups', 'id', 'list');
select proapp.add_reference('shop.sessions', 'shop.comments', 'subject_id', 'polymorphic:subject');
select proapp.add_reference('shop.sessions', 'shop.comments', 'subject_id', 'polymorphic:subjekt=session');
select proapp.add_reference('shop.sessions', 'shop.comments', 'subject_id', 'polymorphic:subject=sesion');
select proapp.add_reference('shop.sessions', 'shop.comments', 'id', 'polymorphic:subject=session');
select proapp.add_reference('shop.sessions', 'shop.payments', 'id', 'polymorphic:session_ids=x');
select proapp.add_blocker('shop.sessions', 'shop.payments', array['session_ids=id'], 'payments.id > 0', 'x');
select * from proapp.blockers;
reset role;
\c contrib_regression
drop database proapp_blockers;
drop role blockers_owner, blockers_app;
