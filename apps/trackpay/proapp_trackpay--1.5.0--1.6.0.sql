-- complain if this file is sourced in psql rather than by ALTER EXTENSION
\echo Use "ALTER EXTENSION proapp_trackpay UPDATE TO '1.6.0'" to load this file. \quit

select proapp.migrate_up('trackpay', '1.6.0', $up$
create index idx_relationships_client on public.trackpay_relationships (client_id);
create index idx_relationships_provider on public.trackpay_relationships (provider_id);
create index idx_sessions_client_created on public.trackpay_sessions (client_id, start_time desc);
create index idx_sessions_provider_client_status on public.trackpay_sessions (provider_id, client_id, status);
create index idx_sessions_provider_created on public.trackpay_sessions (provider_id, start_time desc);
create index idx_payments_provider_client on public.trackpay_payments (provider_id, client_id, payment_date desc);
create index idx_payments_session on public.trackpay_payments (session_id);
create index idx_requests_provider_client_status on public.trackpay_requests (provider_id, client_id, status);
create index idx_activities_client_created on public.trackpay_activities (client_id, created_at desc);
create index idx_activities_created on public.trackpay_activities (created_at desc);
create index idx_activities_provider_created on public.trackpay_activities (provider_id, created_at desc);
create index idx_invites_code on public.trackpay_invites (invite_code);
create index idx_invites_provider_status on public.trackpay_invites (provider_id, status);
create index idx_relationship_audit_client_created on public.trackpay_relationship_audit (client_id, created_at desc);
create index idx_relationship_audit_provider_created on public.trackpay_relationship_audit (provider_id, created_at desc);

-- Referencing columns that none of these begins with: what is deleted is looked for in them.
create index idx_payments_client on public.trackpay_payments (client_id);
create index idx_requests_client on public.trackpay_requests (client_id);
create index idx_requests_session on public.trackpay_requests (session_id);
create index idx_activities_user on public.trackpay_activities (user_id);
create index idx_activities_session on public.trackpay_activities (session_id);
create index idx_invites_client on public.trackpay_invites (client_id);
create index idx_invites_claimed_by on public.trackpay_invites (claimed_by);
$up$);
