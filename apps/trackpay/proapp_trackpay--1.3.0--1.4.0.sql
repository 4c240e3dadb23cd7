-- complain if this file is sourced in psql rather than by ALTER EXTENSION
\echo Use "ALTER EXTENSION proapp_trackpay UPDATE TO '1.4.0'" to load this file. \quit

select proapp.migrate_up('trackpay', '1.4.0', $up$
create function public.current_trackpay_user_id() returns uuid
  language sql stable security definer set search_path = pg_catalog, pg_temp
  as $$ select proapp.current_user_id('trackpay') $$;
comment on function public.current_trackpay_user_id() is
  'The id in trackpay_users of who is signed in. Null when nobody is, or when no row maps; never an error.';

revoke execute on function public.current_trackpay_user_id() from public, anon;
grant execute on function public.current_trackpay_user_id() to authenticated, service_role;
$up$);
