-- complain if this file is sourced in psql rather than by ALTER EXTENSION
\echo Use "ALTER EXTENSION proapp_trackpay UPDATE TO '1.4.0'" to load this file. \quit

select proapp.migrate_down('trackpay', '1.5.0', $down$
revoke update (name, phone, hourly_rate, display_name, updated_at) on public.trackpay_users from authenticated;
revoke update (hourly_rate, updated_at) on public.trackpay_relationships from authenticated;
revoke update (start_time, end_time, duration_minutes, hourly_rate, amount_due, status, notes, crew_size, person_hours, updated_at) on public.trackpay_sessions from authenticated;
revoke update (session_id, session_ids, amount, payment_method, payment_date, notes, updated_at) on public.trackpay_payments from authenticated;
revoke update (session_id, amount, status, responded_at, updated_at) on public.trackpay_requests from authenticated;
grant update on public.trackpay_users, public.trackpay_relationships, public.trackpay_sessions, public.trackpay_payments, public.trackpay_requests to authenticated;

drop policy tp_rel_audit_select_provider on public.trackpay_relationship_audit;
drop policy tp_invites_insert_provider on public.trackpay_invites;
drop policy tp_invites_select_party on public.trackpay_invites;
drop policy tp_activities_select_party on public.trackpay_activities;
drop policy tp_requests_update_provider on public.trackpay_requests;
drop policy tp_requests_insert_provider on public.trackpay_requests;
drop policy tp_requests_select_party on public.trackpay_requests;
drop policy tp_payments_update_provider on public.trackpay_payments;
drop policy tp_payments_insert_provider on public.trackpay_payments;
drop policy tp_payments_select_party on public.trackpay_payments;
drop policy tp_sessions_update_provider on public.trackpay_sessions;
drop policy tp_sessions_insert_provider on public.trackpay_sessions;
drop policy tp_sessions_select_party on public.trackpay_sessions;
drop policy tp_rels_update_provider on public.trackpay_relationships;
drop policy tp_rels_insert_provider on public.trackpay_relationships;
drop policy tp_rels_select_party on public.trackpay_relationships;
drop policy tp_users_update_self on public.trackpay_users;
drop policy tp_users_select_self on public.trackpay_users;
$down$);
