-- Revisions of a baseline: replaced, accepted, imported; each can be read, and nothing is copied.
create database proapp_baseline_revisions;
\c proapp_baseline_revisions
create extension proapp_schema;
create schema shop;
create table shop.customers (id integer primary key, email text not null unique);
create table shop.orders (id integer primary key, customer integer references shop.customers, total numeric(10, 2));
create function shop.total(integer) returns numeric language sql as 'select total from shop.orders where id = $1';
create schema other;
create table other.t (id integer);
select * from proapp.save_baseline('production', 'shop.*');
select baseline, revision, selectors, imported, reason from proapp.baseline_revisions;

-- What the digest says is always what the database says where nothing differs; and the rows in force are as many as the head says.
create function consistent(name text default 'production', variadic selectors text[] default '{shop.*}') returns table(revision integer, same_digest boolean, same_count boolean, drift bigint)
language sql as $$
  select b.revision, b.digest = proapp.manifest_digest(variadic selectors),
    b.object_count = (select count(*) from proapp_data.baseline_objects o where o.baseline = name and until_revision is null),
    (select count(*) from proapp.drift(name))
  from proapp.baselines b where b.baseline = name
$$;
create function rows_kept() returns table(from_revision integer, until_revision integer, count bigint) language sql as $$
  select from_revision, until_revision, count(*) from proapp_data.baseline_objects group by 1, 2 order by 1, 2
$$;
select * from consistent();

-- Several changes; one is accepted after the other.
alter table shop.orders alter total type numeric(12, 2), add column note text;
create table shop.audit (id integer primary key, said text);
create index audit_said on shop.audit (said);
drop function shop.total;
comment on table shop.orders is 'What was ordered.';
alter table shop.orders enable row level security;
select severity, kind, identity, change, attribute from proapp.drift();

select proapp.accept_drift(identity => 'shop.orders', reason => 'ticket 12: isolation');
select severity, kind, identity, change, attribute from proapp.drift();
-- a new table comes with all that hangs on it, and brings nothing else
select proapp.accept_drift('production', 'shop.audit', 'audited');
select identity, change, attribute from proapp.drift();
-- an object that is gone goes
select proapp.accept_drift(identity => 'shop.total(integer)');
-- nothing is left to accept of what was accepted, and that makes no revision
select proapp.accept_drift(identity => 'shop.orders');
select proapp.accept_drift(identity => 'shop.customers.email');
select identity, change, attribute from proapp.drift();
select revision, same_digest, same_count from consistent();
select proapp.accept_drift(reason => 'the rest');
select * from consistent();
select proapp.accept_drift();
select revision, object_count, saved_by = session_user as by_me, saved_at <= clock_timestamp() as "then", reason from proapp.baseline_revisions;
-- Each revision wrote what it changed.
select * from rows_kept();

-- An identity that drift() does not list.
select proapp.accept_drift('production', 'shop.order');
\echo :LAST_ERROR_SQLSTATE
drop table shop.audit;
-- what hangs on a missing table is not listed
select proapp.accept_drift('production', 'shop.audit.said');
select proapp.accept_drift('production', '');
select proapp.accept_drift('production', 'shop.audit');
select * from consistent();
-- gone from both
select proapp.accept_drift('production', 'shop.audit');
select proapp.accept_drift('none');
\echo :LAST_ERROR_SQLSTATE

-- Objects of several kinds may have one identity.
create domain shop.twice as integer;
create function shop.twice() returns integer language sql as 'select 1';
create collation shop.twice from "C";
select kind, identity, change from proapp.drift();
select proapp.accept_drift('production', 'shop.twice');
select kind, identity, change from proapp.drift();
select proapp.accept_drift('production', 'shop.twice()');
select * from consistent();

-- A table that is dropped and made again as it was: its place was left, and is not taken twice.
drop table shop.orders;
select proapp.accept_drift();
create table shop.orders (id integer primary key);
select proapp.accept_drift();
select * from consistent();
select count(*) - count(distinct place) as "places in use twice" from proapp_data.baseline_objects where until_revision is null;

-- replace_baseline takes everything, and writes what changed.
alter table shop.orders add column state text not null default 'open';
select * from proapp.replace_baseline('production');
select * from consistent();
select from_revision, until_revision, count from rows_kept() where 10 in (from_revision, until_revision);
-- again: nothing changed, no revision
select count(*) from proapp.replace_baseline('production');
select revision from proapp.baselines;
-- with other selectors
select * from proapp.replace_baseline('production', 'shop.*', 'other.*');
select revision, selectors from proapp.baseline_revisions limit 2;
select * from consistent('production', 'shop.*', 'other.*');
select count(*) > 0 as replaced from proapp.replace_baseline('production', 'other.*');
select * from consistent('production', 'other.*');
select count(*) > 0 as replaced from proapp.replace_baseline('production', 'shop.*');
select * from consistent();
select proapp.replace_baseline('production', 'nothing.*');
select proapp.replace_baseline('production', 'no_dot');
select proapp.replace_baseline('none');
\echo :LAST_ERROR_SQLSTATE
select proapp.replace_baseline(null);
select proapp.replace_baseline('');
select revision from proapp.baselines;
-- selectors that the baseline has may match nothing by now
select count(*) > 0 as saved from proapp.save_baseline('audit', 'table:other.t');
drop table other.t;
select * from proapp.replace_baseline('audit');
select revision, object_count from proapp.baselines where baseline = 'audit';
select count(*) from proapp.drift('audit');
select proapp.drop_baseline('audit');

