-- What must exist: registering it, checking it, and what is refused.
create database proapp_expectations;
\c proapp_expectations
\set SHOW_CONTEXT never
create extension proapp_schema;
create function refusal(statement text) returns table(part text, says text) language plpgsql as $$
declare
  m text; d text; h text;
begin
  execute statement;
  return query values ('accepted', statement);
exception when others then
  get stacked diagnostics m = message_text, d = pg_exception_detail, h = pg_exception_hint;
  return query values (sqlstate, m), ('DETAIL', d), ('HINT', h);
end $$;
-- One expectation on its own: what it is kept as and how it is checked.
create function tried(text, text, jsonb default '{}') returns table(kept text, expected text, actual text, status text) language plpgsql as $$
begin
  perform proapp.expect($1, $2, $3);
  return query select h.item, h.expected, h.actual, h.status from proapp.health_check() h;
  perform proapp.unexpect(e.category, e.item) from proapp.expectations e;
end $$;

-- Nothing is expected yet: nothing is wrong, and nothing is there.
select * from proapp.health_check();
select proapp.assert_healthy();
select * from proapp.expectations;
select concern, state, detail, next from proapp.status() where concern = 'health';

create role proapp_expectations_app nologin;
create type mood as enum ('happy', 'so-so');
create table users (id uuid primary key default gen_random_uuid(), auth_user_id uuid unique, email varchar(80) not null, mood mood, rate numeric(10,2) default 0, born date,
  tags text[], twice int generated always as (1 + 1) stored, number int generated always as identity);
create schema tenant;
create table "My.Table" ("Some Column" int, id int);
create table sessions (id uuid primary key, user_id uuid references users(id) on delete restrict, other_id uuid constraint other references users(id) on delete set null on update cascade,
  a int, b int, unique (a, b), constraint positive check (a > 0));
alter table users enable row level security;
alter table sessions enable row level security;
alter table sessions force row level security;
create index users_email_idx on users (email) where email <> '';
create index users_lower_idx on users (lower(email), born desc);
create unique index sessions_ab on sessions using btree (a, b);
create policy "Users can view on their own" on users for select to proapp_expectations_app, current_user using (id is not null);
create policy own on sessions as restrictive with check (a > 1);
create function f(integer) returns integer language sql stable security definer set search_path = public, pg_temp as 'select 1';
create function f(text, numeric(3)) returns setof users language sql as 'select * from public.users';
create function g() returns trigger language plpgsql as 'begin return new; end';
create procedure p(x int) language sql as '';
create trigger touched before insert or update on users for each row execute function g();
create trigger off after delete on users execute function g();
alter table users disable trigger off;
create view everybody with (security_invoker = on) as select id, email from users;
create materialized view summary as select count(*) from users;
create sequence numbers;
set client_min_messages = error;
create publication realtime for table users, sessions with (publish = 'insert, update');
create publication all_of_it for all tables;
create publication tenants for tables in schema tenant;
reset client_min_messages;
create table tenant.t (id int);
create function log_ddl() returns event_trigger language plpgsql as 'begin end';
create event trigger log_ddl on ddl_command_end execute function log_ddl();

