-- complain if this file is sourced in psql rather than by ALTER EXTENSION
\echo Use "ALTER EXTENSION proapp_trackpay UPDATE TO '1.3.0'" to load this file. \quit

select proapp.migrate_down('trackpay', '1.4.0', $down$
drop function public.current_trackpay_user_id();
$down$);
