-- The audit suite's sheet on its companion and the data of test/fixtures: schemas, text user ids, isolation, API keys, files, reports, search, buckets
create database proapp_auditsuite;
\c proapp_auditsuite
set client_min_messages = warning;
set timezone = 'UTC';
create extension proapp_dev_env cascade;
create extension proapp_auditsuite version '1.0.0';
\getenv abs_srcdir PG_ABS_SRCDIR
\set data :abs_srcdir '/test/fixtures/auditsuite_data.sql'
\set ECHO none
\o /dev/null
\i :data
\o
\set ECHO all
alter extension proapp_auditsuite update;
select version from proapp.migrations where app = 'auditsuite';
-- Somebody of the fixtures signs in: user_2o<organization>m<1 owner, 2 admin, 3 analyst, 4 viewer, 5 deactivated>, or user_2both.
create function pg_temp.as_user(sub text, org text default null) returns void language sql as $$
  select set_config('request.jwt.claims', json_build_object('sub', sub, 'org_id', org, 'role', 'authenticated')::text, true) $$;
\set one '''0e000000-0000-4000-8000-000000000001'''
\set two '''0e000000-0000-4000-8000-000000000002'''

-- The contract: tables with their columns, enums with their values
select c.oid::regclass as relation, string_agg(format('%s %s', a.attname, format_type(a.atttypid, a.atttypmod)), ', ' order by a.attnum) as columns
  from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
 where c.relkind in ('r', 'p') and not c.relispartition and c.relnamespace in (select oid from pg_namespace where nspname in ('tenant', 'audit', 'analytics', 'storage_meta', 'cache', 'logs'))
 group by c.oid order by c.oid::regclass::text;
select t.oid::regtype as enum, enum_range from pg_type t
  cross join lateral (select string_agg(enumlabel, ', ' order by enumsortorder) as enum_range from pg_enum where enumtypid = t.oid) e
 where t.typtype = 'e' and t.typnamespace in (select oid from pg_namespace where nspname in ('tenant', 'audit', 'analytics')) order by t.oid::regtype::text;

-- 1. Domain schemas, each with a comment; authenticated uses three of them
select n.nspname, obj_description(n.oid, 'pg_namespace') is not null as commented, has_schema_privilege('authenticated', n.oid, 'usage') as authenticated,
       has_schema_privilege('anon', n.oid, 'usage') as anon, has_schema_privilege('service_role', n.oid, 'usage') as service
  from pg_namespace n where n.nspname in ('tenant', 'audit', 'analytics', 'storage_meta', 'cache', 'logs', 'maintenance') order by 1;
-- every table there has row level security; nobody of the API may truncate, reference or trigger; partitions are nobody's
select count(*) filter (where not relrowsecurity) as without_rls, count(*) > 30 as many from pg_class c where relkind in ('r', 'p')
   and relnamespace in (select oid from pg_namespace where nspname in ('tenant', 'audit', 'analytics', 'storage_meta', 'cache', 'logs', 'maintenance'));
select grantee, string_agg(distinct privilege_type, ', ' order by privilege_type) from information_schema.role_table_grants
 where table_schema in ('tenant', 'audit', 'analytics', 'storage_meta', 'cache', 'logs', 'maintenance') and grantee in ('anon', 'authenticated', 'service_role', 'PUBLIC') group by 1 order by 1;
select count(*) as rights_on_partitions from pg_class c cross join unnest(array['anon', 'authenticated', 'service_role']) r
 where c.relispartition and has_table_privilege(r, c.oid, 'select, insert, update, delete, truncate');

-- 2. Text user ids: auth.uid() fails on them, auth_id() reads them; a policy that calls auth.uid() is a finding
begin;
select pg_temp.as_user('user_2o1m1');
select proapp.auth_id();
savepoint s;
select auth.uid();
rollback to s;
select proapp.current_organizations('auditsuite');
-- map_members again changes nothing
select item, value from proapp.map_members('auditsuite', 'tenant.organization_members', 'clerk_id', 'organization_id', 'role', active_condition => 'deactivated_at is null');
select pg_temp.as_user('user_2o1m5');
select proapp.current_organizations('auditsuite') as of_a_deactivated_member;
select pg_temp.as_user('user_2nobody');
select proapp.current_organizations('auditsuite') as of_somebody_else;
rollback;
begin;
create policy original on tenant.organization_members for select to authenticated using (clerk_id = auth.uid()::text);
select severity, check_id, object from proapp.verify('tenant.organization_members');
rollback;