-- Each category: as the manifest prints it and as one would type it; met and not met.
select * from tried('schema', 'public');
select * from tried('schema', 'nowhere');
select * from tried('table', 'public.users');
select * from tried('table', ' table public . USERS ', '{"rls": true}');
select * from tried('table', 'public.users', '{"rls": "forced"}');
select * from tried('table', 'public.sessions', '{"rls": true}');
select * from tried('table', 'public."My.Table"', '{"rls": true}');
select * from tried('table', 'public.My.Table');
select * from tried('table', 'public.everybody');
select * from tried('view', 'public.everybody', '{"security": "invoker", "materialized": false}');
select * from tried('view', 'public.summary', '{"materialized": false}');
select * from tried('sequence', 'public.numbers');
select * from tried('enum', 'public.mood', '{"values": ["happy", "so-so"]}');
select * from tried('enum', 'public.mood', '{"values": ["happy"]}');
select * from tried('column', 'public.users.auth_user_id', '{"type": "uuid", "not_null": false}');
select * from tried('column', 'public.users.auth_user_id', '{"type": "uuid", "not_null": true}');
select * from tried('column', 'public.users.email', '{"type": "character varying (80)", "not_null": true}');
select * from tried('column', 'public.users.email', '{"type": "text", "not_null": false}');
select * from tried('column', 'public.users.rate', '{"type": "decimal(10,2)", "default": "0"}');
select * from tried('column', 'public.users.rate', '{"type": "numeric", "default": null}');
select * from tried('column', 'public.users.mood', '{"type": "mood"}');
select * from tried('column', 'public.users.tags', '{"type": "_text"}');
select * from tried('column', 'public.users.twice', '{"generated": true, "identity": true}');
select * from tried('column', 'public.users.number', '{"type": "int4", "identity": true}');
select * from tried('column', 'public.users.missing');
select * from tried('column', 'public."My.Table"."Some Column"', '{"type": "int"}');
select * from tried('function', 'public.f(int)', '{"security": "definer", "volatility": "stable", "returns": "int", "language": "sql", "search_path": "public, pg_temp"}');
select * from tried('function', 'public.f(x integer)', '{"security": "INVOKER", "volatility": "immutable"}');
select * from tried('function', 'public.f(in x timestamp with time zone, variadic "char"[])');
select * from tried('function', 'public.f(text, numeric)', '{"returns": "setof users"}');
select * from tried('function', 'public.f(date)');
select * from tried('function', 'public.f');
select * from tried('function', 'public.f', '{"min": 2}');
select * from tried('function', 'public.f', '{"min": 2, "security": "definer"}');
select * from tried('function', 'public.f', '{"exactly": 1}');
select * from tried('function', 'public.f', '{"security": "definer"}');
select * from tried('function', 'public.g()', '{"returns": "trigger", "kind": "function"}');
select * from tried('function', 'public.p(integer)', '{"kind": "procedure"}');
select * from tried('function', 'public.nothing');
select * from tried('foreign key', 'public.sessions.user_id', '{"references": "public.users", "on_delete": "restrict"}');
select * from tried('foreign key', 'public.sessions(user_id)', '{"on_delete": "CASCADE"}');
select * from tried('foreign_key', 'constraint other on public.sessions', '{"on_delete": "set_null", "on_update": "cascade", "columns": ["other_id"], "referenced_columns": ["id"]}');
select * from tried('foreign key', 'public.sessions.a');
select * from tried('constraint', 'positive on public.sessions', '{"type": "check", "validated": true, "definition": "CHECK ((a > 0))"}');
select * from tried('constraint', 'public.sessions.positive', '{"type": "unique"}');
select * from tried('constraint', 'public.sessions(a, b)', '{"type": "unique"}');
select * from tried('index', 'public.users_email_idx', '{"unique": true, "columns": ["email"], "partial": true, "method": "btree", "table": "public.users"}');
select * from tried('index', 'index public.users_lower_idx', '{"columns": ["lower((email)::text)", "born"]}');
select * from tried('index', 'public.sessions(a, b)', '{"unique": true}');
select * from tried('index', 'public.sessions(b, a)');
update pg_index set indisvalid = false where indexrelid = 'users_email_idx'::regclass;
select * from tried('index', 'public.users_email_idx');
select * from tried('index', 'public.users_email_idx', '{"valid": false}');
update pg_index set indisvalid = true where indexrelid = 'users_email_idx'::regclass;
select * from tried('policy', 'Users can view on their own on public.users', '{"command": "SELECT", "permissive": true, "roles": ["proapp_expectations_app", "postgres", "postgres"]}');
select * from tried('policy', 'policy "Users can view on their own" on public.users', '{"command": "all", "permissive": false}');
select * from tried('policy', 'public.sessions.own', '{"permissive": false, "roles": ["public"], "using": null, "with_check": "(a > 1)"}');
select * from tried('policy', 'own on public.users');
select * from tried('trigger', 'touched on public.users', '{"function": "public.g()", "timing": "before", "events": ["update", "insert"], "level": "row"}');
select * from tried('trigger', 'public.users.off');
select * from tried('publication member', 'public.users in publication realtime');
select * from tried('publication member', 'public."My.Table" in realtime');
select * from tried('publication member', 'public."My.Table" in all_of_it');
select * from tried('publication member', 'tenant.t in tenants');
select * from tried('publication', 'realtime', '{"publishes": ["update", "insert"], "all_tables": true}');
select * from tried('extension', 'proapp_schema', '{"schema": "proapp"}');
select * from tried('extension', 'uuid-ossp');
select * from tried('role', 'proapp_expectations_app', '{"login": true, "superuser": false, "bypassrls": false}');
select * from tried('event trigger', 'log_ddl', '{"event": "ddl_command_end"}');
alter event trigger log_ddl disable;
select * from tried('event trigger', 'log_ddl');
select * from tried('cron job', 'weekly check', '{"schedule": "0 6 * * 1"}');

