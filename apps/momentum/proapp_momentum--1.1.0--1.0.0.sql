-- complain if this file is sourced in psql rather than by ALTER EXTENSION
\echo Use "ALTER EXTENSION proapp_momentum UPDATE TO '1.0.0'" to load this file. \quit

select proapp.migrate_down('momentum', '1.1.0', $down$
select proapp.unexpect(category, item) from (values
  ('table', 'public.zoom_credentials'),
  ('foreign key', 'public.zoom_credentials.user_id'),
  ('constraint', 'public.zoom_credentials(user_id)'),
  ('index', 'public.idx_zoom_credentials_expires'),
  ('index', 'public.idx_zoom_credentials_user'),
  ('policy', 'Users can manage own zoom credentials on public.zoom_credentials'),
  ('function', 'public.cleanup_expired_zoom_tokens()')) e (category, item);

select proapp.unschedule_job('momentum_cleanup_expired_zoom_tokens');
drop function public.cleanup_expired_zoom_tokens();
drop table public.zoom_credentials;
$down$);
