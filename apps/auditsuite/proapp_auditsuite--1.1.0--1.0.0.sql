-- complain if this file is sourced in psql rather than by ALTER EXTENSION
\echo Use "ALTER EXTENSION proapp_auditsuite UPDATE TO '1.0.0'" to load this file. \quit

select proapp.migrate_down('auditsuite', '1.1.0', $down$
select proapp.unexpect(category, item) from (values
  ('view', 'analytics.organization_metrics_data'),
  ('view', 'analytics.top_performers_data'),
  ('view', 'analytics.organization_metrics'),
  ('view', 'analytics.top_performers'),
  ('index', 'analytics.organization_metrics_data_key'),
  ('index', 'analytics.top_performers_data_key'),
  ('function', 'maintenance.refresh_analytics()'),
  ('function', 'maintenance.archive_old_audits(integer)'),
  ('function', 'logs.collect_slow_queries(double precision, integer)'),
  ('function', 'tenant.export_organization(uuid)'),
  ('function', 'tenant.erasure_plan(uuid)'),
  ('function', 'tenant.erase_organization(uuid, text, boolean)'),
  ('policy', 'Members can read audit files and reports on storage.objects'),
  ('policy', 'Members can upload audit files and reports on storage.objects'),
  ('policy', 'Admins can delete audit files and reports on storage.objects')) e (category, item);

select proapp.unschedule_job('auditsuite_collect_slow_queries');
select proapp.unschedule_job('auditsuite_refresh_analytics');
select proapp.unschedule_job('auditsuite_archive_old_audits');
select proapp.unschedule_job('auditsuite_ensure_partitions');

drop policy "Admins can delete audit files and reports" on storage.objects;
drop policy "Members can upload audit files and reports" on storage.objects;
drop policy "Members can read audit files and reports" on storage.objects;
-- What is in the buckets goes with them, into the archive.
select proapp.set_aside('storage.objects', $$bucket_id in ('audit-files', 'audit-reports')$$);
select proapp.set_aside('storage.buckets', $$id in ('audit-files', 'audit-reports')$$);

drop function tenant.erase_organization(uuid, text, boolean);
drop function tenant.erasure_plan(uuid);
drop function tenant.export_organization(uuid);
drop function tenant.files_in_storage(uuid);
drop function tenant.insist_on_owner(uuid);
drop function logs.collect_slow_queries(double precision, int);
drop function maintenance.archive_old_audits(int);
drop function maintenance.delete_expired_cache(int);
drop function maintenance.refresh_analytics();
drop view analytics.top_performers;
drop view analytics.organization_metrics;
drop materialized view analytics.top_performers_data;
drop materialized view analytics.organization_metrics_data;
$down$);
