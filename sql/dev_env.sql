-- proapp_dev_env: what a Supabase-style project has, on a plain server
create database proapp_dev_env_test;
\c proapp_dev_env_test
set client_min_messages = warning;
create extension proapp_dev_env cascade;
select app, version, length(checksum), applied_by = session_user as by_me from proapp.migrations;

-- roles, and what they may do
select rolname, rolcanlogin, rolbypassrls, rolsuper from pg_roles where rolname in ('anon', 'authenticated', 'service_role') order by 1;
select r, s, has_schema_privilege(r, s, 'usage') as usage, has_schema_privilege(r, s, 'create') as "create"
  from unnest(array['anon', 'authenticated', 'service_role']) r, unnest(array['auth', 'public', 'storage']) s order by 1, 2;
create table public.t (a int);
create function public.f() returns int language sql return 1;
create sequence public.s;
select r, has_table_privilege(r, 'public.t', 'select, insert, update, delete, truncate') as "table",
       has_function_privilege(r, 'public.f()', 'execute') as function, has_sequence_privilege(r, 'public.s', 'usage') as sequence,
       has_table_privilege(r, 'storage.objects', 'select') as objects, has_table_privilege(r, 'auth.users', 'select') as users
  from unnest(array['anon', 'authenticated', 'service_role']) r;
drop table public.t; drop function public.f(); drop sequence public.s;

-- tables under row level security, and the publication
select oid::regclass as relation, relrowsecurity from pg_class where relnamespace in ('auth'::regnamespace, 'storage'::regnamespace) and relkind = 'r' order by 1::text;
select pubname, puballtables from pg_publication;

-- who is signed in: nobody
select auth.uid(), auth.role(), auth.email(), auth.jwt();
-- by the claims of today
begin;
set local request.jwt.claims = '{"sub": "00000000-0000-4000-8000-000000000001", "role": "authenticated", "email": "ann@example.org"}';
select auth.uid(), auth.role(), auth.email(), auth.jwt() ->> 'sub' as sub;
-- the settings of old win where they are set
set local request.jwt.claim.sub = '00000000-0000-4000-8000-000000000002';
set local request.jwt.claim.role = 'service_role';
select auth.uid(), auth.role(), auth.email();
rollback;
-- after a rollback a setting is '' instead of null
select current_setting('request.jwt.claims', true) = '' as empty, auth.uid(), auth.jwt();
-- malformed claims and an id that is no uuid are errors, as on the real one
set request.jwt.claims = '{"sub":';
select auth.uid();
select auth.jwt();
set request.jwt.claims = '{"sub": "not a uuid"}';
select auth.uid();
select auth.role(), auth.email();
reset request.jwt.claims;

-- an API role sees its own claims, and no users
insert into auth.users (id, email, email_confirmed_at) values ('00000000-0000-4000-8000-000000000001', 'ann@example.org', '2025-01-01');
set role authenticated;
set request.jwt.claims = '{"sub": "00000000-0000-4000-8000-000000000001"}';
select auth.uid();
select * from auth.users;
reset role;
reset request.jwt.claims;

-- paths of files
select p, storage.foldername(p), storage.filename(p), storage.extension(p) from unnest(array['public/sub/avatar.png', 'a.tar.gz', 'docs/README', '']) p;
insert into storage.buckets (id, name) values ('avatars', 'avatars');
insert into storage.objects (bucket_id, name) values ('avatars', 'ann/me.png');
select name, path_tokens from storage.objects;
set role anon;
select count(*) from storage.objects;
reset role;

-- nothing is a member: dropping the extension drops nothing, and creating it again adopts what is there
select count(*) from pg_depend where deptype = 'e' and refobjid = (select oid from pg_extension where extname = 'proapp_dev_env');
drop extension proapp_dev_env;
select id, email from auth.users;
create extension proapp_dev_env;
select id, email from auth.users;
drop extension proapp_schema cascade;
select id, email from auth.users;
create extension proapp_dev_env cascade;
select count(*) from proapp.migrations;

-- where there is an environment already that the ledger does not know, it is refused
drop extension proapp_dev_env;
delete from proapp_data.migrations;
\set SHOW_CONTEXT never
create extension proapp_dev_env;
drop publication supabase_realtime;
drop schema storage cascade;
drop table auth.users;
create extension proapp_dev_env;
\set SHOW_CONTEXT errors
drop schema auth cascade;

-- a schema that somebody else prepared is not taken
create role proapp_dev_env_mallory;
create schema auth authorization proapp_dev_env_mallory;
\set VERBOSITY terse
create extension proapp_dev_env;
\set VERBOSITY default
drop schema auth;

-- nor are roles that policies could not rely on
alter role anon bypassrls;
alter role service_role nobypassrls;
\set SHOW_CONTEXT never
create extension proapp_dev_env;
\set SHOW_CONTEXT errors
alter role anon nobypassrls;
alter role service_role bypassrls;

-- the caller's own rights decide: the control file lends nobody a superuser's
do $$ begin execute format('grant create on database %I to proapp_dev_env_mallory', current_database()); end $$;
set role proapp_dev_env_mallory;
create extension proapp_dev_env;
reset role;
-- where the roles are there, they suffice
begin;
grant execute on function proapp.migrate_up to proapp_dev_env_mallory;
set local role proapp_dev_env_mallory;
create extension proapp_dev_env;
reset role;
select nspname, pg_get_userbyid(nspowner) as owner from pg_namespace where nspname in ('auth', 'storage') order by 1;
select applied_by = session_user as by_session from proapp.migrations;
rollback;

-- while restoring it creates nothing
set proapp.restoring = on;
create extension proapp_dev_env;
select count(*) from pg_namespace where nspname in ('auth', 'storage');
select count(*) from proapp.migrations;
drop extension proapp_dev_env;
reset proapp.restoring;
create extension proapp_dev_env;
select count(*) from pg_namespace where nspname in ('auth', 'storage');

\c contrib_regression
drop database proapp_dev_env_test;
drop role proapp_dev_env_mallory;