-- 3. One user in several organizations: the active one is chosen by claim or setting, and checked
begin;
select pg_temp.as_user('user_2o1m3');
set local role authenticated;
select tenant.current_organization_id(), tenant.has_role('analyst'), tenant.has_role('owner', 'admin');
reset role;
select pg_temp.as_user('user_2both');
set local role authenticated;
select tenant.current_organization_id() as none_of_two, tenant.has_role('analyst', 'viewer');
reset role;
select pg_temp.as_user('user_2both', :two);
set local role authenticated;
select tenant.current_organization_id(), tenant.has_role('viewer'), tenant.has_role('analyst');
set local app.organization_id = '0E000000-0000-4000-8000-000000000001';
select tenant.current_organization_id() as the_setting_wins, tenant.has_role('viewer'), tenant.has_role('analyst');
set local app.organization_id = '0e000000-0000-4000-8000-000000000003';
select tenant.current_organization_id() as not_a_member;
set local app.organization_id = 'nonsense';
select tenant.current_organization_id() as nonsense;
reset app.organization_id;
-- both are seen, whichever is active
select name from tenant.organizations order by 1;
set local request.jwt.claims = '{"sub": "user_2both", "org_id"';
select tenant.current_organization_id() as malformed, tenant.has_role('viewer');
set local request.jwt.claims = '';
select tenant.current_organization_id() as nobody;
set local request.jwt.claim.sub = 'user_2both';
set local request.jwt.claim.org_id = '0e000000-0000-4000-8000-000000000002';
set local request.jwt.claims = '{"org_id"';
select tenant.current_organization_id() as legacy_claims;
rollback;
-- roles are given up to one's own; the last owner stays
begin;
select pg_temp.as_user('user_2o3m2');
set local role authenticated;
update tenant.organization_members set role = 'admin' where clerk_id = 'user_2o3m4' returning role;
savepoint s;
update tenant.organization_members set role = 'owner' where clerk_id = 'user_2o3m2';
rollback to s;
update tenant.organization_members set permissions = '{"all": true}' where clerk_id = 'user_2o3m2';
rollback to s;
update tenant.organization_members set deactivated_at = now() where clerk_id = 'user_2o3m1';
rollback to s;
update tenant.organization_members set clerk_id = 'user_2x' where clerk_id = 'user_2o3m3';
rollback to s;
insert into tenant.organization_members (organization_id, clerk_id, email, role) values ('0e000000-0000-4000-8000-000000000004', 'user_2x', 'x@example.org', 'viewer');
rollback to s;
delete from tenant.organization_members where clerk_id = 'user_2o3m5' returning email;
insert into tenant.organization_members (organization_id, clerk_id, email) values ('0e000000-0000-4000-8000-000000000003', 'user_2x', 'x@example.org') returning role;
reset role;
select pg_temp.as_user('user_2o3m1');
set local role authenticated;
delete from tenant.organization_members where clerk_id = 'user_2o3m1';
rollback;

