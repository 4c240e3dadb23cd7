-- complain if this file is sourced in psql rather than by ALTER EXTENSION
\echo Use "ALTER EXTENSION proapp_platform UPDATE TO '1.2.0'" to load this file. \quit

select proapp.migrate_down('platform', '1.3.0', $down$
select proapp.drop_baseline(baseline) from proapp.baselines where baseline = 'platform';
select proapp.unexpect(category, item) from (values
  ('table', 'public.audit_logs_archive'),
  ('foreign key', 'public.audit_logs_archive.user_id'),
  ('trigger', 'platform_new_user on auth.users'),
  ('trigger', 'platform_payment_counts on public.payments'),
  ('trigger', 'platform_audit on public.payments'),
  ('trigger', 'platform_audit on public.subscriptions'),
  ('function', 'public.platform_record_payment(text, uuid, text, numeric, text, text, text, jsonb)'),
  ('function', 'public.platform_expire_subscriptions()'),
  ('function', 'public.platform_archive_audit_logs(interval, integer)'),
  ('function', 'public.platform_partition_audit_logs()')) e (category, item);

do $$
declare
  job record;
begin
  for job in select e.item from proapp.expectations e where e.category = 'cron job' and e.item like 'platform\_%' loop
    perform proapp.unexpect('cron job', job.item);
  end loop;
  if exists (select from pg_extension where extname = 'pg_cron') then
    perform cron.unschedule(j.jobid) from cron.job j where j.jobname in ('platform_expire_subscriptions', 'platform_archive_audit_logs', 'platform_ensure_audit_partitions');
  end if;
  -- Wherever platform_audit_table() put it.
  for job in select tgrelid::regclass as item from pg_trigger where tgfoid = 'public.platform_audit()'::regprocedure and tgparentid = 0 loop
    execute format('drop trigger platform_audit on %s', job.item);
  end loop;
end
$$;
drop function public.platform_self_test();
drop function public.platform_partition_audit_logs();
drop function public.platform_make_audit_partition(date);
drop function public.platform_ensure_audit_partitions(int);
drop function public.platform_export_audit_logs(timestamptz, timestamptz);
drop function public.platform_archive_audit_logs(interval, int);
drop table public.audit_logs_archive;
drop function public.platform_audit_table(regclass, text, name);
drop function public.platform_audit();
drop function public.platform_expire_subscriptions();
drop function public.platform_record_payment(text, uuid, text, numeric, text, text, text, jsonb);
drop trigger platform_payment_counts on public.payments;
drop function public.platform_payment_counts();
drop function public.platform_backfill_profiles();
drop trigger platform_new_user on auth.users;
drop function public.platform_new_user();
drop function public.platform_make_profiles(uuid[]);
$down$);