-- Counts: of every category, with patterns.
select * from tried('count', 'table:public.*', '{"min": 4}');
select * from tried('count', 'table:PUBLIC.*s', '{"exactly": 2}');
select * from tried('count', 'table:*."My.Table"', '{"min": 1, "exactly": 1}');
select * from tried('count', 'table:public.my_table', '{"exactly": 0}');
select * from tried('count', 'column:public.sessions', '{"min": 1}');
select * from tried('count', 'column:public.*.*id', '{"min": 1}');
select * from tried('count', 'function:public.f', '{"min": 3}');
select * from tried('count', 'policy:public.*', '{"min": 2}');
select * from tried('count', 'policy:public.users.own', '{"min": 2}');
select * from tried('count', 'foreign_key:public.*', '{"min": 2}');
select * from tried('count', 'constraint:public.*.positive', '{"min": 2}');
select * from tried('count', 'index:public.*', '{"min": 0}');
select * from tried('count', 'index:public.user?', '{"min": 0}');
select * from tried('count', 'trigger:public.*', '{"min": 2}');
select * from tried('count', 'view:public.*', '{"min": 2}');
select * from tried('count', 'enum:public.*', '{"min": 2}');
select * from tried('count', 'sequence:public.*', '{"min": 2}');
select * from tried('count', 'schema:ten*', '{"min": 2}');
select * from tried('count', 'publication:*', '{"min": 2}');
select * from tried('count', 'publication member:public.*.realtime', '{"exactly": 2}');
select * from tried('count', 'extension:pl*', '{"min": 1}');
select * from tried('count', 'role:proapp_expectations_*', '{"min": 1}');
select * from tried('count', 'event trigger:log*', '{"min": 1}');

-- What cannot be meant is refused when it is registered.
select * from refusal($$ select proapp.expect('tabel', 'public.users') $$);
select * from refusal($$ select proapp.expect('table', 'users') $$);
select * from refusal($$ select proapp.expect('table', 'public.trackpay_*') $$);
select * from refusal($$ select proapp.expect('table', 'public.users x') $$);
select * from refusal($$ select proapp.expect('table', 'public."users') $$);
select * from refusal($$ select proapp.expect('table', 'public.') $$);
select * from refusal($$ select proapp.expect('table', '') $$);
select * from refusal($$ select proapp.expect(null, 'public.users') $$);
select * from refusal($$ select proapp.expect('table', null) $$);
select * from refusal($$ select proapp.expect('table', 'public.users', null) $$);
select * from refusal($$ select proapp.expect('table', 'public.users', '[]') $$);
select * from refusal($$ select proapp.expect('table', 'public.users', '7') $$);
select * from refusal($$ select proapp.expect('table', 'public.users', '{"type": "x"}') $$);
select * from refusal($$ select proapp.expect('table', 'public.users', '{"rls": "yes"}') $$);
select * from refusal($$ select proapp.expect('table', 'public.users', '{"rls": {"a": [1]}}') $$);
select * from refusal($$ select proapp.expect('publication member', 'public.users in realtime', '{"rls": true}') $$);
select * from refusal($$ select proapp.expect('publication member', 'public.users') $$);
select * from refusal($$ select proapp.expect('column', 'public.users') $$);
select * from refusal($$ select proapp.expect('column', 'public.users.id', '{"type": "interger"}') $$);
select * from refusal($$ select proapp.expect('column', 'public.users.id', '{"type": "int int"}') $$);
select * from refusal($$ select proapp.expect('column', 'public.users.id', '{"not_null": "yes"}') $$);
select * from refusal($$ select proapp.expect('column', 'public.users.id', '{"default": 7}') $$);
select * from refusal($$ select proapp.expect('function', 'public.f(int') $$);
select * from refusal($$ select proapp.expect('function', 'public.f(int,)') $$);
select * from refusal($$ select proapp.expect('function', 'public.f(interger)') $$);
select * from refusal($$ select proapp.expect('function', 'public.f(out int)') $$);
select * from refusal($$ select proapp.expect('function', 'public.f(int) stable') $$);
select * from refusal($$ select proapp.expect('function', 'public.f', '{"security": "owner"}') $$);
select * from refusal($$ select proapp.expect('function', 'public.f', '{"min": 1.5}') $$);
select * from refusal($$ select proapp.expect('function', 'public.f', '{"min": -1}') $$);
select * from refusal($$ select proapp.expect('foreign key', 'public.sessions') $$);
select * from refusal($$ select proapp.expect('foreign key', 'public.sessions(a b)') $$);
select * from refusal($$ select proapp.expect('foreign key', 'public.sessions.a', '{"on_delete": "nothing"}') $$);
select * from refusal($$ select proapp.expect('foreign key', 'public.sessions.a', '{"references": "users"}') $$);
select * from refusal($$ select proapp.expect('foreign key', 'public.sessions.a', '{"references": "public.*, x"}') $$);
select * from refusal($$ select proapp.expect('index', 'public.i', '{"columns": "a"}') $$);
select * from refusal($$ select proapp.expect('index', 'public.i', '{"columns": [1]}') $$);
select * from refusal($$ select proapp.expect('trigger', 't on public.users', '{"events": ["upsert"]}') $$);
select * from refusal($$ select proapp.expect('policy', '"own x on public.users') $$);
select * from refusal($$ select proapp.expect('policy', 'own') $$);
select * from refusal($$ select proapp.expect('count', 'public.*', '{"min": 1}') $$);
select * from refusal($$ select proapp.expect('count', 'tables:public.*', '{"min": 1}') $$);
select * from refusal($$ select proapp.expect('count', 'table:public.*') $$);
select * from refusal($$ select proapp.expect('count', 'table:users', '{"min": 1}') $$);
select * from refusal($$ select proapp.expect('count', 'table:public.a.b', '{"min": 1}') $$);
select * from refusal($$ select proapp.expect('count', 'extension:a.b', '{"min": 1}') $$);
select * from refusal($$ select proapp.expect('count', 'table:public.(a|b)', '{"min": 1}') $$);
select * from refusal($$ select proapp.expect('count', 'table:public."a', '{"min": 1}') $$);
select * from refusal($$ select proapp.unexpect('table', 'public.users') $$);
select * from refusal($$ select proapp.unexpect('tabel', 'public.users') $$);

