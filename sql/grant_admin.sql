-- A role that is no superuser and does the usual day: what it needs comes from grant_admin(), what it may do to tables stays its own affair.
create database proapp_grant_admin;
\c proapp_grant_admin
\set SHOW_CONTEXT never
create extension proapp_schema;
create role admin_ann;
create role admin_bob;

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

-- Ann owns the application and may not yet ask how it stands.
create schema shop authorization admin_ann;
set role admin_ann;
create table shop.users (id uuid primary key, auth_user_id uuid unique);
create table shop.orders (id int primary key, user_id uuid references shop.users);
select * from refusal('select * from proapp.status()');
reset role;

select proapp.grant_admin('admin_ann');
-- Everything of the extension that is not everybody's, and nothing else.
select count(*) as "functions without EXECUTE" from pg_proc p
where pronamespace = 'proapp'::regnamespace and not has_function_privilege('admin_ann', oid, 'execute') and prorettype <> 'event_trigger'::regtype and 'internal'::regtype <> all (proargtypes);
select count(*) as "views without SELECT" from pg_class where relnamespace = 'proapp'::regnamespace and relkind = 'v' and not has_table_privilege('admin_ann', oid, 'select');
select count(*) as "what others got" from pg_proc p, aclexplode(proacl) a where pronamespace = 'proapp'::regnamespace and a.grantee not in (0, proowner, 'admin_ann'::regrole);

-- A second call changes nothing, not even the rows of the catalog.
create temporary table before as select oid, xmin as version, ctid as place from pg_proc where pronamespace = 'proapp'::regnamespace;
select proapp.grant_admin('admin_ann');
select count(*) as changed from before b join pg_proc p using (oid) where (p.xmin, p.ctid) is distinct from (version, place);
-- After an update, it grants what is new.
revoke execute on function proapp.status() from admin_ann;
select proapp.grant_admin('admin_ann');
select has_function_privilege('admin_ann', 'proapp.status()', 'execute');

-- The usual day. State is written as the extension's owner; Ann has nothing on its tables.
set role admin_ann;
select * from proapp.map_users('shop', 'shop.users', 'auth_user_id');
select * from proapp.user_mappings;
select * from proapp.save_baseline('production', 'shop.*');
alter table shop.orders add column note text;
select severity, identity, change, changed_by from proapp.drift();
select * from proapp.drift_summary() where status <> 'OK';
call proapp.check_drift();
select baseline, outcome, low, medium, high from proapp.drift_runs;
select severity, identity, change from proapp.drift_findings;
select command_tag, identity, session_role = session_user as by_session, acting_role from proapp.ddl_log where identity like 'shop.orders%';
select step, statement, outcome from proapp.repair(dry_run => false, allow => '{row_loss}');
alter table shop.orders add column note text;
select proapp.accept_drift(reason => 'notes are wanted');
select * from proapp.replace_baseline('production', 'shop.*');
select baseline, revision, reason from proapp.baseline_revisions order by revision;
select concern, state, next from proapp.status();
select * from proapp.migrations;
select proapp.unmap_users('shop');
select proapp.drop_baseline('production');
select * from refusal('table proapp_data.baselines');
-- Nobody is more than before: what Ann may not read stays closed, and she appoints nobody.
reset role;
create table public.secrets (id uuid primary key, auth_id uuid unique);
set role admin_ann;
select * from refusal($$ select * from proapp.map_users('other', 'public.secrets', 'auth_id') $$);
select * from refusal($$ select proapp.grant_admin('admin_bob') $$);
reset role;
select has_function_privilege('admin_bob', 'proapp.status()', 'execute');

-- Roles that are none to appoint.
select r, e.* from (values ('''nobody_of_that_name'''), ('''public'''), ('''pg_monitor'''), ('null')) v(r), refusal(format('select proapp.grant_admin(%s)', r)) e where e.says <> '';

-- A name that needs quotes.
create role "it's ""Odd""";
select proapp.grant_admin('it''s "Odd"');
select has_function_privilege('it''s "Odd"', 'proapp.drift(text)', 'execute');

\c contrib_regression
drop database proapp_grant_admin;
drop role admin_ann;
drop role admin_bob;
drop role "it's ""Odd""";
