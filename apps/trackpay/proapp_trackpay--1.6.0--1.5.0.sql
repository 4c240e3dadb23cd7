-- complain if this file is sourced in psql rather than by ALTER EXTENSION
\echo Use "ALTER EXTENSION proapp_trackpay UPDATE TO '1.5.0'" to load this file. \quit

select proapp.migrate_down('trackpay', '1.6.0', $down$
drop index public.idx_invites_claimed_by;
drop index public.idx_invites_client;
drop index public.idx_activities_session;
drop index public.idx_activities_user;
drop index public.idx_requests_session;
drop index public.idx_requests_client;
drop index public.idx_payments_client;
drop index public.idx_relationship_audit_provider_created;
drop index public.idx_relationship_audit_client_created;
drop index public.idx_invites_provider_status;
drop index public.idx_invites_code;
drop index public.idx_activities_provider_created;
drop index public.idx_activities_created;
drop index public.idx_activities_client_created;
drop index public.idx_requests_provider_client_status;
drop index public.idx_payments_session;
drop index public.idx_payments_provider_client;
drop index public.idx_sessions_provider_created;
drop index public.idx_sessions_provider_client_status;
drop index public.idx_sessions_client_created;
drop index public.idx_relationships_provider;
drop index public.idx_relationships_client;
$down$);
