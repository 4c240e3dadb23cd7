-- complain if this file is sourced in psql rather than by ALTER EXTENSION
\echo Use "ALTER EXTENSION proapp_trackpay UPDATE TO '1.1.0'" to load this file. \quit

select proapp.migrate_up('trackpay', '1.1.0', $up$
-- RESTRICT for business data, SET NULL where the trail must stay, CASCADE for what belongs to one person.
alter table public.trackpay_relationships
  drop constraint trackpay_relationships_provider_id_fkey,
  drop constraint trackpay_relationships_client_id_fkey,
  add constraint trackpay_relationships_provider_id_fkey foreign key (provider_id) references public.trackpay_users (id) on delete restrict,
  add constraint trackpay_relationships_client_id_fkey foreign key (client_id) references public.trackpay_users (id) on delete restrict;
alter table public.trackpay_sessions
  drop constraint trackpay_sessions_provider_id_fkey,
  drop constraint trackpay_sessions_client_id_fkey,
  add constraint trackpay_sessions_provider_id_fkey foreign key (provider_id) references public.trackpay_users (id) on delete restrict,
  add constraint trackpay_sessions_client_id_fkey foreign key (client_id) references public.trackpay_users (id) on delete restrict;
alter table public.trackpay_payments
  drop constraint trackpay_payments_provider_id_fkey,
  drop constraint trackpay_payments_client_id_fkey,
  drop constraint trackpay_payments_session_id_fkey,
  add constraint trackpay_payments_provider_id_fkey foreign key (provider_id) references public.trackpay_users (id) on delete restrict,
  add constraint trackpay_payments_client_id_fkey foreign key (client_id) references public.trackpay_users (id) on delete restrict,
  add constraint trackpay_payments_session_id_fkey foreign key (session_id) references public.trackpay_sessions (id) on delete restrict;
alter table public.trackpay_requests
  drop constraint trackpay_requests_provider_id_fkey,
  drop constraint trackpay_requests_client_id_fkey,
  drop constraint trackpay_requests_session_id_fkey,
  add constraint trackpay_requests_provider_id_fkey foreign key (provider_id) references public.trackpay_users (id) on delete restrict,
  add constraint trackpay_requests_client_id_fkey foreign key (client_id) references public.trackpay_users (id) on delete restrict,
  add constraint trackpay_requests_session_id_fkey foreign key (session_id) references public.trackpay_sessions (id) on delete set null;
alter table public.trackpay_activities
  drop constraint trackpay_activities_user_id_fkey,
  drop constraint trackpay_activities_provider_id_fkey,
  drop constraint trackpay_activities_client_id_fkey,
  drop constraint trackpay_activities_session_id_fkey,
  add constraint trackpay_activities_user_id_fkey foreign key (user_id) references public.trackpay_users (id) on delete cascade,
  add constraint trackpay_activities_provider_id_fkey foreign key (provider_id) references public.trackpay_users (id) on delete restrict,
  add constraint trackpay_activities_client_id_fkey foreign key (client_id) references public.trackpay_users (id) on delete restrict,
  add constraint trackpay_activities_session_id_fkey foreign key (session_id) references public.trackpay_sessions (id) on delete set null;
alter table public.trackpay_invites
  drop constraint trackpay_invites_provider_id_fkey,
  drop constraint trackpay_invites_client_id_fkey,
  drop constraint trackpay_invites_claimed_by_fkey,
  add constraint trackpay_invites_provider_id_fkey foreign key (provider_id) references public.trackpay_users (id) on delete cascade,
  add constraint trackpay_invites_client_id_fkey foreign key (client_id) references public.trackpay_users (id) on delete cascade,
  add constraint trackpay_invites_claimed_by_fkey foreign key (claimed_by) references public.trackpay_users (id) on delete set null;

-- The audit is written by the application's functions, and read.
revoke insert, update, delete on public.trackpay_relationship_audit from authenticated, service_role;
$up$);
