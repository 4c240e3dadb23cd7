-- The audit suite's partitions, quotas, activity log and plans, on its companion and the data of test/fixtures
create database proapp_auditsuite_limits;
\c proapp_auditsuite_limits
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
\set one '''0e000000-0000-4000-8000-000000000001'''
\set two '''0e000000-0000-4000-8000-000000000002'''
create function pg_temp.as_user(sub text) returns void language sql as $$
  select set_config('request.jwt.claims', json_build_object('sub', sub, 'role', 'authenticated')::text, true) $$;

-- 6. Partitions: by month and by hash; this month and three to come are there
select c.oid::regclass as partitioned, pg_get_partkeydef(c.oid) as key, count(i.inhrelid) as partitions
  from pg_class c join pg_inherits i on i.inhparent = c.oid where c.relkind = 'p' group by c.oid order by 1::text;
select count(distinct tableoid) as parts, count(*) from storage_meta.parsed_data;
select bool_and(to_regclass(format('%s_y%s', p, to_char(date_trunc('month', now()) + n * interval '1 month', 'YYYY"m"MM'))) is not null) as there
  from unnest(array['audit.audits', 'logs.activity_log']) p, generate_series(0, 3) n;
begin;
select outcome, count(*) from maintenance.ensure_partitions(12) group by 1 order by 1;
select outcome, count(*) from maintenance.ensure_partitions(12) group by 1 order by 1;
select format('audit.audits_y%s', to_char(date_trunc('month', now()) + interval '12 months', 'YYYY"m"MM')) as far \gset
select relrowsecurity, (select bool_and(a.grantee = relowner) from aclexplode(relacl) a) as closed,
       (select count(*) from pg_index where indrelid = c.oid) = (select count(*) from pg_index where indrelid = 'audit.audits'::regclass) as indexes,
       (select count(*) from pg_trigger where tgrelid = c.oid and not tgisinternal) = (select count(*) from pg_trigger where tgrelid = 'audit.audits'::regclass and tgtype & 1 = 1 and not tgisinternal) as triggers,
       (select count(*) from pg_constraint where conrelid = c.oid) = (select count(*) from pg_constraint where conrelid = 'audit.audits'::regclass) as constraints
  from pg_class c where oid = :'far'::regclass;
savepoint s;
select * from maintenance.ensure_partitions(-1);
rollback to s;
rollback;
-- A month without a partition goes to the default one, and from there to its own: no row is lost, deleted or created on the way
begin;
insert into audit.audits (id, organization_id, name, created_at) values ('a0000000-0000-4000-8000-00000000aaaa', :one, 'Early', date_trunc('month', now()) + interval '6 months 3 days');
insert into audit.files (audit_id, file_type, original_filename, storage_path, file_size_bytes) values ('a0000000-0000-4000-8000-00000000aaaa', 'custom', 'x', 'x', 1);
insert into logs.activity_log (action, resource_type, created_at) values ('early', 'x', date_trunc('month', now()) + interval '6 months 3 days');
select tableoid::regclass from audit.audits where name = 'Early';
set constraints all immediate;
select count(*) as lines from logs.activity_log \gset
select outcome, row_count, count(*) from maintenance.ensure_partitions(6) group by 1, 2 order by 1, 2;
select tableoid::regclass <> 'audit.audits_default'::regclass as own_partition, (select count(*) from audit.files where audit_id = a.id) as files from audit.audits a where name = 'Early';
select tableoid::regclass <> 'logs.activity_log_default'::regclass as own_partition from logs.activity_log where action = 'early';
select count(*) = :lines as same_log from logs.activity_log;
select count(*) as disabled from pg_trigger where tgenabled <> 'O';
delete from audit.audits where name = 'Early';
select count(*) as files from audit.files where audit_id = 'a0000000-0000-4000-8000-00000000aaaa';
rollback;
-- What is old
begin;
update audit.audits set status = 'draft' where status = 'completed';
insert into audit.audits (organization_id, name, status, created_at) values
  (:one, 'old and completed', 'completed', now() - interval '25 months'), (:one, 'old and failed', 'failed', now() - interval '25 months'), (:one, 'young and completed', 'completed', now() - interval '23 months');
