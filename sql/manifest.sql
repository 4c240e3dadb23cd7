-- What is in a schema: every object with its attributes and a digest.
create database proapp_manifest;
\c proapp_manifest
create extension proapp_schema;
create role manifest_reader;
create role manifest_owner;

create schema app;
create type app.status as enum ('draft', 'active', 'closed');
create table app.owners (id uuid primary key default gen_random_uuid(), email text not null unique);
create table app.items (
  id bigint generated always as identity primary key,
  owner_id uuid not null references app.owners (id) on delete cascade,
  status app.status not null default 'draft',
  code varchar(10) check (code in ('x', 'y')),
  amount numeric(10, 2) not null default 0 check (amount between 0 and 1000 and amount <> 13),
  half numeric generated always as (amount / 2) stored
);
create index items_active on app.items (owner_id, lower(code) desc nulls last) include (amount) where status = 'active';
alter table app.items enable row level security;
alter table app.items force row level security;
create policy own on app.items for select to manifest_reader using (owner_id in (select o.id from app.owners o where o.email = current_user));
create policy narrow on app.items as restrictive for update using (true) with check (amount > 0);
create view app.active with (security_invoker = on) as select i.id, o.email from app.items i join app.owners o on o.id = i.owner_id where i.status = 'active';
create function app.total(of_owner uuid, at_least numeric default 0, out total numeric)
  language sql stable security definer set search_path = '' as 'select sum(amount) from app.items where owner_id = of_owner and amount >= at_least';
create function app.touch() returns trigger language plpgsql as 'begin return new; end';
create trigger touched before update on app.items for each row when (old.amount is distinct from new.amount) execute function app.touch();
create sequence app.numbers increment 5 maxvalue 1000 cycle;
set client_min_messages = error;  -- a test server need not publish
create publication changes for table app.items (id, amount) where (id > 0);
reset client_min_messages;
alter publication changes set (publish = 'insert');
grant select, update (amount) on app.items to manifest_reader;
grant select on app.owners to manifest_reader with grant option;
grant usage on schema app to public;
alter table app.owners owner to manifest_owner;
comment on table app.items is 'what is sold';
comment on column app.items.amount is 'in euros';

-- Digests of trees are left out of what is printed here.
create function shown(definition jsonb) returns text language sql as $$ select regexp_replace(definition::text, '"tree": "[0-9a-f]{64}"', '"tree": "..."', 'g') $$;

-- One row an object. Parts of a relation name it as their parent.
select kind, identity, parent from proapp.manifest('app.*', 'publication:changes');

-- Attributes read like SQL. A digest covers the tree, not the text.
select identity, shown(definition - 'definition' - 'comment') as definition from proapp.manifest('column:app.items') where identity ~ 'amount|code|half|id$|status';
select identity, definition ->> 'type' as type, definition #>> '{definition,sql}' as sql from proapp.manifest('constraint:app.*');
select identity, shown(definition - 'definition') as definition from proapp.manifest('index:app.*');
select identity, shown(definition) as definition from proapp.manifest('policy:app.*');
select kind, identity, definition -> 'grants' as grants, definition ->> 'owner' = 'manifest_owner' as reassigned from proapp.manifest('app.*') where definition -> 'grants' <> 'null' and kind in ('table', 'column', 'schema');
select identity, definition ->> 'rls_enabled' as enabled, definition ->> 'rls_forced' as forced, definition ->> 'comment' as comment from proapp.manifest('table:app.*') where kind = 'table' or identity = 'app.items.amount';
select identity, shown(definition - 'definition' - 'owner' - 'grants' - 'comment') as definition from proapp.manifest('function:app.total', 'sequence:app.*', 'publication member:app.*', 'publication:*', 'trigger:app.*');
select identity, definition ->> 'security_invoker' as invoker, definition #>> '{query,sql}' as query from proapp.manifest('view:app.active') where kind = 'view';

-- Summaries count by category.
select * from proapp.manifest_summary('app.*');

-- What is not modelled is counted, never silent.
create domain app.positive as numeric check (value > 0);
create aggregate app.product (numeric) (sfunc = numeric_mul, stype = numeric);
select kind, identity, definition from proapp.manifest() where kind = 'unmodelled';

-- Members of extensions come with the extension only.
create extension pg_trgm schema app;
select count(*) from proapp.manifest('app.*') where identity like '%similarity%';
select count(*) > 5 as members from proapp.manifest('extension:pg_trgm') where kind = 'function';

-- The digest of everything is 64 digits, the same for every search_path, and for a role that created nothing.
select proapp.manifest_digest() as digest \gset
select :'digest' ~ '^[0-9a-f]{64}$' as digits;
set search_path = app, pg_temp;
select proapp.manifest_digest() = :'digest' as same_digest;
-- Temporary objects that shadow PostgreSQL's own change nothing.
create temporary table pg_class (relname text);
create type pg_temp.uuid as enum ('shadow');
select proapp.manifest_digest() = :'digest' as same_digest;
reset search_path;
-- What is rolled back never was.
begin;
alter table app.items disable row level security;
select proapp.manifest_digest() = :'digest' as same_digest;
rollback;
select proapp.manifest_digest() = :'digest' as same_digest;
-- A repeatable read transaction sees its own snapshot of the catalogs.
begin isolation level repeatable read;
select proapp.manifest_digest('app.*') is not null as taken;
rollback;

-- The document holds the same objects and digests.
select d ->> 'proapp_manifest' as format, (d ->> 'postgresql')::integer = current_setting('server_version_num')::integer / 10000 as major, d -> 'selectors' as selectors,
       jsonb_array_length(d -> 'objects') = (select count(*) from proapp.manifest('app.*')) as every_object,
       d ->> 'digest' = proapp.manifest_digest('app.*') as same_digest, d -> 'environment' ? 'extensions' as environment
from proapp.manifest_document('app.*') d;

-- Nobody but the owner and those that the owner lets may look.
set role manifest_reader;
select proapp.manifest_digest();
reset role;

\c contrib_regression
drop database proapp_manifest;
drop role manifest_reader;
drop role manifest_owner;
