-- Registering where users are found: what is taken, what is refused and why, what it answers, and what happens when the table changes later.
create database proapp_identity_mapping;
\c proapp_identity_mapping
\set SHOW_CONTEXT never
create extension proapp_schema;

-- An error as rows: SQLSTATE, message, DETAIL, HINT.
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

create table good (id uuid primary key, auth_id uuid unique, other uuid, at timestamptz, wide text, odd point, constraint deferred unique (other) deferrable);
create view a_view as table good;
create materialized view a_matview as table good;
create temporary table a_temp (id uuid, auth_id uuid unique);
create unlogged table an_unlogged (id uuid, auth_id uuid unique);
create table a_partitioned (id uuid, auth_id uuid unique) partition by hash (auth_id);
create table a_parent (id uuid, auth_id uuid unique);
create table a_child () inherits (a_parent);
create foreign data wrapper nowhere;
create server nowhere foreign data wrapper nowhere;
create foreign table a_foreign (id uuid, auth_id uuid) server nowhere;
create sequence a_sequence;

select kind, r.* from (values ('a_view'), ('a_matview'), ('a_temp'), ('an_unlogged'), ('a_partitioned'), ('a_parent'), ('a_foreign'), ('a_sequence')) v(kind),
  refusal(format('select proapp.map_users(''x'', %L, ''auth_id'')', kind)) r;