create table logs.activity_log_y2020m01 partition of logs.activity_log for values from ('2020-01-01') to ('2020-02-01');
insert into logs.activity_log (action, resource_type, created_at) values ('old', 'x', '2020-01-05'), ('older', 'x', '2019-01-05'), ('young', 'x', now() - interval '11 months');
insert into cache.analysis_results (cache_key, audit_id, result_type, data_compressed, expires_at)
  select 'batch ' || n, 'a0000000-0000-4000-8000-000000001001', 'x', '', now() - interval '1 second' from generate_series(1, 2500) n;
select count(*) as expired from cache.analysis_results where expires_at <= now();
select maintenance.delete_expired_cache(1000);
select item, outcome, row_count from maintenance.archive_old_audits(100) where item not like 'logs%';
select name, status, archived_at = now() as archived from audit.audits where name ~ 'completed|failed' order by 1;
select to_regclass('logs.activity_log_y2020m01') as dropped, (select string_agg(action, ', ' order by action) from logs.activity_log where action in ('old', 'older', 'young')) as lines;
select count(*) as expired from cache.analysis_results where expires_at <= now();
rollback;

-- 7. Quotas, with clear errors
begin;
select max_users, count(m) filter (where m.deactivated_at is null) as active from tenant.organizations o join tenant.organization_members m on m.organization_id = o.id where o.id = :two group by 1;
savepoint s;
insert into tenant.organization_members (organization_id, clerk_id, email) values (:two, 'user_2new', 'new@example.org');
rollback to s;
update tenant.organization_members set deactivated_at = null where clerk_id = 'user_2o2m5';
rollback to s;
insert into tenant.organization_members (organization_id, clerk_id, email, deactivated_at) values (:two, 'user_2new', 'new@example.org', now());
update tenant.organization_members set deactivated_at = now() where clerk_id = 'user_2both' and organization_id = :two;
update tenant.organization_members set deactivated_at = null where clerk_id = 'user_2o2m5' returning email;
rollback;
begin;
update tenant.organizations set max_audits_per_month = 3 where id = :two;
insert into audit.audits (organization_id, name) select :two, 'Audit ' || n from generate_series(1, 3) n;
savepoint s;
insert into audit.audits (organization_id, name) values (:two, 'Audit 4');
rollback to s;
insert into audit.audits (organization_id, name) values (:one, 'of another'), (:two, 'Audit 4');
rollback to s;
-- other months count for themselves
insert into audit.audits (organization_id, name, created_at) values (:two, 'Audit 4', date_trunc('month', now(), 'UTC') - interval '1 microsecond') returning name;
rollback;
begin;
update tenant.organizations set storage_quota_gb = 1 where id = :two;
insert into audit.files (audit_id, file_type, original_filename, storage_path, file_size_bytes, file_hash)
  select format('a0000000-0000-4000-8000-%s', lpad((2000 + n)::text, 12, '0'))::uuid, 'custom', 'x', 'x' || n, 104857600, encode(sha256(n::text::bytea), 'hex') from generate_series(1, 10) n;
select * from tenant.calculate_storage_usage(:two);
savepoint s;
insert into audit.files (audit_id, file_type, original_filename, storage_path, file_size_bytes) values ('a0000000-0000-4000-8000-000000002001', 'bulk_operations', 'x', 'x', 104857601);
rollback to s;
insert into audit.files (audit_id, file_type, original_filename, storage_path, file_size_bytes) values ('a0000000-0000-4000-8000-000000002001', 'bulk_operations', 'x', 'x', 104857600);
rollback to s;
update audit.files set file_size_bytes = 104857600 where audit_id = 'a0000000-0000-4000-8000-000000002001' and file_type = 'sponsored_products';
rollback to s;
-- the same content takes no more room
insert into audit.files (audit_id, file_type, original_filename, storage_path, file_size_bytes, file_hash)
  values ('a0000000-0000-4000-8000-000000002001', 'bulk_operations', 'x', 'another', 104857600, encode(sha256('1'), 'hex')) returning storage_path;
