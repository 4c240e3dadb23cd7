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

do $$
begin
  if exists (select from proapp.expectations where category = 'cron job' and item = 'momentum_cleanup_expired_zoom_tokens') then
    perform proapp.unexpect('cron job', 'momentum_cleanup_expired_zoom_tokens');
  end if;
  if exists (select from pg_extension where extname = 'pg_cron') then
    perform cron.unschedule(jobid) from cron.job where jobname = 'momentum_cleanup_expired_zoom_tokens';
  end if;
end
$$;

drop function public.cleanup_expired_zoom_tokens();
drop table public.zoom_credentials;
$down$);
