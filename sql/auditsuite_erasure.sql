-- An organization of the audit suite leaves: its data is exported, it is erased, nothing is left, and the export is all that it had
create database proapp_auditsuite_erasure;
\c proapp_auditsuite_erasure
set client_min_messages = warning;
set timezone = 'UTC';
\set SHOW_CONTEXT never
create extension proapp_dev_env cascade;
create extension proapp_auditsuite;
\getenv abs_srcdir PG_ABS_SRCDIR
\set data :abs_srcdir '/test/fixtures/auditsuite_data.sql'
\set ECHO none
\o /dev/null
\i :data
\o
\set ECHO all
\set two '''0e000000-0000-4000-8000-000000000002'''
create function pg_temp.as_user(sub text) returns void language sql as $$
  select set_config('request.jwt.claims', json_build_object('sub', sub, 'role', 'authenticated')::text, true) $$;
-- Of every table, partitions apart, how many rows and a hash: of one organization or of the others, by the ids in their texts.
create function pg_temp.state(pattern text, theirs boolean) returns table(relation text, row_count bigint, hash text) language plpgsql as $$
declare
  one record;
begin
  for one in
    select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p', 'm') and not c.relispartition and n.nspname in ('tenant', 'audit', 'analytics', 'storage_meta', 'cache', 'logs', 'maintenance', 'storage', 'proapp_data', 'proapp_archive') and c.relname <> 'ddl_log' order by 1
  loop
    relation := one.name;
    execute format('select count(*), md5(string_agg(t::text, chr(10) order by t::text)) from %s t where (t::text ~ $1) = $2', one.name) using pattern, theirs into row_count, hash;
    if row_count > 0 then
      return next;
    end if;
  end loop;
end
$$;
-- whatever names the organization, its members, their claims or addresses, its audits and files
\set pattern '''(0e|e1|a0|f1|5e|3e|4e|2e|1e|6e)000000-0000-4000-8000-0000(00000002|0000002[0-9]|000020[0-9][0-9]|00020[0-9][0-9][0-9])|0e000000-0000-4000-8000-000000000002|user_2o2m|agency-2|Agency 2'''
-- somebody has used a key, written, and been deleted safely before
update tenant.api_keys set name = 'Used' where organization_id = :two;
select valid from tenant.verify_api_key('vxq_live_2');
insert into storage.objects (id, bucket_id, name) values ('00000000-0000-4000-8000-0000000000aa', 'audit-files', '0e000000-0000-4000-8000-000000000002/a.csv'), ('00000000-0000-4000-8000-0000000000bb', 'audit-files', '0e000000-0000-4000-8000-000000000001/a.csv');
select relation, action, row_count from proapp.delete_safely('audit.files', 'f1000000-0000-4000-8000-000000020012', 'by mistake');
select maintenance.refresh_analytics();
create temporary table before as select * from pg_temp.state(:pattern, true);
create temporary table others as select * from pg_temp.state(:pattern, false);
select relation, row_count from before order by 1;

-- Export and plan: for owners and the service role
begin;
select pg_temp.as_user('user_2o2m2');
set local role authenticated;
savepoint s;
select count(*) from tenant.export_organization(:two);
rollback to s;
select count(*) from tenant.erasure_plan(:two);
rollback to s;
select count(*) from tenant.erase_organization(:two);
rollback to s;
reset role;
select pg_temp.as_user('user_2o1m1');
set local role authenticated;
select count(*) from tenant.export_organization(:two);
rollback to s;
reset role;
select pg_temp.as_user('user_2o2m1');
set local role authenticated;
select e ->> 'relation' as relation, count(*) from tenant.export_organization(:two) with ordinality x (e, n) group by 1 order by min(n);
select e -> 'row' ->> 'name' as name from tenant.export_organization(:two) e limit 1;
select step, relation, action, row_count, blocked, detail from tenant.erasure_plan(:two);
reset role;
set local request.jwt.claims = '';
set local role service_role;
select count(*) from tenant.export_organization(:two);
rollback;
create table public.taken as select n, e ->> 'relation' as relation, e ->> 'text' as text from tenant.export_organization(:two) with ordinality x (e, n);

-- Blocked by a legal hold on it, on anything of it, and by files whose contents Storage still has
begin;
select proapp.hold('tenant.organizations', :two, 'court');
savepoint s;
select * from tenant.erase_organization(:two, 'contract ended', true);
rollback to s;
select relation, blocked, detail from tenant.erasure_plan(:two) where blocked;
select proapp.release_hold('tenant.organizations', :two);
select proapp.hold('audit.files', 'f1000000-0000-4000-8000-000000020021', 'court');
savepoint s;
select * from tenant.erase_organization(:two, 'contract ended', true);
rollback to s;
select proapp.release_hold('audit.files', 'f1000000-0000-4000-8000-000000020021');
select proapp.hold('logs.activity_log', '{"id": "1e000000-0000-4000-8000-000000002001", "created_at": "2025-01-11 08:00+00"}', 'court');
savepoint s;
select * from tenant.erase_organization(:two, 'contract ended', true);
rollback to s;
rollback;
select * from tenant.erase_organization(:two);

-- Erased by its owner
begin;
select pg_temp.as_user('user_2o2m1');
set local role authenticated;
select * from tenant.erase_organization(:two, 'contract ended', files_too => true);
select count(*) from tenant.organizations;
commit;
-- nothing of it is anywhere but in the record of the erasure, who called; and of the others everything is as it was, but for the records
select relation, row_count from pg_temp.state(:pattern, true);
select relation, o.row_count as before, s.row_count as after from pg_temp.state(:pattern, false) s full join others o using (relation)
 where (s.row_count, s.hash) is distinct from (o.row_count, o.hash) order by 1;
select action, organization_id, user_id, old_values, new_values - 'deletion' as new_values from logs.activity_log where action = 'organization.erased';
select relation, reason, claimed_by, proof -> 'deleted' ->> 'audit.audits' as audits from proapp.erasures;
select count(*) as suspended from maintenance.suspensions;
select * from tenant.erase_organization(:two);
select status, count(*) > 150 as many from proapp.health_check() group by status;

-- The export, taken in again, is what was there
set session_replication_role = replica;
\set ECHO none
select format('insert into %s select (%L::%1$s).*', relation, text) from public.taken where relation <> 'storage.objects' order by n \gexec
\set ECHO all
set session_replication_role = origin;
select maintenance.refresh_analytics();
select relation, b.row_count as before, s.row_count as after, b.hash = s.hash as equal from pg_temp.state(:pattern, true) s full join before b using (relation)
 where (s.row_count, s.hash) is distinct from (b.row_count, b.hash) order by 1;
\c contrib_regression
drop database proapp_auditsuite_erasure;
