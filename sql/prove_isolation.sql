-- Can one user reach another's rows? Tried, not read.
create database proapp_prove_isolation;
\c proapp_prove_isolation
\set SHOW_CONTEXT never
set client_min_messages = warning;
create extension proapp_schema;
\getenv source PG_ABS_SRCDIR
\set fixture :source '/test/fixtures/leaks.sql'
\set ECHO none
\i :fixture
\set ECHO all

-- A sound schema: nobody reaches anything, what was not tried says why, and nothing is changed.
create function planted.contents() returns table (relation text, digest text) language plpgsql as $$
begin
  for relation in select c.oid::regclass from pg_class c where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace order by 1 loop
    execute format('select md5(string_agg(t.ctid::text || t.xmin || t::text, e''\n'' order by t.tableoid, t.ctid)) from %s t', relation) into digest;
    return next;
  end loop;
end $$;
create table planted.before as select relation, digest, proapp.manifest_digest('public.*') as manifest from planted.contents();
select relation, command, actor, verdict, rows_reached, through from proapp.prove_isolation('public.*') where verdict <> 'isolated' order by relation, command, actor;
select verdict, count(*) from proapp.prove_isolation('public.*', '!function:*.*') group by verdict order by verdict;
select command, actor, victim, verdict, rows_reached, through from proapp.prove_isolation('public.notes', 'function:public.*') order by actor, command, through;

-- The 25 ways, one after the other, each taken back before the next. Of that table the rows that say LEAK, first the one that had to be among them.
create function planted.tried(leak planted.leaks) returns table (relation text, command text, actor text, rows_reached bigint, through text) language plpgsql as $$
declare
  found jsonb;
begin
  begin
    execute leak.statements;
    select jsonb_agg(p) into found from proapp.prove_isolation(leak.relation, 'function:public.*') p where verdict = 'LEAK';
    raise exception using errcode = 'PT001';
  exception when sqlstate 'PT001' then
    return query
      select p.relation, p.command, case when p.actor = 'anon' then p.actor else 'user' end, max(p.rows_reached), p.through
        from jsonb_to_recordset(coalesce(found, '[]')) p (relation text, command text, actor text, rows_reached bigint, through text) group by 1, 2, 3, 5;
  end;
end $$;
create table planted.results as
  select l.number, l.what, l.command = t.command and l.relation = t.relation as planted, t.* from planted.leaks l left join lateral planted.tried(l) t on true;
select number, what, relation, command, actor, rows_reached as rows, through from planted.results order by number, planted is not true, relation, command, actor, through;
select count(distinct number) as found from planted.results where planted;
select verdict, count(*) from proapp.prove_isolation('public.*') group by verdict order by verdict;

-- Contents, their places and definitions are what they were.
select relation from (select relation, digest from planted.before except select * from planted.contents()) x order by relation;
select distinct manifest = proapp.manifest_digest('public.*') as same from planted.before;

-- Triggers run, as the actor, and do not get out of it; what they and functions write is taken back, and they do not wait for long.
begin;
create table escapes (who text);
grant insert on escapes to public;
create function escape() returns trigger language plpgsql as $$ begin perform set_config('role', 'none', false); insert into escapes values (current_user); return new; end $$;
create trigger escape before insert or update on notes for each row execute function escape();
create policy leak on notes using (true);
create function sleepy(note int) returns void language sql security definer as 'select pg_sleep(10) from public.notes';
create function "Who""s"("Owner" uuid) returns void language plpgsql security definer as $$ begin update public.notes n set title = 'x' where n.owner = "Owner"; end $$;
set local proapp.isolation_budget = '2s';
select command, verdict, rows_reached, through from proapp.prove_isolation('public.notes', 'function:public.[sw]*', 'function:public."Who"*') where actor like '%1' and through !~ '^(view|foreign)' order by command, through;
select * from escapes;
rollback;

