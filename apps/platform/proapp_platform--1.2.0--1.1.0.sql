-- complain if this file is sourced in psql rather than by ALTER EXTENSION
\echo Use "ALTER EXTENSION proapp_platform UPDATE TO '1.1.0'" to load this file. \quit

select proapp.migrate_down('platform', '1.2.0', $down$
select proapp.unexpect(category, item) from (values
  ('table', 'public.organizations'),
  ('table', 'public.user_profiles'),
  ('table', 'public.subscriptions'),
  ('table', 'public.payments'),
  ('table', 'public.notifications'),
  ('table', 'public.audit_logs'),
  ('foreign key', 'public.user_profiles.id'),
  ('foreign key', 'public.subscriptions.user_id'),
  ('foreign key', 'public.payments.user_id'),
  ('foreign key', 'public.notifications.user_id'),
  ('foreign key', 'public.audit_logs.user_id'),
  ('constraint', 'public.subscriptions(user_id, app)'),
  ('constraint', 'public.organizations(slug)'),
  ('constraint', 'public.user_profiles(email)'),
  ('index', 'public.idx_notifications_created_at'),
  ('index', 'public.idx_notifications_read'),
  ('index', 'public.idx_notifications_user_id'),
  ('index', 'public.idx_audit_logs_created_at'),
  ('index', 'public.idx_audit_logs_user_id'),
  ('index', 'public.idx_payments_stripe_payment_id'),
  ('policy', 'Public can read organizations on public.organizations'),
  ('policy', 'Users can read own profile on public.user_profiles'),
  ('policy', 'Users can update own profile on public.user_profiles'),
  ('policy', 'Users can read own subscriptions on public.subscriptions'),
  ('policy', 'Users can read own payments on public.payments'),
  ('policy', 'Users can read own notifications on public.notifications'),
  ('policy', 'Users can update own notifications on public.notifications'),
  ('function', 'public.platform_add_module(text, text)'),
  ('function', 'public.platform_plan(text)'),
  ('function', 'public.platform_has_module(text)')) e (category, item);
select proapp.unexpect(e.category, e.item) from proapp.expectations e where e.category = 'column' and e.item like 'public.user\_profiles.has\_%';
drop function public.platform_has_module(text);
drop function public.platform_plan(text);
drop function public.platform_counts(text, timestamptz, timestamptz);
drop function public.platform_add_module(text, text);
drop function public.platform_apply_modules();
select proapp.unmap_users('platform');
drop table public.audit_logs;
drop table public.notifications;
drop table public.payments;
drop table public.subscriptions;
drop table public.user_profiles;
drop table public.organizations;
$down$);
