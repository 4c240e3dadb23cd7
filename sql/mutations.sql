-- Every attribute of every kind, changed alone, is drift that names it; what changes nothing is none.
create database proapp_mutations;
\c proapp_mutations
set client_min_messages = error;
create extension proapp_schema;
create role mutations_app;
create role mutations_other;
set allow_in_place_tablespaces = on;
create tablespace mutations_space location '';

\getenv source PG_ABS_SRCDIR
\set setup :source '/test/fixtures/mutations.sql'
\set list :source '/test/fixtures/mutations_list.sql'
\i :setup
select count(*) > 20 as categories from proapp.save_baseline('all');
select * from proapp.drift();

-- Each runs in a subtransaction that is rolled back.
create temporary table mutations (n integer generated always as identity primary key, what text not null, sql text not null);
create temporary table found (n integer, severity text, kind text, identity text, change text, attribute text);
create temporary table repaired (n integer, how text);
-- What drift proposes, done: "yes" where nothing of the difference is left, "partly" where no statement is proposed for something.
create function pg_temp.repair() returns text language plpgsql as $$
declare
  fixes text[];
  fix text;
begin
  select array_agg(d.fix) into fixes from proapp.drift() d where d.fix is not null;
  if fixes is null then return 'no'; end if;
  foreach fix in array fixes loop
    execute fix;
  end loop;
  return case when exists (select from proapp.drift()) then 'partly' else 'yes' end;
exception when others then
  return format('%s: %s', fix, sqlerrm);
end
$$;
create function pg_temp.run() returns void language plpgsql as $$
declare
  m record;
  rows pg_temp.found[];
  how text;
begin
  for m in select * from pg_temp.mutations order by n loop
    begin
      execute m.sql;
      select coalesce(array_agg(row (m.n, d.severity, d.kind, d.identity, d.change, d.attribute)::pg_temp.found), '{}') into rows from proapp.drift() d;
      how := pg_temp.repair();
      raise exception using errcode = 'PT000';
    exception when sqlstate 'PT000' then
      insert into pg_temp.found select * from unnest(rows);
      insert into pg_temp.repaired values (m.n, how);
    when others then
      insert into pg_temp.found values (m.n, 'error', sqlstate, sqlerrm);
    end;
  end loop;
end
$$;
\i :list
select pg_temp.run();
select m.n, m.what, f.severity, f.kind, f.identity, f.change, f.attribute
from mutations m left join found f using (n) order by m.n, f.kind collate "C", f.identity collate "C", f.attribute collate "C" nulls first;
select count(*) as mutations, count(*) filter (where not exists (select from found f where f.n = m.n)) as unseen from mutations m;
-- What drift proposes, tried as it comes, worst first; putting statements in order is repair's work, not drift's.
select case when how in ('yes', 'partly', 'no') then how else 'fails' end as taken_back, count(*) from repaired group by 1 order by 1;
select m.n, m.what from mutations m join repaired r using (n) where r.how not in ('yes', 'partly', 'no') order by m.n;