-- Triggers that protect, before and deferred until the commit; and types whose texts are their own.
begin;
create policy leak on notes using (true) with check (true);
create function stay() returns trigger language plpgsql as $$ begin new.owner := proapp.current_user_id('app'); new.title := 'mine'; return new; end $$;
create trigger stay before insert on notes for each row execute function stay();
create function late() returns trigger language plpgsql as $$ begin if old.owner is distinct from proapp.current_user_id('app') then raise 'not yours'; end if; return null; end $$;
create constraint trigger late after update or delete on notes deferrable initially deferred for each row execute function late();
create domain short as varchar(9);
create type pair as (a int, b text);
alter table notes add column doc json default '{"a": [1, "it''s"]}', add column list text[] default '{"a b",NULL}', add column span int4range default '[1,3)', add column code short default 'abc',
  add column two pair default row(1, 'x,"y'), add column at timestamptz default '2026-01-01 00:00:00+00', add column bits bit varying(5) default b'101', add column f float8 default 0.1, add column x xml;
delete from comments;
delete from attachments;
select distinct command, verdict, rows_reached, through from proapp.prove_isolation('public.notes') where actor <> 'anon' and coalesce(through, '') !~ '^(view|foreign)' order by command, through;
rollback;

-- Partitioned tables, children, rows without a key, and a function that calls us.
begin;
create policy leak on events for update using (true);
create policy leak_delete on events for delete using (true);
create policy leak_insert on events for insert with check (true);
create table base (owner uuid, t text);
create table child () inherits (base);
insert into child select id, 'child of ' || name from users;
grant all on base to authenticated;
grant all on child to anon;
create function again() returns bigint language sql security definer as 'select count(*) from proapp.prove_isolation(''public.events'')';
select relation, command, verdict, rows_reached, through from proapp.prove_isolation('public.events', 'public.base', 'public.child', 'function:public.again')
 where verdict <> 'isolated' and command <> 'TRUNCATE' order by actor, relation, command;
rollback;

-- Partitions whose bounds the row's key fits, so that a plan needs only one of them; and what stands in a trigger's way elsewhere is the trigger's, not a policy's.
begin;
create table visits (id int, day date, owner uuid references users, note text check (note <> ''), primary key (id, day)) partition by range (day);
create table visits_1 partition of visits for values from ('2026-01-01') to ('2026-02-01');
create table visits_2 partition of visits for values from ('2026-02-01') to ('2026-03-01');
insert into visits select row_number() over (), case when row_number() over () % 2 = 0 then date '2026-01-05' else '2026-02-05' end, id, name from users;
alter table visits enable row level security;
grant all on visits to authenticated;
create policy own on visits for select using (owner = proapp.current_user_id('app'));
create policy leak_update on visits for update using (true) with check (true);
create policy leak_delete on visits for delete using (true);
create policy leak_insert on visits for insert with check (true);
select distinct command, verdict, through from proapp.prove_isolation('public.visits') where actor <> 'anon' and command <> 'TRUNCATE' order by command;
create table trail (id int primary key, note text not null);
create function stop() returns trigger language plpgsql security definer as $$ begin insert into public.trail values (1, null); return new; end $$;
create trigger stop before insert or update on visits for each row execute function stop();
select distinct command, verdict, through from proapp.prove_isolation('public.visits') where actor <> 'anon' and command <> 'TRUNCATE' order by command;
rollback;

-- Members without a mapping whose ids are texts of somebody else's: they sign in as themselves.
begin;
select proapp.unmap_members('staff');
select proapp.unmap_users('app');
create table agencies (id uuid primary key default gen_random_uuid(), name text);
create table agents (agency uuid references agencies, clerk_id text, unique (clerk_id, agency));
create table audits (id int primary key, agency uuid references agencies, name text);
insert into agencies (name) values ('one'), ('two');
insert into agents select id, 'user_' || name from agencies;
insert into audits select row_number() over (), id, name from agencies;
select count(*) >= 0 as mapped from proapp.map_members('agents', 'public.agents', 'clerk_id', 'agency');
alter table audits enable row level security;
grant all on audits to authenticated;
create policy members on audits using (agency = any (proapp.current_organizations('agents')));
select distinct command, verdict, through from proapp.prove_isolation('public.audits') where actor <> 'anon' and command in ('SELECT', 'UPDATE') order by command;
create policy leak on audits for select using (true);
select distinct actor, victim ~ '^organization' as of_an_organization, command, verdict, through from proapp.prove_isolation('public.audits') where actor <> 'anon' and command in ('SELECT') order by actor;
rollback;

