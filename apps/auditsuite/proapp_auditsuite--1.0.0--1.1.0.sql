-- complain if this file is sourced in psql rather than by ALTER EXTENSION
\echo Use "ALTER EXTENSION proapp_auditsuite UPDATE TO '1.1.0'" to load this file. \quit

select proapp.migrate_up('auditsuite', '1.1.0', $up$
-- Dashboards. Materialized views have no policies: nobody of the API reads these but through views that ask whose rows they are.
create materialized view analytics.organization_metrics_data as
  select o.id as organization_id, o.name as organization_name, o.subscription_tier, coalesce(m.active, 0) as active_members,
         coalesce(a.total, 0) as total_audits, coalesce(a.completed, 0) as completed_audits, coalesce(a.failed, 0) as failed_audits, a.average_ms as average_processing_ms, a.last_created as last_audit_at,
         coalesce(f.files, 0) as total_files, coalesce(f.bytes, 0) as total_size_bytes, coalesce(r.total, 0) as total_recommendations, coalesce(r.implemented, 0) as implemented_recommendations,
         w.average_score as average_overall_score
    from tenant.organizations o
    left join (select organization_id, count(*) as active from tenant.organization_members where deactivated_at is null group by 1) m on m.organization_id = o.id
    left join (select organization_id, count(*) as total, count(*) filter (where processing_completed_at is not null) as completed, count(*) filter (where status = 'failed') as failed,
                      round(avg(processing_duration_ms)) as average_ms, max(created_at) as last_created from audit.audits group by 1) a on a.organization_id = o.id
    left join (select organization_id, sum(files)::bigint as files, sum(bytes)::bigint as bytes
                 from (select organization_id, count(*) as files, case when file_hash is null then sum(file_size_bytes) else max(file_size_bytes) end as bytes from audit.files group by organization_id, file_hash) c
                group by 1) f on f.organization_id = o.id
    left join (select organization_id, count(*) as total, count(*) filter (where status = 'implemented') as implemented from analytics.recommendations group by 1) r on r.organization_id = o.id
    left join (select organization_id, round(avg(overall_score), 2) as average_score from analytics.flywheel_analysis group by 1) w on w.organization_id = o.id;
comment on materialized view analytics.organization_metrics_data is 'One row an organization, as of the last maintenance.refresh_analytics(). Behind view analytics.organization_metrics.';
create unique index organization_metrics_data_key on analytics.organization_metrics_data (organization_id);

create materialized view analytics.top_performers_data as
  select * from (
    select organization_id, metric_type, row_number() over (partition by organization_id, metric_type order by avg(performance_score) desc, entity_id) as place,
           entity_id, max(entity_name) as entity_name, round(avg(performance_score), 2) as performance_score, round(avg(efficiency_score), 2) as efficiency_score,
           round(avg(opportunity_score), 2) as opportunity_score, count(distinct audit_id) as audits
      from analytics.metrics where performance_score is not null group by organization_id, metric_type, entity_id) ranked
   where place <= 10;
comment on materialized view analytics.top_performers_data is 'The ten best of each kind in an organization, as of the last maintenance.refresh_analytics(). Behind view analytics.top_performers.';
create unique index top_performers_data_key on analytics.top_performers_data (organization_id, metric_type, place);

create view analytics.organization_metrics with (security_barrier) as
  select * from analytics.organization_metrics_data where organization_id = any (proapp.current_organizations('auditsuite'));
comment on view analytics.organization_metrics is 'Numbers of the caller''s organizations.';
create view analytics.top_performers with (security_barrier) as
  select * from analytics.top_performers_data where organization_id = any (proapp.current_organizations('auditsuite'));
comment on view analytics.top_performers is 'The best campaigns, keywords and so on of the caller''s organizations.';
revoke all on analytics.organization_metrics_data, analytics.top_performers_data, analytics.organization_metrics, analytics.top_performers from public, anon, authenticated, service_role;
grant select on analytics.organization_metrics, analytics.top_performers to authenticated;
grant select on analytics.organization_metrics_data, analytics.top_performers_data to service_role;

create function maintenance.refresh_analytics() returns void
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
begin
  refresh materialized view concurrently analytics.organization_metrics_data;
  refresh materialized view concurrently analytics.top_performers_data;
end
$$;
comment on function maintenance.refresh_analytics() is 'Computes the numbers behind dashboards anew, while they are read. A job of pg_cron calls it where that is.';

-- What is old
create function maintenance.delete_expired_cache(batch_size int default 10000) returns bigint
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
declare
  deleted bigint;
begin
  delete from cache.analysis_results r
    where r.cache_key = any (array(select c.cache_key from cache.analysis_results c where c.expires_at <= now() order by c.expires_at limit batch_size for update skip locked));
  get diagnostics deleted = row_count;
  return deleted;
end
$$;
comment on function maintenance.delete_expired_cache(int) is 'Deletes so many expired rows of the cache at most, and none that somebody is at; answers how many.';

create function maintenance.archive_old_audits(batch_size int default 10000) returns table(item text, outcome text, row_count bigint)
  language plpgsql set search_path = pg_catalog, pg_temp set lock_timeout = '10s'
  as $$
declare
  one  record;
  more bigint;
begin
  perform pg_advisory_xact_lock(hashtextextended('auditsuite partitions', 0));
  item := 'audit.audits';
  outcome := 'archived';
  update audit.audits a set status = 'archived', archived_at = now() where a.status = 'completed' and a.created_at < now() - interval '2 years';
  get diagnostics row_count = row_count;
  return next;
  -- A partition whose last day is more than a year ago.
  for one in
    select c.oid::regclass as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = 'logs.activity_log'::regclass and c.relname ~ '^activity_log_y\d{4}m\d\d$'
       and (to_date(right(c.relname, 7), 'YYYY"m"MM') + interval '1 month') at time zone 'UTC' < now() - interval '1 year'
     order by 1
  loop
    item := one.name;
    outcome := 'dropped';
    execute format('select count(*) from %s', one.name) into row_count;
    execute format('alter table logs.activity_log detach partition %s', one.name);
    execute format('drop table %s', one.name);
    return next;
  end loop;
  item := 'logs.activity_log_default';
  outcome := 'deleted';
  delete from logs.activity_log_default d where d.created_at < now() - interval '1 year';
  get diagnostics row_count = row_count;
  return next;
  item := 'tenant.api_key_usage';
  delete from tenant.api_key_usage u where u.hour < now() - interval '1 day';
  get diagnostics row_count = row_count;
  return next;
  item := 'cache.analysis_results';
  row_count := 0;
  -- What is left after a hundred batches has its turn tomorrow.
  for i in 1 .. 100 loop
    more := maintenance.delete_expired_cache(batch_size);
    row_count := row_count + more;
    exit when more < batch_size;
  end loop;
  return next;
end
$$;
comment on function maintenance.archive_old_audits(int) is
  'Archives completed audits after two years, drops activity after one year, and deletes expired rows of the cache in batches. One row a thing that was done, with the number of rows. Errors: 55P03 where something is in use for longer than ten seconds. A job of pg_cron calls it where that is.';

create function logs.collect_slow_queries(threshold_ms double precision default 1000, at_most int default 100) returns bigint
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
declare
  place text;
  taken bigint;
begin
  select format('%I.pg_stat_statements', n.nspname) into place from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname = 'pg_stat_statements';
  if place is null then
    return null;
  end if;
  execute format($q$
    insert into logs.slow_queries as q (query_id, query, mean_time_ms, calls, total_time_ms, last_seen)
      select s.queryid, min(s.query), sum(s.total_exec_time) / sum(s.calls), sum(s.calls), sum(s.total_exec_time), now()
        from %s s where s.dbid = (select d.oid from pg_database d where d.datname = current_database()) and s.queryid is not null and s.calls > 0
       group by s.queryid having sum(s.total_exec_time) / sum(s.calls) >= $1 order by 5 desc limit $2
      on conflict (query_id) do update set mean_time_ms = excluded.mean_time_ms, total_time_ms = excluded.total_time_ms, calls = excluded.calls,
        last_seen = case when q.calls = excluded.calls then q.last_seen else excluded.last_seen end$q$, place) using threshold_ms, at_most;
  get diagnostics taken = row_count;
  return taken;
end
$$;
comment on function logs.collect_slow_queries(double precision, int) is
  'Takes this database''s statements whose mean time is that long from pg_stat_statements to logs.slow_queries; answers how many, null where that extension is not. A job of pg_cron calls it where that is. Errors: 55000 where pg_stat_statements is not loaded.';

-- An organization leaves
create function tenant.insist_on_owner(org uuid) returns void
  language plpgsql stable set search_path = pg_catalog, pg_temp
  as $$
begin
  if not tenant.is_service() and proapp.is_member('auditsuite', org, 'owner') is not true then
    raise exception 'only owners of the organization can do that' using errcode = 'insufficient_privilege';
  end if;
end
$$;
comment on function tenant.insist_on_owner(uuid) is 'An error unless the caller is an owner of the organization or the service role.';

create function tenant.files_in_storage(org uuid) returns setof storage.objects
  language sql stable set search_path = pg_catalog, pg_temp
  as $$ select s.* from storage.objects s where s.bucket_id in ('audit-files', 'audit-reports') and s.name like org || '/%' $$;
comment on function tenant.files_in_storage(uuid) is 'The objects in the folder of an organization.';

create function tenant.export_organization(org uuid) returns setof jsonb
  language plpgsql security definer set search_path = pg_catalog, pg_temp set timezone = 'UTC' set datestyle = 'ISO, YMD' set intervalstyle = 'postgres' set extra_float_digits = 1
  as $$
begin
  perform tenant.insist_on_owner(org);
  return query select e from proapp.export_tenant('tenant.organizations', org::text) e;
  return query select jsonb_build_object('relation', 'logs.activity_log', 'row', to_jsonb(a), 'text', a::text) from logs.activity_log a where a.organization_id = org order by a.created_at, a.id;
  return query select jsonb_build_object('relation', 'storage.objects', 'row', to_jsonb(s), 'text', s::text) from tenant.files_in_storage(org) s order by s.bucket_id, s.name;
end
$$;
comment on function tenant.export_organization(uuid) is
  'All that an organization has, one JSON object a row, parents first: relation, row for reading, and text, which is the row again: (text::audit.files). For its owners and the service role. Errors: 42501 for others.';

create function tenant.erasure_plan(org uuid) returns table(step bigint, relation text, action text, row_count bigint, blocked boolean, detail text)
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
#variable_conflict use_column
declare
  files bigint;
  lines bigint;
begin
  perform tenant.insist_on_owner(org);
  if not exists (select from tenant.organizations o where o.id = org) then
    return;
  end if;
  select count(*) into files from tenant.files_in_storage(org);
  select count(*) into lines from logs.activity_log a where a.organization_id = org;
  return query
    select row_number() over (order by p.place, p.step), p.relation, p.action, p.row_count, p.blocked, p.detail
      from (select 0 as place, 0 as step, 'storage.objects' as relation, 'block' as action, files as row_count, true as blocked, 'files are deleted by the API of Storage first' as detail where files > 0
            union all
            select case when d.blocked then 1 else 3 end, d.step, d.relation, d.action, d.row_count, d.blocked, d.detail
              from proapp.deletion_plan('tenant.organizations', org::text, erase => true) d where d.action <> 'none' and d.relation <> 'logs.activity_log'
            union all
            select 2, 0, 'logs.activity_log', 'delete', lines, false, null where lines > 0) p
     order by 1;
end
$$;
comment on function tenant.erasure_plan(uuid) is 'What tenant.erase_organization() would delete, and first what forbids it. For owners and the service role. Errors: 42501 for others.';

create function tenant.erase_organization(org uuid, reason text default null, files_too boolean default false) returns table(relation text, action text, row_count bigint)
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
#variable_conflict use_column
declare
  one      record;
  deleted  jsonb := '{}';
  deletion uuid;
  left_over bigint;
begin
  perform tenant.insist_on_owner(org);
  -- Whoever writes something of the organization waits, and then finds it gone.
  perform from tenant.organizations o where o.id = org for update;
  if not found then
    return;
  end if;
  -- What has no foreign key is not looked after by erase_tenant(), holds included.
  if exists (select from proapp.holds h where h.relation = 'logs.activity_log' and not h.expired
              and (h.key ->> 'id')::uuid in (select a.id from logs.activity_log a where a.organization_id = org)) then
    raise exception 'lines of the organization''s activity log are held' using errcode = 'restrict_violation', hint = 'See proapp.holds.';
  end if;
  select count(*) into row_count from tenant.files_in_storage(org);
  if row_count > 0 and not files_too then
    raise exception 'the organization has files in Storage'
      using errcode = 'object_not_in_prerequisite_state', detail = format('Objects in its folder: %s.', row_count),
            hint = 'Delete them by the API of Storage, which deletes their contents, too; or pass files_too => true, which deletes only their rows.';
  end if;
  insert into maintenance.suspensions (organization_id, what) values (org, 'rules');

  if row_count > 0 then
    delete from storage.objects s where (s.id) in (select f.id from tenant.files_in_storage(org) f);
    relation := 'storage.objects';
    action := 'delete';
    deleted := deleted || jsonb_build_object(relation, row_count);
    return next;
  end if;
  delete from logs.activity_log a where a.organization_id = org or a.user_id in (select m.id from tenant.organization_members m where m.organization_id = org);
  get diagnostics row_count = row_count;
  if row_count > 0 then
    relation := 'logs.activity_log';
    action := 'delete';
    deleted := deleted || jsonb_build_object(relation, row_count);
    return next;
  end if;
  for one in select * from proapp.erase_tenant('tenant.organizations', org::text, reason) loop
    relation := one.relation;
    action := one.action;
    row_count := one.row_count;
    deletion := one.deletion;
    deleted := deleted || jsonb_build_object(relation, row_count);
    return next;
  end loop;
  perform maintenance.refresh_analytics();
  delete from maintenance.suspensions s where s.organization_id = org;

  -- The proof that does not rely on foreign keys: no column of that name has it, whatever table somebody has added.
  for one in
    select n.nspname as schema, c.relname as name from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
     where a.attname = 'organization_id' and a.atttypid = 'uuid'::regtype and not a.attisdropped and c.relkind in ('r', 'p', 'm') and not c.relispartition
       and n.nspname in ('tenant', 'audit', 'analytics', 'storage_meta', 'cache', 'logs', 'maintenance') order by 1, 2
  loop
    execute format('select count(*) from %I.%I where organization_id = $1', one.schema, one.name) into left_over using org;
    if left_over > 0 then
      raise exception 'rows of the organization would be left' using errcode = 'object_not_in_prerequisite_state', detail = format('%I.%I has %s.', one.schema, one.name, left_over);
    end if;
  end loop;
  insert into logs.activity_log (action, resource_type, ip_address, request_id, new_values)
    select 'organization.erased', 'organization', r.address, r.request, jsonb_build_object('deletion', deletion, 'deleted', deleted) from logs.request_origin() r;
end
$$;
comment on function tenant.erase_organization(uuid, text, boolean) is
  'Deletes all that an organization has, for good, as tenant.erasure_plan() says, and proves that nothing is left; proapp.erasures and one line of the activity log, with numbers and without names, say that it was done. For its owners and the service role. Errors: 42501 for others, 23001 for rows that proapp.hold() keeps, 55000 for files in Storage, else those of proapp.erase_tenant().';

-- Jobs
select proapp.schedule_job('auditsuite_ensure_partitions', '0 1 * * *', 'select maintenance.ensure_partitions()');
select proapp.schedule_job('auditsuite_archive_old_audits', '30 1 * * *', 'select maintenance.archive_old_audits()');
select proapp.schedule_job('auditsuite_refresh_analytics', '*/15 * * * *', 'select maintenance.refresh_analytics()');
select proapp.schedule_job('auditsuite_collect_slow_queries', '5 * * * *', 'select logs.collect_slow_queries()');

-- Buckets
insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types) values
  ('audit-files', 'audit-files', false, 100 * 1024 * 1024,
   '{text/csv,application/vnd.ms-excel,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet,text/plain,application/zip,application/x-zip-compressed,application/gzip,application/x-gzip}'),
  ('audit-reports', 'audit-reports', false, 200 * 1024 * 1024,
   '{application/pdf,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet,application/vnd.openxmlformats-officedocument.wordprocessingml.document}')
  on conflict (id) do nothing;