-- 4. Isolation: what a member of organization 1 sees of each table, view and function; the service sees all
begin;
select pg_temp.as_user('user_2o1m4', :one);
set local role authenticated;
select 'organizations' as what, count(*), count(distinct id) as organizations from tenant.organizations
union all select 'members', count(*), count(distinct organization_id) from tenant.organization_members
union all select 'audits', count(*), count(distinct organization_id) from audit.audits
union all select 'files', count(*), count(distinct organization_id) from audit.files
union all select 'metrics', count(*), count(distinct organization_id) from analytics.metrics
union all select 'recommendations', count(*), count(distinct organization_id) from analytics.recommendations
union all select 'flywheel', count(*), count(distinct organization_id) from analytics.flywheel_analysis
union all select 'organization_metrics', count(*), count(distinct organization_id) from analytics.organization_metrics
union all select 'top_performers', count(*), count(distinct organization_id) from analytics.top_performers
union all select 'keys, as a viewer', count(*), count(distinct organization_id) from tenant.api_keys k
union all select 'usage of another', count(*), 0 from tenant.calculate_storage_usage(:two)
union all select 'funnel of another', sum(count), 0 from analytics.get_audit_funnel(:two, '2025-01-01', '2025-12-31')
union all select 'search', count(*), count(distinct organization_id) from audit.search_audits('audit', 1000);
savepoint s;
select count(*) from audit.audits_default;
rollback to s;
select count(*) from analytics.organization_metrics_data;
rollback to s;
select count(*) from logs.activity_log;
rollback to s;
select count(*) from storage_meta.parsed_data;
rollback to s;
select key_hash from tenant.api_keys;
rollback to s;
insert into audit.audits (organization_id, name) values (:one, 'by a viewer');
rollback to s;
with c as (update audit.audits set name = 'Mine' returning 1) select count(*) as changed_by_a_viewer from c;
reset role;
select pg_temp.as_user('user_2o1m3');
set local role authenticated;
insert into audit.audits (organization_id, name, tags) values (:one, 'by an analyst', '{new}') returning name, created_by;
savepoint s;
insert into audit.audits (organization_id, name) values (:two, 'for another');
rollback to s;
insert into audit.files (audit_id, file_type, original_filename, storage_path, file_size_bytes) values ('a0000000-0000-4000-8000-000000002001', 'custom', 'x', 'x', 1);
rollback to s;
insert into audit.files (audit_id, file_type, original_filename, storage_path, file_size_bytes) values ('a0000000-0000-4000-8000-000000001001', 'custom', 'x', '0e000000-0000-4000-8000-000000000002/x', 1);
rollback to s;
update audit.audits set organization_id = :two;
rollback to s;
update audit.audits set status = 'processing' where name = 'by an analyst' returning status, processing_started_at = now() as started;
update audit.audits set status = 'completed' where name = 'by an analyst' returning status, processing_completed_at = now() as completed, processing_duration_ms;
with c as (update analytics.recommendations set status = 'implemented', implemented_at = now() returning 1) select count(*) as decided from c;
update analytics.recommendations set title = 'x';
rollback to s;
with c as (delete from audit.audits returning 1) select count(*) as deleted_by_an_analyst from c;
reset role;
set local request.jwt.claims = '';
set local role service_role;
select count(*), count(distinct organization_id) from audit.audits;
update audit.audits set organization_id = :two where id = 'a0000000-0000-4000-8000-000000001001';
rollback;

-- 5. API keys: shown once, kept as a digest; scopes, rate limit, expiry, revocation; every use is logged
begin;
select pg_temp.as_user('user_2o1m2', :one);
set local role authenticated;
select tenant.create_api_key('Reporting tool', '["read", "export"]', now() + interval '1 day') as key \gset
reset role;
select :'key' ~ '^vxq_live_[0-9a-f]{64}$' as shape, key_hash = encode(sha256(convert_to(:'key', 'UTF8')), 'hex') as digest, left(:'key', 10) = key_prefix as prefix, scopes, rate_limit_per_hour,
       created_by, last_used_at from tenant.api_keys where name = 'Reporting tool';
select count(*) as places_that_have_it from tenant.api_keys k, logs.activity_log l where k::text ~ :'key' or l::text ~ :'key' or l::text ~ encode(sha256(convert_to(:'key', 'UTF8')), 'hex');
set local role authenticated;
savepoint s;
select * from tenant.verify_api_key(:'key');
rollback to s;
select tenant.create_api_key(' ');
rollback to s;
select tenant.create_api_key('x', '[1]');
rollback to s;
select tenant.create_api_key('x', expires_at => now() - interval '1 day');
rollback to s;
reset role;
select pg_temp.as_user('user_2o1m3', :one);
set local role authenticated;
select tenant.create_api_key('x');
rollback to s;
reset role;
select pg_temp.as_user('user_2both');
set local role authenticated;
select tenant.create_api_key('x');
rollback to s;
reset role;
set local request.jwt.claims = '';
update tenant.api_keys set rate_limit_per_hour = 3 where name = 'Reporting tool';
set local role service_role;
select valid, reason, organization_id, scopes, remaining from tenant.verify_api_key(:'key');
select valid, reason, remaining from tenant.verify_api_key(:'key', 'export');
select valid, reason, remaining from tenant.verify_api_key(:'key', 'write');
select valid, reason, remaining from tenant.verify_api_key(:'key', 'read');
select valid, reason, remaining from tenant.verify_api_key(:'key', 'read');
select * from tenant.verify_api_key(left(:'key', 20));
select * from tenant.verify_api_key(null);
reset role;
update tenant.api_key_usage set hour = hour - interval '1 hour';
set local role service_role;
select valid, reason, remaining from tenant.verify_api_key(:'key');
reset role;
update tenant.api_keys set expires_at = now() where name = 'Reporting tool';
select valid, reason from tenant.verify_api_key(:'key');
update tenant.api_keys set expires_at = null where name = 'Reporting tool';
select pg_temp.as_user('user_2o2m1');
set local role authenticated;
savepoint s;
select tenant.revoke_api_key('5e000000-0000-4000-8000-000000000001');
rollback to s;
reset role;
select pg_temp.as_user('user_2o1m1');
set local role authenticated;
select tenant.revoke_api_key(id) from tenant.api_keys where name = 'Reporting tool';
reset role;
set local request.jwt.claims = '';
select valid, reason from tenant.verify_api_key(:'key');
select last_used_at = now() as used, revoked_at = now() as revoked from tenant.api_keys where name = 'Reporting tool';
select action, new_values ->> 'reason' as reason, count(*) from logs.activity_log where resource_type = 'api_key' group by 1, 2 order by 1, 2;
rollback;
select tenant.equal_digests(sha256('a'), sha256('a')), tenant.equal_digests(sha256('a'), sha256('b')), tenant.equal_digests(sha256('a'), null);

