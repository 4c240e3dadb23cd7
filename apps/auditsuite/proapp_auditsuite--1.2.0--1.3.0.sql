-- complain if this file is sourced in psql rather than by ALTER EXTENSION
\echo Use "ALTER EXTENSION proapp_auditsuite UPDATE TO '1.3.0'" to load this file. \quit

select proapp.migrate_up('auditsuite', '1.3.0', $up$
-- Tries what is promised, on rows of its own.
create function public.auditsuite_self_test() returns table(test text, result text, detail text)
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
declare
  a constant uuid := '7e570000-0000-4000-8000-0000000000a1';
  b constant uuid := '7e570000-0000-4000-8000-0000000000b1';
  done     jsonb;
begin
  begin
    perform set_config('request.jwt.claims', '', true), set_config('request.jwt.claim.sub', '', true), set_config('request.jwt.claim.org_id', '', true), set_config('app.organization_id', '', true),
            set_config('request.headers', '{"x-forwarded-for": "192.0.2.7", "x-request-id": "self-test"}', true);
    set constraints all immediate;
    insert into tenant.organizations (id, name, slug, max_users, max_audits_per_month, max_file_size_mb, storage_quota_gb) values
      (a, 'Self test A', 'auditsuite-self-test-a', 4, 3, 100, 1), (b, 'Self test B', 'auditsuite-self-test-b', 4, 3, 1, 1);
    insert into tenant.organization_members (organization_id, clerk_id, email, role) values
      (a, 'self_test_owner', 'owner@self-test.invalid', 'owner'), (a, 'self_test_analyst', 'analyst@self-test.invalid', 'analyst'), (a, 'self_test_viewer', 'viewer@self-test.invalid', 'viewer'),
      (b, 'self_test_other', 'other@self-test.invalid', 'owner'), (b, 'self_test_analyst', 'analyst@self-test.invalid', 'viewer');
    insert into audit.audits (id, organization_id, name, description, tags, status, processing_started_at, processing_completed_at) values
      ('7e570000-0000-4000-8000-0000000000a2', a, 'Zebra audit', 'of stripes', '{x}', 'completed', now(), now() + interval '2 seconds'), ('7e570000-0000-4000-8000-0000000000b2', b, 'Other audit', null, '{}', 'draft', null, null);
    insert into audit.files (audit_id, file_type, original_filename, storage_path, file_size_bytes, file_hash) values
      ('7e570000-0000-4000-8000-0000000000a2', 'search_terms', 'a.csv', '7e570000-0000-4000-8000-0000000000a1/first.csv', 1000, repeat('a', 64));
    insert into analytics.recommendations (audit_id, category, priority, title) values ('7e570000-0000-4000-8000-0000000000a2', 'bids', 'high', 'Lower');
    insert into analytics.metrics (audit_id, metric_type, entity_id, date_period, performance_score) values ('7e570000-0000-4000-8000-0000000000a2', 'keyword', 'k', '2026-01-01', 50);
    refresh materialized view concurrently analytics.organization_metrics_data;
    refresh materialized view concurrently analytics.top_performers_data;
    -- Who does what (with which organization as the active one), and what comes of it: a value or an SQLSTATE. Without an actor it is the caller.
    select jsonb_agg(proapp.try_as(t.test, t.actor::text, t.role::name, t.statement, t.expected, jsonb_strip_nulls(jsonb_build_object('org_id', t.organization)))) into done from (values
      ('identity: text user ids', 'self_test_owner', null, 'authenticated', $q$select proapp.auth_id()$q$, 'self_test_owner'),
      ('identity: the only organization', 'self_test_owner', null, 'authenticated', $q$select tenant.current_organization_id()$q$, '7e570000-0000-4000-8000-0000000000a1'),
      ('identity: none of two', 'self_test_analyst', null, 'authenticated', $q$select tenant.current_organization_id() is null$q$, 'true'),
      ('identity: the chosen one', 'self_test_analyst', '7e570000-0000-4000-8000-0000000000b1', 'authenticated', $q$select tenant.current_organization_id()$q$, '7e570000-0000-4000-8000-0000000000b1'),
      ('identity: never somebody else''s', 'self_test_owner', '7e570000-0000-4000-8000-0000000000b1', 'authenticated', $q$select tenant.current_organization_id() is null$q$, 'true'),
      ('identity: nor what is no id', 'self_test_owner', 'x', 'authenticated', $q$select tenant.current_organization_id() is null$q$, 'true'),
      ('roles: in the active organization', 'self_test_analyst', '7e570000-0000-4000-8000-0000000000b1', 'authenticated', $q$select tenant.has_role('viewer') and not tenant.has_role('analyst', 'owner')$q$, 'true'),
      ('roles: nobody raises their own', 'self_test_owner', null, 'authenticated', $q$insert into tenant.organization_members (organization_id, clerk_id, email) values ('7e570000-0000-4000-8000-0000000000a1', 'self_test_owner', 'x') returning 1$q$, '42501'),
      ('roles: the last owner stays', 'self_test_owner', null, 'authenticated', $q$update tenant.organization_members set deactivated_at = now() where role = 'owner' returning 1$q$, '23001'),
      ('isolation: own audits', 'self_test_owner', null, 'authenticated', $q$select string_agg(name, ',') from audit.audits$q$, 'Zebra audit'),
      ('isolation: of both organizations', 'self_test_analyst', null, 'authenticated', $q$select count(*) from audit.audits$q$, '2'),
      ('isolation: no audit for another', 'self_test_other', null, 'authenticated', $q$insert into audit.audits (organization_id, name) values ('7e570000-0000-4000-8000-0000000000a1', 'x') returning 1$q$, '42501'),
      ('isolation: no file for another''s audit', 'self_test_other', null, 'authenticated', $q$insert into audit.files (audit_id, file_type, original_filename, storage_path, file_size_bytes) values ('7e570000-0000-4000-8000-0000000000a2', 'custom', 'x', 'x', 1) returning 1$q$, '42501'),
      ('isolation: partitions are closed', 'self_test_owner', null, 'authenticated', $q$select count(*) from audit.audits_default$q$, '42501'),
      ('isolation: materialized views are closed', 'self_test_owner', null, 'authenticated', $q$select count(*) from analytics.organization_metrics_data$q$, '42501'),
      ('isolation: their views show one''s own', 'self_test_owner', null, 'authenticated', $q$select string_agg(organization_name, ',') || ' ' || max(total_files) from analytics.organization_metrics$q$, 'Self test A 1'),
      ('isolation: top performers, too', 'self_test_other', null, 'authenticated', $q$select count(*) from analytics.top_performers$q$, '0'),
      ('isolation: function results', 'self_test_other', null, 'authenticated', $q$select max(count) from analytics.get_audit_funnel('7e570000-0000-4000-8000-0000000000a1')$q$, '0'),
      ('isolation: storage usage', 'self_test_other', null, 'authenticated', $q$select count(*) from tenant.calculate_storage_usage('7e570000-0000-4000-8000-0000000000a1')$q$, '0'),
      ('isolation: schemas of the service', 'self_test_owner', null, 'authenticated', $q$select count(*) from logs.activity_log$q$, '42501'),
      ('isolation: nothing for anon', null, null, 'anon', $q$select count(*) from audit.audits$q$, '42501'),
      ('audits: viewers create none', 'self_test_viewer', null, 'authenticated', $q$insert into audit.audits (organization_id, name) values ('7e570000-0000-4000-8000-0000000000a1', 'x') returning 1$q$, '42501'),
      ('audits: analysts do, in their name', 'self_test_analyst', null, 'authenticated', $q$insert into audit.audits (organization_id, name) values ('7e570000-0000-4000-8000-0000000000a1', 'Mine')
         returning created_by = (select id from tenant.organization_members where organization_id = '7e570000-0000-4000-8000-0000000000a1' and clerk_id = 'self_test_analyst')$q$, 'true'),
      ('audits: the end is not before the start', null, null, null, $q$insert into audit.audits (organization_id, name, date_range_start, date_range_end) values ('7e570000-0000-4000-8000-0000000000a1', 'x', '2026-02-01', '2026-01-01') returning 1$q$, '23514'),
      ('audits: how long it took', null, null, null, $q$select processing_duration_ms from audit.audits where name = 'Zebra audit'$q$, '2000'),
      ('partitions: of this month', null, null, null, $q$select tableoid::regclass = format('audit.audits_y%s', to_char(now() at time zone 'UTC', 'YYYY"m"MM'))::regclass from audit.audits where name = 'Zebra audit'$q$, 'true'),
      ('partitions: no row is lost', null, null, null, $q$insert into audit.audits (organization_id, name, created_at) values ('7e570000-0000-4000-8000-0000000000a1', 'Old', '2001-01-01') returning tableoid::regclass$q$, 'audit.audits_default'),
      ('partitions: parsed data by hash', null, null, null, $q$insert into storage_meta.parsed_data (audit_id, file_id, chunk_number, data_compressed) select audit_id, id, 0, '' from audit.files where storage_path like '7e57%' returning tableoid::regclass::text ~ '_p[0-3]$'$q$, 'true'),
      ('search: words of name and description', 'self_test_owner', null, 'authenticated', $q$select string_agg(name, ',') from audit.search_audits('zebras stripe')$q$, 'Zebra audit'),
      ('quotas: the last seat', null, null, null, $q$insert into tenant.organization_members (organization_id, clerk_id, email) values ('7e570000-0000-4000-8000-0000000000a1', 'self_test_fourth', 'fourth@self-test.invalid') returning 1$q$, '1'),
      ('quotas: and none after it', null, null, null, $q$insert into tenant.organization_members (organization_id, clerk_id, email) values ('7e570000-0000-4000-8000-0000000000a1', 'self_test_fifth', 'fifth@self-test.invalid') returning 1$q$, '23514'),
      ('quotas: audits a month', null, null, null, $q$insert into audit.audits (organization_id, name) select '7e570000-0000-4000-8000-0000000000a1', 'x' from generate_series(1, 2) returning 1$q$, '23514'),
      ('quotas: size of files', null, null, null, $q$insert into audit.files (audit_id, file_type, original_filename, storage_path, file_size_bytes) values ('7e570000-0000-4000-8000-0000000000b2', 'custom', 'x', 'x', 1048577) returning 1$q$, '23514'),
      ('files: the same content is stored once', 'self_test_owner', null, 'authenticated', $q$insert into audit.files (audit_id, file_type, original_filename, storage_path, file_size_bytes, file_hash) values
         ('7e570000-0000-4000-8000-0000000000a2', 'custom', 'b.csv', '7e570000-0000-4000-8000-0000000000a1/second.csv', 1000, repeat('a', 64)) returning storage_path$q$, '7e570000-0000-4000-8000-0000000000a1/first.csv'),
      ('files: and counts once', 'self_test_owner', null, 'authenticated', $q$select total_files || ' ' || total_size_bytes from tenant.calculate_storage_usage('7e570000-0000-4000-8000-0000000000a1')$q$, '2 1000'),
      ('files: one active of a type', null, null, null, $q$insert into audit.files (audit_id, file_type, original_filename, storage_path, file_size_bytes) values ('7e570000-0000-4000-8000-0000000000a2', 'custom', 'x', 'x', 1) returning 1$q$, '23505'),
      ('funnel: five steps', 'self_test_owner', null, 'authenticated', $q$select string_agg(count::text, ' ') from analytics.get_audit_funnel('7e570000-0000-4000-8000-0000000000a1')$q$, '2 1 1 1 1'),
      ('API keys: made by admins', 'self_test_owner', null, 'authenticated', $q$select set_config('self_test.key', tenant.create_api_key('Self test', '["read"]'), true) ~ '^vxq_live_[0-9a-f]{64}$'$q$, 'true'),
      ('API keys: and nobody else', 'self_test_viewer', null, 'authenticated', $q$select tenant.create_api_key('x')$q$, '42501'),
      ('API keys: kept as a digest', null, null, null, $q$select key_hash = encode(sha256(convert_to(current_setting('self_test.key'), 'UTF8')), 'hex') and key_prefix = left(current_setting('self_test.key'), 10) from tenant.api_keys where name = 'Self test'$q$, 'true'),
      ('API keys: not for the eyes of users', 'self_test_owner', null, 'authenticated', $q$select key_hash from tenant.api_keys$q$, '42501'),
      ('API keys: good', null, null, 'service_role', $q$select valid || ' ' || organization_id || ' ' || remaining from tenant.verify_api_key(current_setting('self_test.key'), 'read')$q$, 'true 7e570000-0000-4000-8000-0000000000a1 999'),
      ('API keys: not for another scope', null, null, 'service_role', $q$select reason from tenant.verify_api_key(current_setting('self_test.key'), 'write')$q$, 'scope missing'),
      ('API keys: unknown', null, null, 'service_role', $q$select reason from tenant.verify_api_key('vxq_live_x')$q$, 'unknown'),
      ('API keys: for the service only', 'self_test_owner', null, 'authenticated', $q$select reason from tenant.verify_api_key('vxq_live_x')$q$, '42501'),
      ('API keys: a limit an hour', null, null, null, $q$with l as (update tenant.api_keys set rate_limit_per_hour = 1 where name = 'Self test' returning 1) select count(*) from l$q$, '1'),
      ('API keys: which holds', null, null, 'service_role', $q$select reason from tenant.verify_api_key(current_setting('self_test.key'))$q$, 'rate limit'),
      ('API keys: revoked by no stranger', 'self_test_other', null, 'authenticated', $q$select tenant.revoke_api_key(id) from tenant.api_keys union all select tenant.revoke_api_key('7e570000-0000-4000-8000-0000000000ff')$q$, '42501'),
      ('API keys: revoked', 'self_test_owner', null, 'authenticated', $q$select tenant.revoke_api_key(id)::text = '' from tenant.api_keys where name = 'Self test'$q$, 'true'),
      ('API keys: and no longer good', null, null, 'service_role', $q$select reason from tenant.verify_api_key(current_setting('self_test.key'))$q$, 'revoked'),
      ('activity: every use', null, null, null, $q$select string_agg(coalesce(new_values ->> 'reason', action), ', ' order by new_values ->> 'reason') from logs.activity_log where action ~ '^api_key.(used|refused)' and organization_id = '7e570000-0000-4000-8000-0000000000a1'$q$, 'rate limit, revoked, scope missing, api_key.used'),
      ('activity: actor, address and request', null, null, null, $q$select format('%s %s %s', m.clerk_id, l.ip_address, l.request_id) from logs.activity_log l join tenant.organization_members m on m.id = l.user_id where l.action = 'audit.created' and l.new_values ->> 'name' = 'Mine'$q$, 'self_test_analyst 192.0.2.7 self-test'),
      ('activity: old and new values', null, null, null, $q$with u as (update tenant.organizations set name = 'Renamed' where slug = 'auditsuite-self-test-b' returning 1) select count(*) from u$q$, '1'),
      ('activity: those that changed', null, null, null, $q$select old_values::text || new_values from logs.activity_log where action = 'organization.updated' and organization_id = '7e570000-0000-4000-8000-0000000000b1'$q$, '{"name": "Self test B"}{"name": "Renamed"}'),
      ('storage: buckets', null, null, null, $q$select string_agg(format('%s %s %s', id, public, file_size_limit), ', ' order by id) from storage.buckets where id like 'audit-%'$q$, 'audit-files f 104857600, audit-reports f 209715200'),
      ('storage: members upload', 'self_test_viewer', null, 'authenticated', $q$insert into storage.objects (bucket_id, name) values ('audit-files', '7e570000-0000-4000-8000-0000000000a1/a.csv') returning bucket_id$q$, 'audit-files'),
      ('storage: not elsewhere', 'self_test_viewer', null, 'authenticated', $q$insert into storage.objects (bucket_id, name) values ('audit-files', '7e570000-0000-4000-8000-0000000000b1/a.csv') returning bucket_id$q$, '42501'),
      ('storage: others read nothing', 'self_test_other', null, 'authenticated', $q$select count(*) from storage.objects$q$, '0'),
      ('storage: viewers delete nothing', 'self_test_viewer', null, 'authenticated', $q$with d as (delete from storage.objects returning 1) select count(*) from d$q$, '0'),
      ('storage: owners do', 'self_test_owner', null, 'authenticated', $q$with d as (delete from storage.objects returning 1) select count(*) from d$q$, '1'),
      ('deletion: an audit', 'self_test_owner', null, 'authenticated', $q$with d as (delete from audit.audits where name = 'Zebra audit' returning 1) select count(*) from d$q$, '1'),
      ('deletion: with all that was its own', null, null, null, $q$select count(*) from (select audit_id from audit.files union all select audit_id from analytics.metrics union all select audit_id from analytics.recommendations union all select audit_id from storage_meta.parsed_data) x where audit_id = '7e570000-0000-4000-8000-0000000000a2'$q$, '0'),
      ('erasure: not by analysts', 'self_test_analyst', null, 'authenticated', $q$select count(*) from tenant.erase_organization('7e570000-0000-4000-8000-0000000000a1')$q$, '42501'),
      ('export: for owners', 'self_test_owner', null, 'authenticated', $q$select count(*) filter (where e ->> 'relation' = 'tenant.organization_members') from tenant.export_organization('7e570000-0000-4000-8000-0000000000a1') e$q$, '4')
    ) t (test, actor, organization, role, statement, expected);
    raise exception using errcode = 'PS7E5', message = 'the rows of the self test go';
  exception when sqlstate 'PS7E5' then
    null;
  end;
  return query select d.test, d.result, d.detail from jsonb_to_recordset(done) d (test text, result text, detail text);
end
$$;
comment on function public.auditsuite_self_test() is
  'Tries what the audit suite promises, on rows of its own that are rolled back: one row a test, result PASS or FAIL, detail what came instead. For who may write its tables and become the API''s roles.';
revoke execute on function public.auditsuite_self_test() from public, anon, authenticated, service_role;

select proapp.expect('function', 'public.auditsuite_self_test()', '{"security": "invoker"}');

-- An organization that is deleted takes its audits along, and an audit its key and files: the sheet says so. What has to stay is kept by proapp.hold().
select proapp.accept_finding('cascade_into_records', object, 'Audit suite: the audits of an organization are its own and go with it') from (values
  ('constraint audit_keys_organization_id_fkey on audit.audit_keys'), ('constraint audits_id_fkey on audit.audits'), ('constraint audits_organization_id_fkey on audit.audits'),
  ('constraint v1_audits_organization_id_fkey on maintenance.v1_audits')) f (object);

-- What is there now is what should be there, but for the months. A baseline of that name may be somebody's.
select proapp.save_baseline('auditsuite', 'tenant.*', 'audit.*', 'analytics.*', 'storage_meta.*', 'cache.*', 'logs.*', 'maintenance.*', 'function:public.auditsuite_*', 'storage.objects',
                            '!audit.audits_y*', '!logs.activity_log_y*')
  where not exists (select from proapp.baselines where baseline = 'auditsuite');
$up$);