create policy "Members can read audit files and reports" on storage.objects for select to authenticated
  using (bucket_id in ('audit-files', 'audit-reports') and (storage.foldername(name))[1] = any (proapp.current_organizations('auditsuite')::text[]));
create policy "Members can upload audit files and reports" on storage.objects for insert to authenticated
  with check (bucket_id in ('audit-files', 'audit-reports') and (storage.foldername(name))[1] = any (proapp.current_organizations('auditsuite')::text[]));
create policy "Admins can delete audit files and reports" on storage.objects for delete to authenticated
  using (bucket_id in ('audit-files', 'audit-reports') and (storage.foldername(name))[1] = any (proapp.current_organizations('auditsuite', 'owner', 'admin')::text[]));

revoke execute on function maintenance.refresh_analytics(), maintenance.delete_expired_cache(int), maintenance.archive_old_audits(int), logs.collect_slow_queries(double precision, int),
  tenant.insist_on_owner(uuid), tenant.files_in_storage(uuid), tenant.export_organization(uuid), tenant.erasure_plan(uuid), tenant.erase_organization(uuid, text, boolean)
  from public, anon, authenticated, service_role;
grant execute on function tenant.export_organization(uuid), tenant.erasure_plan(uuid), tenant.erase_organization(uuid, text, boolean) to authenticated, service_role;

