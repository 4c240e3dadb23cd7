-- Baselines: kept by name, in a schema of our own that no extension owns.
create database proapp_baselines;
\c proapp_baselines
create extension proapp_schema;
create table t (id integer);

-- CREATE EXTENSION makes nothing there; reading makes nothing either.
select * from proapp.baselines;
select to_regnamespace('proapp_data');

select * from proapp.save_baseline('first', 'public.*');
select baseline, selectors, digest = proapp.manifest_digest('public.*') as same_digest, object_count, saved_by = session_user as by_me from proapp.baselines;
-- no member of the extension, and nobody else's business
select count(*) from pg_depend where refclassid = 'pg_extension'::regclass and objid in (select oid from pg_class where relnamespace = 'proapp_data'::regnamespace);
select relname, relacl from pg_class where relnamespace = 'proapp_data'::regnamespace and relkind = 'r' order by 1;

-- A name is taken once; the second call changes nothing.
alter table t add column more text;
select * from proapp.save_baseline('first', 'public.*');
\echo :LAST_ERROR_SQLSTATE
select identity, change from proapp.drift('first');

-- With several baselines one must be named.
select * from proapp.save_baseline('second', 'public.*');
select * from proapp.drift();
\echo :LAST_ERROR_SQLSTATE
select * from proapp.drift('second');
select * from proapp.drift('third');
\echo :LAST_ERROR_SQLSTATE
select * from proapp.drift_summary('third');
select proapp.drop_baseline('first');
select identity, change from proapp.drift();
select proapp.drop_baseline('first');
\echo :LAST_ERROR_SQLSTATE
select proapp.save_baseline('');
select proapp.save_baseline(null);
select count(*) > 0 as saved from proapp.save_baseline('it''s', 'public.*');
select proapp.save_baseline('it''s', 'public.*');
select proapp.drop_baseline('it''s');
select proapp.save_baseline('bad', 'no_dot');
select baseline from proapp.baselines;

-- A baseline's selectors may come to match nothing: that is drift, not an error.
select * from proapp.save_baseline('only', 'table:public.t');
begin;
drop table t;
select severity, kind, identity, change from proapp.drift('only');
rollback;

-- An identity may be long: a hundred arguments, each of a type with a long name.
create schema many;
do $$
begin
  for n in 1..100 loop
    execute format('create type many.%I as enum ()', 't' || md5(n::text) || left(md5((-n)::text), 30));
  end loop;
  execute (select format('create function many.f(%s) returns integer language sql as ''select 1''', string_agg(format('many.%I', typname), ', ' order by typname))
           from pg_type where typnamespace = 'many'::regnamespace and typtype = 'e');
end $$;
select object_count from proapp.save_baseline('long', 'function:many.*');
select count(*) from proapp.drift('long');
drop function many.f;
select kind, length(identity) > 6000 as long, change from proapp.drift('long');
select proapp.drop_baseline('long');
set client_min_messages = warning;
drop schema many cascade;
reset client_min_messages;

-- DROP EXTENSION keeps everything; who creates it again finds it.
drop extension proapp_schema;
create extension proapp_schema;
select baseline from proapp.baselines;
select * from proapp.drift('second');

-- Nothing is written while the database is being restored.
set proapp.restoring = on;
select * from proapp.save_baseline('restored', 'public.*');
\echo :LAST_ERROR_SQLSTATE
select proapp.drop_baseline('second');
set proapp.restoring = auto;
begin;
set local row_security = off;
set local search_path = '';
select proapp.restoring();
select proapp.save_baseline('restored', 'public.*');
rollback;
set proapp.restoring = maybe;
reset proapp.restoring;
select proapp.restoring();
select baseline from proapp.baselines;

-- A schema that somebody else prepared is not ours.
drop extension proapp_schema;
drop schema proapp_data cascade;
create role baselines_attacker;
create schema proapp_data authorization baselines_attacker;
create extension proapp_schema;
select * from proapp.baselines;
\echo :LAST_ERROR_SQLSTATE
select * from proapp.save_baseline('first', 'public.*');
drop schema proapp_data;
-- Default privileges open nothing of ours.
alter default privileges grant all on tables to baselines_attacker;
alter default privileges grant all on schemas to baselines_attacker;
alter default privileges grant all on functions to baselines_attacker;
select count(*) > 0 as saved from proapp.save_baseline('first', 'public.*');
select has_schema_privilege('baselines_attacker', 'proapp_data', 'usage') as schema, has_table_privilege('baselines_attacker', 'proapp_data.baselines', 'select') as data;
drop extension proapp_schema;
create extension proapp_schema;
select has_function_privilege('baselines_attacker', 'proapp.drift(text)', 'execute') as drift, has_table_privilege('baselines_attacker', 'proapp.baselines', 'select') as baselines,
       has_schema_privilege('baselines_attacker', 'proapp', 'create') as create_there;

\c contrib_regression
drop database proapp_baselines;
drop role baselines_attacker;