-- What changes nothing.
truncate mutations, found;
insert into mutations (what, sql) values
  ('policy written again', 'alter policy own on app.items using (owner_id = 1) with check (amount > 0)'),
  ('policy made anew', 'drop policy own on app.items; create policy own on app.items using (owner_id = 1) with check (amount > 0)'),
  ('same default', 'alter table app.items alter column amount set default 0'),
  ('same default, another spelling', 'alter table app.items alter column amount set default (0)'),
  ('revoked what was never granted', 'revoke update on app.items from mutations_app'),
  ('granted again', 'grant select on app.items to mutations_app'),
  ('owner grants to itself', 'grant all on app.items to postgres'),
  ('granted and revoked', 'grant insert on app.items to mutations_app; revoke insert on app.items from mutations_app'),
  ('created and dropped', 'create table app.more (a integer); drop table app.more'),
  ('column added and dropped', 'alter table app.items add column more text; alter table app.items drop column more'),
  ('renamed there and back', 'alter table app.items rename to things; alter table app.things rename to items'),
  ('column renamed there and back', 'alter table app.items rename column note to n; alter table app.items rename column n to note'),
  ('reindexed', 'reindex table app.items'),
  ('analyzed', 'analyze app.items'),
  ('clustered', 'cluster app.items using items_owner_id; alter table app.items set without cluster'),
  ('same comment', 'comment on table app.items is ''what is sold'''),
  ('comment on and off', 'comment on table app.owners is ''x''; comment on table app.owners is null'),
  ('column type to itself', 'alter table app.loose alter column c type varchar(100)'),
  ('table rewritten', 'alter table app.loose alter column a type bigint; alter table app.loose alter column a type integer'),
  ('statistics as ever', 'alter table app.items alter column note set statistics -1'),
  ('trigger off and on', 'alter table app.items disable trigger touched; alter table app.items enable trigger touched'),
  ('all triggers off and on', 'alter table app.items disable trigger all; alter table app.items enable trigger all'),
  ('same function', 'create or replace function app.total(a integer, b integer default 0) returns bigint language sql stable set search_path = '''' set work_mem = ''1MB'' as ''select a::bigint + b'''),
  ('function made anew', 'drop function app.rows_of(integer); create function app.rows_of(n integer) returns setof integer language sql as ''select generate_series(1, n)'''),
  ('same view', 'create or replace view app.active with (security_barrier = true) as select id, amount from app.items where status = ''active'''),
  ('view option spelled otherwise', 'alter view app.active set (security_barrier = on)'),
  ('index made anew', 'drop index app.items_status; create index items_status on app.items using btree (status asc nulls last, lower(note)) where (amount > 0)'),
  ('check spelled otherwise', 'alter table app.items drop constraint items_amount, add constraint items_amount check ((amount) >= (0)::numeric)'),
  ('foreign key spelled out', 'alter table app.items drop constraint items_owner, add constraint items_owner foreign key (owner_id) references app.owners (id) match simple on delete no action on update no action not deferrable'),
  ('foreign key validated later', 'alter table app.items drop constraint items_owner, add constraint items_owner foreign key (owner_id) references app.owners not valid; alter table app.items validate constraint items_owner'),
  ('not null twice', 'alter table app.items alter column owner_id set not null'),
  ('same owner', 'alter table app.items owner to postgres'),
  ('row security off and on', 'alter table app.items disable row level security; alter table app.items enable row level security'),
  ('sequence used', 'select nextval(''app.numbers''), setval(''app.items_id_seq'', 100)'),
  ('rows written', 'insert into app.items (owner_id) values (1); delete from app.items'),
  ('rule made anew', 'drop rule copied on app.plain; create rule copied as on insert to app.plain where new.a > 0 do also insert into app.queue (a, b) values (new.a, new.b)'),
  ('rule on and off', 'alter table app.plain disable rule copied; alter table app.plain enable rule copied'),
  ('event trigger tags in another order', 'drop event trigger guarded; create event trigger guarded on ddl_command_end when tag in (''DROP TABLE'', ''CREATE TABLE'') execute function app.guard(); alter event trigger guarded disable'),
  ('server options in another order', 'alter server archive options (drop host, drop port); alter server archive options (port ''5432'', host ''a.example.org'')'),
  ('another password', 'alter user mapping for mutations_app server archive options (set password ''two'')'),
  ('connection spelled otherwise', 'alter subscription feed connection ''dbname = x user=''''reader'''' password=two host=a.example.org'''),
  ('publications in another order', 'alter subscription feed set publication q, p with (refresh = false)'),
  ('another secret in a setting', 'alter database proapp_mutations set app.api_key = ''two'''),
  ('setting set and reset', 'alter database proapp_mutations set lock_timeout = 5; alter database proapp_mutations reset lock_timeout'),
  ('setting of a role everywhere', 'alter role mutations_app set lock_timeout = 5'),
  ('partition detached and attached', 'alter table app.parts detach partition app.parts_low; alter table app.parts attach partition app.parts_low for values from (0) to (10)'),
  ('replica identity as ever', 'alter table app.items replica identity default'),
  ('default privileges there and back', 'alter default privileges in schema app grant insert on tables to mutations_app; alter default privileges in schema app revoke insert on tables from mutations_app');
select pg_temp.run();
select m.n, m.what, f.severity, f.kind, f.identity, f.change, f.attribute from mutations m join found f using (n) order by m.n, f.kind collate "C", f.identity collate "C", f.attribute collate "C";
select count(*) as no_ops, count(*) filter (where exists (select from found f where f.n = m.n)) as seen from mutations m;
-- These do not run inside a transaction.
vacuum full;
vacuum freeze analyze;
create index concurrently items_again on app.items (note);
drop index concurrently app.items_again;
reindex index concurrently app.items_status;
select * from proapp.drift();
-- Nor does this, which is seen.
alter table app.parts detach partition app.parts_high concurrently;
select severity, kind, identity, change, attribute from proapp.drift();

-- No secret is told, neither in definitions nor in differences.
select kind, identity, definition - 'owner' - 'grants' as definition from proapp.manifest('user_mapping:*', 'subscription:*', 'database_setting:*', 'foreign_server:*') order by kind, identity collate "C";

alter subscription feed set (slot_name = none);
drop subscription feed;
\c contrib_regression
drop database proapp_mutations;
drop tablespace mutations_space;
drop role mutations_app;
drop role mutations_other;
