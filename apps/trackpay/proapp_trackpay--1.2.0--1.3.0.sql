-- complain if this file is sourced in psql rather than by ALTER EXTENSION
\echo Use "ALTER EXTENSION proapp_trackpay UPDATE TO '1.3.0'" to load this file. \quit

select proapp.migrate_up('trackpay', '1.3.0', $up$
alter publication supabase_realtime add table public.trackpay_users;
alter publication supabase_realtime add table public.trackpay_relationships;
alter publication supabase_realtime add table public.trackpay_sessions;
alter publication supabase_realtime add table public.trackpay_payments;
alter publication supabase_realtime add table public.trackpay_requests;
alter publication supabase_realtime add table public.trackpay_activities;
alter publication supabase_realtime add table public.trackpay_invites;
alter publication supabase_realtime add table public.trackpay_relationship_audit;
$up$);