select * from refusal($$ select proapp.map_users('x', 0, 'auth_id') $$);
select c, r.* from (values ('nothing'), ('at'), ('odd'), ('wide'), ('other'), ('ctid')) v(c), refusal(format('select proapp.map_users(''x'', ''good'', %L)', c)) r;
select * from refusal($$ select proapp.map_users('x', 'good', 'auth_id', 'at') $$);
select * from refusal($$ select proapp.map_users('x', 'good', 'auth_id', 'nothing') $$);
select v.a, r.* from (values ('null, ''good'', ''auth_id'''), ('''x'', null, ''auth_id'''), ('''x'', ''good'', null'), ('''x'', ''good'', ''auth_id'', null'), ('''x'', ''good'', ''auth_id'', claim => null'),
  (''''', ''good'', ''auth_id'''), ('''x'', ''good'', ''auth_id'', claim => '''''), ('''x'', ''good'', ''auth_id'', claim => ''a..b''')) v(a),
  refusal(format('select proapp.map_users(%s)', a)) r where r.says <> '';

-- Indexes that cannot answer which row has an auth id.
create table t (id int primary key, auth_id text);
create function try_index(definition text) returns table(part text, says text) language plpgsql as $$
begin
  execute definition;
  return query select r.* from refusal($r$ select proapp.map_users('x', 't', 'auth_id') $r$) r where r.part in ('accepted', 'DETAIL');
  execute case when definition like 'alter%' then 'alter table t drop constraint i' else 'drop index i' end;
end $$;
select d, i.* from (values ('create index i on t (auth_id)'), ('create index i on t using hash (auth_id)'), ('create unique index i on t (auth_id, id)'), ('create unique index i on t (id, auth_id)'),
  ('create unique index i on t (lower(auth_id))'), ('create unique index i on t (auth_id) where id > 0'), ('create unique index i on t (auth_id text_pattern_ops)'), ('create unique index i on t (auth_id collate "C")'),
  ('alter table t add constraint i unique (auth_id) deferrable'), ('create unique index i on t (auth_id) include (id)')) v(d), try_index(d) i;
-- An index over rows whose older versions it does not know is for later transactions alone.
begin;
create table young (id int, auth_id text);
insert into young values (1, 'a');
update young set auth_id = 'b';
create unique index young_auth_id on young (auth_id);
select * from refusal($$ select proapp.map_users('x', 'young', 'auth_id') $$);
rollback;
insert into t values (1, 'same'), (2, 'same');
create unique index concurrently i on t (auth_id);
select * from refusal($$ select proapp.map_users('x', 't', 'auth_id') $$);
drop index i;
truncate t;
create collation ignore_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
create table folded (id int, auth_id text collate ignore_case unique);
select * from refusal($$ select proapp.map_users('x', 'folded', 'auth_id') $$);

-- Nothing of all this was kept, but for the one index that was good and has gone.
select * from proapp.user_mappings;
select proapp.unmap_users('x');

-- A second call with the same arguments changes nothing; with others it replaces.
create unique index i on t (auth_id);
select count(*) from proapp.map_users('app', 'good', 'auth_id');
create temporary table before as select xmin as version, ctid as place, m as whole from proapp_data.user_mappings m;
select count(*) from proapp.map_users('app', 'good', 'auth_id');
select count(*) as unchanged from before join proapp_data.user_mappings m on m.xmin = version and m.ctid = place and m = whole;
begin read only;
select count(*) from proapp.map_users('app', 'good', 'auth_id');
commit;
select count(*) from proapp.map_users('app', 't', 'auth_id', claim => 'org');
select * from proapp.user_mappings;

-- Names that need quotes, also in what is given back.
create schema "My Schema";
create table "My Schema"."the ""Users""" ("Id" uuid primary key, "Auth Id" text unique);
insert into "My Schema"."the ""Users""" values ('11111111-1111-1111-1111-111111111111', 'a'), ('11111111-1111-1111-1111-111111111112', null);
select * from proapp.map_users('it''s mine', '"My Schema"."the ""Users"""', 'Auth Id', 'Id');
begin;
set local request.jwt.claims = '{"sub": "a"}';
select proapp.current_user_id('it''s mine');
rollback;

-- The caller needs to be able to read what the mapping will tell everybody.
create role identity_admin;
create role identity_owner;
create table theirs (id uuid primary key, auth_id uuid unique, secret text);
alter table theirs owner to identity_owner;
grant execute on function proapp.map_users(text, regclass, name, name, text), proapp.user_mappings() to identity_admin, identity_owner;
set role identity_admin;
select * from refusal($$ select proapp.map_users('theirs', 'theirs', 'auth_id') $$);
reset role;
grant select (id) on theirs to identity_admin;
set role identity_admin;
select * from refusal($$ select proapp.map_users('theirs', 'theirs', 'auth_id') $$);
reset role;
grant select (auth_id) on theirs to identity_admin;
set role identity_admin;
select * from refusal($$ select proapp.map_users('theirs', 'theirs', 'auth_id') $$);
reset role;
alter table theirs enable row level security;
create policy none on theirs using (false);
set role identity_admin;
select * from refusal($$ select proapp.map_users('theirs', 'theirs', 'auth_id') $$);
set role identity_owner;
select * from refusal($$ select proapp.map_users('theirs', 'theirs', 'auth_id') $$);
reset role;
alter table theirs force row level security;
set role identity_owner;
select * from refusal($$ select proapp.map_users('again', 'theirs', 'auth_id') $$);
reset role;

-- The report: who is missed, and which policies still compare a mapped id with the auth id.
create schema auth;
create table auth.users (id uuid primary key, email text);
create function auth.uid() returns uuid language sql stable as $$ select nullif(current_setting('request.jwt.claims', true)::jsonb ->> 'sub', '')::uuid $$;
create function auth.jwt() returns jsonb language sql stable as $$ select nullif(current_setting('request.jwt.claims', true), '')::jsonb $$;
create function public.uid() returns uuid language sql stable as $$ select null::uuid $$;
create table people (id uuid primary key, auth_user_id uuid unique);
create table sessions (id int primary key, provider_id uuid references people, client_id uuid references people (id));
create table audit (id int primary key, provider_id uuid, actor uuid, account uuid references auth.users);
insert into auth.users select ('00000000-0000-0000-0000-00000000000' || i)::uuid from generate_series(1, 3) i;
insert into people values ('10000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000001'), ('10000000-0000-0000-0000-000000000002', null), ('10000000-0000-0000-0000-000000000003', null);
-- These are right.
create policy r1 on people using (auth_user_id = auth.uid());
create policy r2 on sessions using (provider_id = (select id from people where auth_user_id = auth.uid()));
create policy r3 on sessions using (client_id in (select p.id from people p where p.auth_user_id = (select auth.uid())));
create policy r4 on audit using (account = auth.uid() and actor = auth.uid());
create policy r5 on sessions using (provider_id = public.uid());
create policy r6 on sessions using (auth.uid() is not null and provider_id is not null);
create policy r7 on sessions using (client_id in (select id from people where auth_user_id = auth.uid() union select id from people where auth_user_id = (select auth.uid())));
-- And these are not, whatever the search_path prints them as.
create policy w1 on people using (id = auth.uid());
create policy w2 on sessions using (provider_id = auth.uid() or client_id = auth.uid());
create policy w3 on sessions using ((select auth.uid()) = client_id);
create policy w4 on sessions for insert with check (client_id::text = (auth.jwt() ->> 'sub'));
create policy w5 on sessions using (provider_id in (select auth.uid()));
create policy w6 on sessions using (provider_id = any (array[auth.uid()]));
create policy w7 on audit using (provider_id = auth.uid());
create policy w8 on audit using (exists (select from sessions s join people p on p.id = s.client_id where s.client_id = auth.uid()));
create policy w9 on audit using (exists (select from (select p.id as person from people p) x where x.person = auth.uid()));
create policy wa on audit using (provider_id::text = current_setting('request.jwt.claim.sub', true));
create policy wb on audit using (exists (select from sessions s where s.id = audit.id and audit.provider_id <> auth.uid()));
create policy wc on audit using (provider_id::text = proapp.auth_id());
set search_path = auth, public;
select * from proapp.map_users('people', 'people', 'auth_user_id');
reset search_path;
-- A profile whose id is the account's own has nothing to rewrite.
create table profiles (id uuid primary key references auth.users);
create policy own on profiles using (id = auth.uid());
select * from proapp.map_users('profile', 'profiles', 'id');
create table profiles2 (id uuid primary key references auth.users, auth_id uuid unique);
create policy own on profiles2 using (id = auth.uid());
select item, value from proapp.map_users('profile2', 'profiles2', 'auth_id');
-- Without the right to read auth.users they are not counted.
grant select on people to identity_admin;
set role identity_admin;
select item, value, next from proapp.map_users('people', 'people', 'auth_user_id') where item like 'auth.users%';
reset role;

-- When the table changes later there is no id, and whoami() and the view say why. Put right, it works again without another call.
insert into t values (7, 'me');
select count(*) from proapp.map_users('app', 't', 'auth_id');
create function state() returns text language sql as $$ select coalesce(w.user_key, w.reason) from proapp.whoami() w where w.mapping = 'app' and proapp.current_user_key('app') is not distinct from w.user_key $$;
set request.jwt.claims = '{"sub": "me"}';
select state();
begin; drop index i; select state(); create unique index j on t (auth_id); select state(); rollback; select state();
begin; alter table t rename to t2; select state(); create table t (id int, auth_id text unique); insert into t values (8, 'me'); select state(); rollback; select state();
begin; alter table t rename auth_id to auth; select state(); rollback; select state();
begin; alter table t rename id to key; select state(); rollback; select state();
begin; alter table t alter id type numeric; select state(); rollback; select state();
begin; alter table t alter auth_id type name; select state(); rollback; select state();
begin; alter table t alter auth_id type varchar(9), alter id type bigint; select state(); rollback; select state();
begin; alter table t set unlogged; select state(); rollback; select state();
begin; alter schema public rename to elsewhere; select proapp.current_user_key('app') is null as nobody; rollback; select state();
begin; drop table t; create view t as select 7 as id, 'me'::text as auth_id; select state(); select problem from proapp.user_mappings where mapping = 'app'; rollback; select state();
begin; drop table t; create type t as (id int, auth_id text); select state(); rollback; select state();
begin; alter table t drop constraint t_pkey, alter id drop not null; update t set id = null; select state(); rollback; select state();
begin; drop table t; select state(); rollback; select state();
begin; truncate t; select state(); rollback; select state();
reset request.jwt.claims;

-- Nothing is registered while the database is being restored.
set proapp.restoring = on;
select * from refusal($$ select proapp.map_users('app', 't', 'auth_id', claim => 'later') $$);
reset proapp.restoring;

\c contrib_regression
drop database proapp_identity_mapping;
drop role identity_admin;
drop role identity_owner;
