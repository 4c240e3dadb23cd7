-- complain if this file is sourced in psql rather than by ALTER EXTENSION
\echo Use "ALTER EXTENSION proapp_trackpay UPDATE TO '1.1.0'" to load this file. \quit

select proapp.migrate_down('trackpay', '1.2.0', $down$
grant delete on public.trackpay_relationships to authenticated, service_role;

drop function public.delete_client_relationship_safely(uuid);
select proapp.unprotect('public.trackpay_relationships');
select proapp.remove_reference('public.trackpay_sessions', 'public.trackpay_payments', 'session_ids');
select proapp.remove_blocker('public.trackpay_relationships', 'public.trackpay_requests');
select proapp.remove_blocker('public.trackpay_relationships', 'public.trackpay_sessions');

drop trigger trackpay_requests_hold_relationship on public.trackpay_requests;
drop trigger trackpay_sessions_hold_relationship on public.trackpay_sessions;
drop function public.trackpay_hold_relationship();

select proapp.unmap_users('trackpay');
$down$);