-- Any revision as a document, and what differs between two.
select identity, change, attribute, expected, actual from proapp.compare_manifests(proapp.baseline_document('production', 1), proapp.baseline_document('production', 2));
select count(*) from proapp.compare_manifests(proapp.baseline_document(), proapp.manifest_document('shop.*'));
select revision, r.digest = proapp.baseline_document(r.baseline, r.revision) ->> 'digest' as same_digest,
  r.object_count = jsonb_array_length(proapp.baseline_document(r.baseline, r.revision) -> 'objects') as same_count
from proapp.baseline_revisions r;
select proapp.baseline_document('production', 99);
\echo :LAST_ERROR_SQLSTATE
select proapp.baseline_document('none', 1);

-- A document from elsewhere becomes a baseline.
select proapp.manifest_document('shop.*') as document \gset
select * from proapp.import_baseline('staging', :'document');
select baseline, revision, selectors, postgresql = current_setting('server_version_num')::integer / 10000 as this_major, imported from proapp.baselines;
select * from consistent('staging');
select proapp.import_baseline('staging', :'document');
\echo :LAST_ERROR_SQLSTATE
select proapp.import_baseline('production', :'document');
comment on column shop.orders.state is 'open or paid';
select severity, identity, attribute, expected, actual from proapp.drift('staging');
-- accepting leaves it an imported one, taking it anew does not
select proapp.accept_drift('staging', 'shop.orders.state', 'explained');
select revision, imported from proapp.baseline_revisions where baseline = 'staging';
select count(*) > 0 as replaced from proapp.replace_baseline('staging');
select revision, imported from proapp.baseline_revisions where baseline = 'staging';
select proapp.drop_baseline('staging');

-- Documents that are none, changed ones, and selectors that are none.
select proapp.import_baseline('bad', null);
select proapp.import_baseline(null, :'document');
select proapp.import_baseline('', :'document');
select proapp.import_baseline('bad', '{}');
select proapp.import_baseline('bad', '[1, 2]');
select proapp.import_baseline('bad', jsonb_set(:'document', '{proapp_manifest}', '2'));
\echo :LAST_ERROR_SQLSTATE
select proapp.import_baseline('bad', jsonb_set(:'document', '{objects,0,definition,owner}', '"somebody"'));
\echo :LAST_ERROR_SQLSTATE
select proapp.import_baseline('bad', (:'document')::jsonb #- '{objects,0}');
select proapp.import_baseline('bad', jsonb_set(:'document', '{postgresql}', '10000000000'));
select proapp.import_baseline('bad', jsonb_set(:'document', '{selectors}', '["nodot"]'));
select proapp.import_baseline('bad', jsonb_set(:'document', '{selectors}', '[7]'));
select baseline from proapp.baselines;

-- Another major's definitions are kept, and not compared.
select count(*) > 0 as imported from proapp.import_baseline('old', jsonb_set(:'document', '{postgresql}', '14'));
select baseline, postgresql from proapp.baselines where baseline = 'old';
create function complaint(call text) returns table(code text, message text, hint text) language plpgsql as $$
begin
  execute call;
exception when others then
  get stacked diagnostics code = returned_sqlstate, message = message_text, hint = pg_exception_hint;
  message := regexp_replace(message, 'server is \d+', 'server is NN');
  return next;
end $$;
select * from complaint($$select proapp.drift('old')$$);
select code, message from complaint($$select proapp.drift_summary('old')$$);
select code, message from complaint($$select proapp.accept_drift('old')$$);
select identity, attribute from proapp.compare_manifests(proapp.baseline_document('old'), proapp.manifest_document('shop.*'));
select count(*) > 0 as replaced from proapp.replace_baseline('old');
select * from consistent('old');
select proapp.drop_baseline('old');

-- Nothing is written while the database is being restored.
set proapp.restoring = on;
select proapp.accept_drift();
\echo :LAST_ERROR_SQLSTATE
select proapp.replace_baseline('production');
select proapp.import_baseline('restored', :'document');
reset proapp.restoring;

-- In a transaction that is rolled back nothing has happened.
begin;
select proapp.accept_drift(reason => 'not really');
select revision, reason from proapp.baselines;
rollback;
select * from consistent();

-- drop_baseline forgets all of it, and the next one begins anew.
select proapp.drop_baseline('production');
select (select count(*) from proapp_data.baselines) as baselines, (select count(*) from proapp_data.baseline_revisions) as revisions, (select count(*) from proapp_data.baseline_objects) as objects;
select proapp.accept_drift();
\echo :LAST_ERROR_SQLSTATE
select count(*) > 0 as saved from proapp.save_baseline('production', 'shop.*');
select proapp.accept_drift();
select * from consistent();

\c contrib_regression
drop database proapp_baseline_revisions;