-- A checklist: kept by name, replaced by another expected, worst first.
select proapp.expect('table', 'public.users', '{"rls": true}'), proapp.expect('column', 'public.users.auth_user_id', '{"type": "uuid"}'),
  proapp.expect('count', 'table:public.*', '{"min": 3}'), proapp.expect('function', 'public.f(int)', '{"security": "definer"}');
select category, item, expected, registered_by = session_user as mine from proapp.expectations;
create temporary table before as select * from proapp.expectations;
select pg_sleep(0.01);
select proapp.expect('table', 'PUBLIC.users', '{"rls": true}');
select * from before except select * from proapp.expectations;
select proapp.expect('table', 'public.users', '{"rls": "forced"}');
select item, expected from proapp.expectations where category = 'table';
select * from proapp.health_check();
select * from refusal('select proapp.assert_healthy()');
select concern, state, detail, next from proapp.status() where concern = 'health';
alter table users force row level security;
select * from proapp.health_check();
select proapp.assert_healthy();
select concern, state, detail, next from proapp.status() where concern = 'health';

-- What goes or is renamed is missing, and found again when it is back.
alter table users rename auth_user_id to auth_id;
alter function f(int) rename to f2;
select category, item, actual, status from proapp.health_check();
alter schema public rename to published;
select category, item, actual, status from proapp.health_check();
alter schema published rename to public;
alter function f2(int) rename to f;
alter table users rename auth_id to auth_user_id;
select category, item, actual, status from proapp.health_check();
set client_min_messages = warning;
drop table users cascade;
reset client_min_messages;
select category, item, actual, status from proapp.health_check();

-- Nothing of pg_cron's but its table is asked for jobs.
select proapp.expect('cron job', 'weekly check');
create schema cron;
create function cron.trap() returns name language plpgsql as $$ begin raise 'caught as %', current_user; end $$;
create view cron.job as select cron.trap() as jobname, current_database() as database, '' as schedule, '' as command, true as active, '' as username;
select category, item, actual, status from proapp.health_check() where category = 'cron job';
select proapp.unexpect('cron job', 'weekly check');
set client_min_messages = warning;
drop schema cron cascade;
reset client_min_messages;

-- Whoever looks with another search_path, or as another role, sees the same or nothing.
create schema evil;
create function evil.format_type(oid, int) returns text language sql as $$ select 'evil' $$;
create function evil.count(name) returns bigint language sql as $$ select 7::bigint $$;
create table evil.pg_class ();
set search_path = evil, pg_catalog;
select category, item, actual, status from proapp.health_check();
reset search_path;
set role proapp_expectations_app;
select * from proapp.health_check();
select proapp.assert_healthy();
select * from proapp.expectations;
select proapp.expect('table', 'public.users');
reset role;

-- A mapping that finds nobody, and a restore that is not over, are problems, too.
create table people (id uuid, auth_user_id uuid unique);
select count(*) from proapp.map_users('app', 'people', 'auth_user_id');
create table members (person uuid, org uuid, unique (person, org));
select count(*) from proapp.map_members('staff', 'members', 'person', 'org', mapping => 'app');
alter table members drop column org;
alter table people drop column auth_user_id;
select proapp.unexpect('table', 'public.users'), proapp.unexpect('count', 'table:public.*'), proapp.unexpect('function', 'public.f(int)'), proapp.unexpect('column', 'public.users.auth_user_id');
set proapp.restoring = on;
select * from proapp.health_check();
select * from refusal($$ select proapp.expect('table', 'public.users') $$);
reset proapp.restoring;

\c contrib_regression
drop database proapp_expectations;
drop role proapp_expectations_app;