select proapp.expect(category, item, expected::jsonb) from (values
  ('view', 'analytics.organization_metrics_data', '{"materialized": true}'),
  ('view', 'analytics.top_performers_data', '{"materialized": true}'),
  ('view', 'analytics.organization_metrics', '{"materialized": false}'),
  ('view', 'analytics.top_performers', '{"materialized": false}'),
  ('index', 'analytics.organization_metrics_data_key', '{"unique": true}'),
  ('index', 'analytics.top_performers_data_key', '{"unique": true}'),
  ('function', 'maintenance.refresh_analytics()', '{"returns": "void"}'),
  ('function', 'maintenance.archive_old_audits(integer)', '{}'),
  ('function', 'logs.collect_slow_queries(double precision, integer)', '{}'),
  ('function', 'tenant.export_organization(uuid)', '{"security": "definer"}'),
  ('function', 'tenant.erasure_plan(uuid)', '{"security": "definer"}'),
  ('function', 'tenant.erase_organization(uuid, text, boolean)', '{"security": "definer"}'),
  ('policy', 'Members can read audit files and reports on storage.objects', '{"command": "select"}'),
  ('policy', 'Members can upload audit files and reports on storage.objects', '{"command": "insert"}'),
  ('policy', 'Admins can delete audit files and reports on storage.objects', '{"command": "delete"}')) e (category, item, expected);
$up$);