-- 8. Files: the same content within an organization is stored once; one active file per type and audit
begin;
select pg_temp.as_user('user_2o1m3');
set local role authenticated;
insert into audit.files (audit_id, file_type, original_filename, storage_path, file_size_bytes, file_hash) values
  ('a0000000-0000-4000-8000-000000001001', 'business_report', 'a.csv', '0e000000-0000-4000-8000-000000000001/a.csv', 500, encode(sha256('a'), 'hex')),
  ('a0000000-0000-4000-8000-000000001002', 'business_report', 'b.csv', '0e000000-0000-4000-8000-000000000001/b.csv', 500, encode(sha256('a'), 'hex')) returning original_filename, storage_path;
savepoint s;
insert into audit.files (audit_id, file_type, original_filename, storage_path, file_size_bytes, file_hash) values
  ('a0000000-0000-4000-8000-000000001003', 'business_report', 'a.csv', '0e000000-0000-4000-8000-000000000001/a.csv', 501, encode(sha256('a'), 'hex'));
rollback to s;
insert into audit.files (audit_id, file_type, original_filename, storage_path, file_size_bytes) values
  ('a0000000-0000-4000-8000-000000001001', 'business_report', 'c.csv', '0e000000-0000-4000-8000-000000000001/c.csv', 1);
rollback to s;
update audit.files set status = 'archived' where original_filename = 'a.csv' returning status;
insert into audit.files (audit_id, file_type, original_filename, storage_path, file_size_bytes) values
  ('a0000000-0000-4000-8000-000000001001', 'business_report', 'c.csv', '0e000000-0000-4000-8000-000000000001/c.csv', 1) returning file_type;
reset role;
set local request.jwt.claims = '';
-- another organization has the same content for itself
insert into audit.files (audit_id, file_type, original_filename, storage_path, file_size_bytes, file_hash) values
  ('a0000000-0000-4000-8000-000000002001', 'business_report', 'a.csv', '0e000000-0000-4000-8000-000000000002/a.csv', 500, encode(sha256('a'), 'hex')) returning storage_path;
savepoint s;
insert into audit.files (audit_id, file_type, original_filename, storage_path, file_size_bytes) values ('a0000000-0000-4000-8000-000000009999', 'custom', 'x', 'x', 1);
rollback to s;
select * from tenant.calculate_storage_usage(:one);
-- an audit goes with all that refers to it
delete from audit.audits where id = 'a0000000-0000-4000-8000-000000001001';
set constraints all immediate;
select (select count(*) from audit.audit_keys where id = 'a0000000-0000-4000-8000-000000001001') + (select count(*) from audit.files where audit_id = 'a0000000-0000-4000-8000-000000001001')
     + (select count(*) from analytics.metrics where audit_id = 'a0000000-0000-4000-8000-000000001001') + (select count(*) from cache.analysis_results where audit_id = 'a0000000-0000-4000-8000-000000001001') as left;
rollback;

