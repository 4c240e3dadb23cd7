-- Claims of every kind, good and bad: an id, or null, and never an error.
create database proapp_identity_claims encoding 'UTF8' locale 'C' template template0;
\c proapp_identity_claims
set client_encoding = utf8;
\set SHOW_CONTEXT never
create extension proapp_schema;

create table users (id uuid primary key, auth_id uuid unique);
create table text_users (id text primary key, auth_id text unique);
create table small_users (id int primary key, auth_id int unique);
create table big_users (id bigint primary key, auth_id bigint unique);
create table varchar_users (id varchar(40) primary key, auth_id varchar(40) unique);
insert into users values ('11111111-1111-1111-1111-111111111111', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'), ('22222222-2222-2222-2222-222222222222', '12345678-9012-3456-7890-123456789012');
insert into text_users values ('alice', 'user_2abc'), ('42 as text', '42'), ('true as text', 'true'), ('null as text', 'null'), ('object as text', '{"a": 1}'), ('empty', ''),
  ('accent', 'usér'), ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'uuid'), ('list as text', '[]');
insert into small_users values (1, 42), (2, -2147483648);
insert into big_users values (9000000000, 42), (2, 9223372036854775807);
insert into varchar_users values ('bob', 'auth0|5f7c8ec7c33c6c004bbafe82');
select count(*) from proapp.map_users('uuid', 'users', 'auth_id');
select count(*) from proapp.map_users('text', 'text_users', 'auth_id');
select count(*) from proapp.map_users('integer', 'small_users', 'auth_id');
select count(*) from proapp.map_users('bigint', 'big_users', 'auth_id');
select count(*) from proapp.map_users('varchar', 'varchar_users', 'auth_id');

create function ask(claims text, mapping text default 'uuid') returns text language plpgsql as $$
begin
  perform set_config('request.jwt.claims', claims, true);
  return (select coalesce(w.user_key, 'null: ' || w.reason) from proapp.whoami() w where w.mapping = ask.mapping and w.user_key is not distinct from proapp.current_user_key(ask.mapping));
end $$;