-- Time is up: the rest says so.
begin;
set local proapp.isolation_budget = '100ms';
create function slow() returns setof notes language sql security definer as 'select n.* from public.notes n, pg_sleep(1)';
select distinct relation, verdict, through from proapp.prove_isolation('public.notes', 'public.users', 'function:public.slow') where verdict = 'skipped' and (command = 'EXECUTE' or relation = 'public.users') order by 1, 3;
rollback;

-- What is skipped, and why.
begin;
create table empty (id int primary key, owner uuid references users);
create table nobodys (id int primary key, owner uuid references users);
insert into nobodys values (1, null);
create table shared (id int primary key, owner uuid references users, reader uuid references users);
insert into shared select row_number() over (), a.id, b.id from users a, users b;
create foreign data wrapper fdw;
create server far foreign data wrapper fdw;
create foreign table elsewhere (id int, owner uuid) server far;
select relation, command, verdict, through from proapp.prove_isolation('public.empty', 'public.nobodys', 'public.shared', 'public.elsewhere', 'public.plans') where verdict = 'skipped' or actor <> 'anon' order by relation;
-- By now everybody is related to everybody.
select relation, command, verdict, through from proapp.prove_isolation('public.notes') where verdict = 'skipped' order by relation;
rollback;
begin;
select proapp.unmap_members('staff');
select proapp.unmap_users('app');
select relation, command, verdict, through from proapp.prove_isolation('public.notes', 'public.plans') order by relation;
rollback;

-- Without foreign keys, by names; a claim that is not sub; no primary key; what has no text to be recognised by.
begin;
create table tenants (id int primary key, tenant text not null unique);
create table things (tenant_no int, size int);
insert into tenants values (1, 'one'), (2, 'two');
create table uses (tenant_no int references tenants, what int primary key);
insert into uses values (1, 1), (2, 2);
insert into things values (1, 10), (2, 20);
select proapp.unmap_members('staff');
select item from proapp.map_users('tenants', 'public.tenants', 'tenant', claim => 'app_metadata.tenant') limit 1;
grant select on things, uses to authenticated;
alter table things enable row level security;
create policy own on things using (tenant_no = proapp.current_user_key('tenants')::int);
create view sizes as select size from things;
grant select on sizes to authenticated;
select relation, command, actor, victim, verdict, rows_reached, through from proapp.prove_isolation('public.things', 'public.uses') where actor = 'two' and command in ('SELECT', 'INSERT ON CONFLICT') order by 1, 2, through;
rollback;

-- What is refused.
select * from proapp.prove_isolation('public.nothing');
set proapp.isolation_role = 'no such role';
select * from proapp.prove_isolation('public.notes');
reset proapp.isolation_role;
begin read only;
select * from proapp.prove_isolation('public.notes');
rollback;
create role isolation_prover;
set role isolation_prover;
select * from proapp.prove_isolation('public.notes');
reset role;
grant usage on schema proapp to isolation_prover;
grant execute on function proapp.prove_isolation to isolation_prover;
grant select on notes to isolation_prover;
set session authorization isolation_prover;
select * from proapp.prove_isolation('public.notes');
reset session authorization;
grant authenticated, anon to isolation_prover;
set session authorization isolation_prover;
select * from proapp.prove_isolation('public.notes');
reset session authorization;

\c contrib_regression
drop database proapp_prove_isolation;
drop role isolation_prover;