-- 9. The funnel; metrics and top performers behind views, refreshed concurrently
begin;
select pg_temp.as_user('user_2o1m4');
set local role authenticated;
select * from analytics.get_audit_funnel(:one, '2025-01-01', '2025-12-31');
select * from analytics.get_audit_funnel(:one);
select organization_name, active_members, total_audits, completed_audits, total_files, total_size_bytes, total_recommendations, average_overall_score from analytics.organization_metrics;
select metric_type, place, entity_name, performance_score, audits from analytics.top_performers where place <= 2 order by 1, 2;
rollback;
begin;
update tenant.organizations set name = 'Renamed' where id = :one;
select maintenance.refresh_analytics();
select organization_name from analytics.organization_metrics_data where organization_id = :one;
rollback;

-- 13. Text search; dates, tags and JSON by their indexes
begin;
set local enable_seqscan = off;
explain (costs off) select * from audit.audits_default where to_tsvector('english', name || ' ' || coalesce(description, '')) @@ websearch_to_tsquery('english', 'summer');
explain (costs off) select * from audit.audits_default where daterange(date_range_start, date_range_end, '[]') && daterange('2024-10-05', '2024-10-06');
explain (costs off) select * from audit.audits_default where tags @> '{tag1}';
explain (costs off) select * from audit.audits_default where config @> '{"currency": "EUR"}';
explain (costs off) select * from storage_meta.parsed_data_p0 where entity_ids @> '{entity-1}';
select pg_temp.as_user('user_2o1m4');
set local role authenticated;
select name, description from audit.search_audits('"sponsored products" keywords summer -winter', 3);
rollback;

-- 14. Buckets: members of the organization that the first folder names read and upload, owners and admins delete
select id, public, file_size_limit, allowed_mime_types from storage.buckets order by id;
begin;
select pg_temp.as_user('user_2o1m4');
set local role authenticated;
insert into storage.objects (bucket_id, name) values ('audit-files', '0e000000-0000-4000-8000-000000000001/a.csv'), ('audit-reports', '0e000000-0000-4000-8000-000000000001/2025/a.pdf') returning bucket_id;
savepoint s;
insert into storage.objects (bucket_id, name) values ('audit-files', '0e000000-0000-4000-8000-000000000002/a.csv');
rollback to s;
insert into storage.objects (bucket_id, name) values ('audit-files', 'a.csv');
rollback to s;
with d as (delete from storage.objects returning 1) select count(*) as deleted_by_a_viewer from d;
reset role;
select pg_temp.as_user('user_2o2m1');
set local role authenticated;
select count(*) as seen_by_others from storage.objects;
reset role;
select pg_temp.as_user('user_2o1m2');
set local role authenticated;
with d as (delete from storage.objects returning 1) select count(*) as deleted_by_an_admin from d;
rollback;

-- What it promises is tried; all is there, nothing is wrong
select result, count(*) from public.auditsuite_self_test() group by result;
select status, count(*) > 150 as many from proapp.health_check() group by status;
select severity, check_id, object from proapp.verify('tenant.*', 'audit.*', 'analytics.*', 'storage_meta.*', 'cache.*', 'logs.*', 'maintenance.*', 'storage.*', 'function:public.auditsuite_*');
select check_id, object, reason from proapp.accepted_findings order by 2;
-- and nobody reaches anybody's rows
select verdict, count(*) > 20 as many, sum(rows_reached) as rows_reached from proapp.prove_isolation() group by verdict order by 1;
select distinct relation, command, through from proapp.prove_isolation('audit.*', 'analytics.*') where verdict = 'skipped' and through !~ '^(no rows|every)' order by 1, 2;
-- The next months' partitions are no drift; a policy that is gone is
begin;
select outcome, count(*) from maintenance.ensure_partitions(5) group by 1 order by 1;
select count(*) from proapp.drift('auditsuite');
drop policy "Members can view audits" on audit.audits;
select severity, identity, change from proapp.drift('auditsuite');
select category, item, status from proapp.health_check() where status <> 'OK';
rollback;
\c contrib_regression
drop database proapp_auditsuite;
-- Nothing of it without its environment
create database proapp_auditsuite;
\c proapp_auditsuite
set client_min_messages = warning;
\set SHOW_CONTEXT never
create extension proapp_auditsuite cascade;
select count(*) from pg_namespace where nspname in ('tenant', 'audit');
-- nor beside somebody else's schema of one of its names
create extension proapp_dev_env cascade;
create schema audit;
create extension proapp_auditsuite cascade;
drop schema audit;
create extension proapp_auditsuite;
select result, count(*) from public.auditsuite_self_test() group by result;
\c contrib_regression
drop database proapp_auditsuite;