-- Nothing that a claim can be makes a policy raise.
select kind, ask(claims) from (values
  ('unset', null), ('empty', ''), ('blank', ' '), ('null', 'null'), ('true', 'true'), ('number', '1'), ('text', '"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"'),
  ('array', '["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"]'), ('empty object', '{}'), ('truncated', '{"sub": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'),
  ('truncated before the end', '{"sub": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"'), ('no JSON', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'), ('garbage behind', '{"sub": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"} x'),
  ('null sub', '{"sub": null}'), ('empty sub', '{"sub": ""}'), ('numeric sub', '{"sub": 42}'), ('fraction', '{"sub": 4.2}'), ('boolean sub', '{"sub": true}'), ('text sub', '{"sub": "user_2abc"}'),
  ('array sub', '{"sub": ["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"]}'), ('nested sub', '{"sub": {"sub": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"}}'),
  ('sub elsewhere', '{"user": {"sub": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"}}'), ('another case', '{"SUB": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"}'),
  ('space in sub', '{"sub": " a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"}'), ('uuid too short', '{"sub": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1"}'), ('zero byte', '{"sub": "\u0000"}'),
  ('half a surrogate pair', '{"sub": "\ud83d"}'), ('invalid elsewhere', '{"sub": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "exp": 01}'),
  ('number too large elsewhere', '{"sub": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "exp": 1e999999}'), ('literal service', '{"sub": "service"}')) v(kind, claims);

-- All of them are this user.
select kind, ask(claims) from (values
  ('plain', '{"sub":"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"}'), ('space', E' \n\t\r{ "sub" : "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11" } '), ('upper case', '{"sub":"A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"}'),
  ('braces', '{"sub":"{a0eebc999c0b4ef8bb6d6bb9bd380a11}"}'), ('escaped', '{"\u0073ub":"a0eebc99\u002d9c0b-4ef8-bb6d-6bb9bd380a11"}'), ('last of two', '{"sub":"x","sub":"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"}'),
  ('among others', '{"aud":"authenticated","exp":1.7e9,"app_metadata":{"providers":["email"],"sub":"x"},"sub":"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11","amr":[{"method":"otp"}]}')) v(kind, claims);
select ask('{"sub": 12345678901234567890123456789012}') as "a number with as many digits as a uuid", ask('{"sub": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "sub": null}') as "last of two is null";

-- Ids of other types.
select claims, ask(claims, 'text') as text, ask(claims, 'integer') as integer, ask(claims, 'bigint') as bigint from (values
  ('{"sub": "user_2abc"}'), ('{"sub": 42}'), ('{"sub": 42.0}'), ('{"sub": "42"}'), ('{"sub": " +42 "}'), ('{"sub": 4.2e1}'), ('{"sub": true}'), ('{"sub": null}'), ('{"sub": "null"}'), ('{"sub": {"a": 1}}'),
  ('{"sub": []}'), ('{"sub": ""}'), ('{"sub": "us\u00e9r"}'), ('{"sub": "usér"}'), ('{"sub": -2147483648}'), ('{"sub": 2147483648}'), ('{"sub": 9223372036854775807}'), ('{"sub": 9223372036854775808}'),
  ('{"sub": "0x2A"}')) v(claims);
select ask('{"sub": "auth0|5f7c8ec7c33c6c004bbafe82"}', 'varchar'), ask('{"sub": "auth0|5f7c8ec7c33c6c004bbafe8"}', 'varchar');
-- current_user_id gives uuids alone.
begin;
set local request.jwt.claims = '{"sub": 42}';
select proapp.current_user_id('integer') is null as "an integer", proapp.current_user_key('integer');
set local request.jwt.claims = '{"sub": "uuid"}';
select proapp.current_user_id('text') as "a uuid as text", proapp.current_user_key('text');
rollback;

-- Other claims than sub: a plain one has a legacy setting too, one inside of an object has not.
create table tenants (id uuid primary key, slug text unique);
insert into tenants values ('33333333-3333-3333-3333-333333333333', 'acme'), ('44444444-4444-4444-4444-444444444444', 'globex');
select count(*) from proapp.map_users('tenant', 'tenants', 'slug', claim => 'app_metadata.tenant_id');
select count(*) from proapp.map_users('organization', 'tenants', 'slug', claim => 'org');
select count(*) from proapp.map_users('namespaced', 'tenants', 'slug', claim => '"https://example.com/claims".tenant');
select ask('{"app_metadata": {"tenant_id": "acme"}}', 'tenant'), ask('{"app_metadata.tenant_id": "acme"}', 'tenant'), ask('{"app_metadata": "acme"}', 'tenant'),
  ask('{"app_metadata": {"tenant_id": "acme"}, "app_metadata": {}}', 'tenant'), ask('{"tenant_id": "acme"}', 'tenant'), ask('', 'tenant');
select ask('{"org": "globex"}', 'organization'), ask('{"https://example.com/claims": {"tenant": "acme"}}', 'namespaced');
begin;
set local request.jwt.claim.org = 'acme';
set local request.jwt.claims = '{"org": "globex"}';
select proapp.current_user_id('organization');
set local request.jwt.claim.org = '';
select proapp.current_user_id('organization');
rollback;

-- auth_id() is what auth.uid() takes for the id, before it casts it; it never raises, and an empty one is none.
create function reference(document text) returns text language plpgsql as $$
begin
  return nullif(document::jsonb ->> 'sub', '');
exception when others then
  return null;
end $$;
create function ours(document text) returns text language sql as $$ select proapp.auth_id() from set_config('request.jwt.claims', document, true) where set_config is not null $$;
create table documents (document text);
insert into documents values
  ('{"sub":"abc"}'), ('{"sub":{"b":[1,2.50,{"c":null}],"a":"\u00e9","a":true}}'), ('{"sub":[1,"two",[],{}]}'), ('{"sub":1e3}'), ('{"sub":-0.0}'), ('{"sub":1.50e1}'), ('{"sub":12.5e-4}'), ('{"sub":0e-3}'),
  ('{"a":{"sub":"x"},"sub":"\"\\\/\b\f\n\r\t\u0041\ud83d\ude00"}'), (' { "sub" : true , "x" : [ 1 , -2.5E+3 , "\u20ac" ] } '), ('{"sub":"é€😀"}'), ('{"sub":0.00001,"a":[[[{}]]]}');
-- Every document with one character taken out, doubled, or replaced by each of these.
create table mutants as
  select distinct m.document from documents d, generate_series(1, length(d.document)) at,
    lateral (select left(d.document, at - 1) as before, substr(d.document, at, 1) as here, substr(d.document, at + 1) as behind) part,
    lateral (select unnest(array['', here || here] || string_to_array(E'{|}|[|]|"|:|,|\\|/| |\t|\n|\x01|0|1|9|-|+|.|e|E|u|t|n|a|é', '|')) as instead) i,
    lateral (select before || instead || behind as document) m;
select count(*) > 5000 as enough, count(reference(document)) > 1000 as valid_too from mutants;
select document, reference(document), ours(document) from (table documents union table mutants) d where ours(document) is distinct from reference(document);

-- Nesting deeper than PostgreSQL's own parser takes is no reason to raise.
select length(proapp.auth_id()) from set_config('request.jwt.claims', '{"sub": "x", "a": ' || repeat('[', 200000) || repeat(']', 200000) || '}', false);
select length(proapp.auth_id()) from set_config('request.jwt.claims', '{"sub": ' || repeat('[', 200000) || repeat(']', 200000) || '}', false);
select proapp.current_user_key('text') is null as nobody;
reset request.jwt.claims;

\c contrib_regression
drop database proapp_identity_claims;

-- A database in another encoding: escapes beyond ASCII are valid, and not translated.
create database proapp_identity_latin encoding 'LATIN1' locale 'C' template template0;
\c proapp_identity_latin
create extension proapp_schema;
set request.jwt.claims = '{"sub": "abc", "name": "J\u00f6rg"}';
select proapp.auth_id();
set request.jwt.claims = '{"sub": "J\u00f6rg"}';
select proapp.auth_id() is null as nobody;
\c contrib_regression
drop database proapp_identity_latin;