rollback;
begin;
update tenant.organizations set archived_at = now() where id = :two;
insert into audit.audits (organization_id, name) values (:two, 'x');
rollback;
-- a user learns nothing of another organization's quotas
begin;
update tenant.organizations set max_audits_per_month = 0 where id = :two;
select pg_temp.as_user('user_2o1m1');
set local role authenticated;
insert into audit.audits (organization_id, name) values (:two, 'x');
rollback;

-- 10. Activity: old and new values, actor, address, request
begin;
set local request.headers = '{"x-forwarded-for": "198.51.100.7, 10.0.0.1", "user-agent": "Browser", "x-request-id": "r-1"}';
select pg_temp.as_user('user_2o1m1');
set local role authenticated;
update tenant.organizations set name = 'Renamed', brand_config = '{"color": "red"}';
update tenant.organizations set name = 'Renamed';
insert into audit.audits (organization_id, name) values (:one, 'Logged');
update audit.audits set status = 'processing' where name = 'Logged';
insert into audit.files (audit_id, file_type, original_filename, storage_path, file_size_bytes) select id, 'custom', 'f.csv', organization_id || '/f.csv', 7 from audit.audits where name = 'Logged';
update tenant.organization_members set role = 'viewer' where clerk_id = 'user_2o1m3';
delete from tenant.organization_members where clerk_id = 'user_2o1m5';
select tenant.create_api_key('Logged') is not null as made;
delete from audit.audits where name = 'Logged';
set constraints all immediate;
reset role;
select l.action, l.resource_type, m.clerk_id as actor, l.ip_address, l.user_agent, l.request_id,
       case when l.action in ('organization.updated', 'audit.updated', 'member.updated') then l.old_values end as old_values,
       case when l.action in ('organization.updated', 'member.updated') then l.new_values end as new_values
  from logs.activity_log l left join tenant.organization_members m on m.id = l.user_id where l.created_at = now() order by l.action, l.resource_type;
select count(*) as digests from logs.activity_log where new_values ? 'key_hash' or old_values ? 'key_hash';
-- headers that cannot be read keep nobody from writing
set local request.headers = '{"x-forwarded-for": "unknown"';
update tenant.organizations set name = 'Again' where id = :one;
set local request.headers = '{"x-forwarded-for": "nowhere", "user-agent": "Browser 2"}';
update tenant.organizations set name = 'And again' where id = :one;
select new_values ->> 'name' as name, ip_address, user_agent from logs.activity_log where action = 'organization.updated' and created_at = now() order by 1;
-- an organization that is deleted leaves one line
set local request.jwt.claims = '';
delete from tenant.organizations where id = :two;
select action, count(*), count(organization_id) as organizations from logs.activity_log where created_at = now() and action like '%.deleted' and (old_values ->> 'slug' = 'agency-2' or old_values ->> 'organization_id' = :two) group by 1;
rollback;
-- slow queries come from an extension that is not here, and jobs wait for another
select logs.collect_slow_queries() is null as nothing_collected;
select name, schedule, state from proapp.jobs order by 1;

-- 15. Plans: a dashboard reads its organization's rows by their index, in every partition
begin;
analyze;
set local enable_seqscan = off;
select pg_temp.as_user('user_2o1m1');
set local role authenticated;
explain (costs off) select * from analytics.organization_metrics;
explain (costs off) select * from analytics.top_performers where metric_type = 'keyword';
explain (costs off) select * from audit.files where audit_id = 'a0000000-0000-4000-8000-000000001001';
explain (costs off) select * from analytics.metrics where audit_id = 'a0000000-0000-4000-8000-000000001001';
rollback;
select result, count(*) from public.auditsuite_self_test() group by result;
select status, count(*) > 150 as many from proapp.health_check() group by status;
\c contrib_regression
drop database proapp_auditsuite_limits;
