-- complain if this file is sourced in psql rather than by ALTER EXTENSION
\echo Use "ALTER EXTENSION proapp_trackpay UPDATE TO '1.0.0'" to load this file. \quit

select proapp.migrate_down('trackpay', '1.1.0', $down$
grant insert, update, delete on public.trackpay_relationship_audit to authenticated, service_role;

alter table public.trackpay_relationships
  drop constraint trackpay_relationships_provider_id_fkey,
  drop constraint trackpay_relationships_client_id_fkey,
  add constraint trackpay_relationships_provider_id_fkey foreign key (provider_id) references public.trackpay_users (id),
  add constraint trackpay_relationships_client_id_fkey foreign key (client_id) references public.trackpay_users (id);
alter table public.trackpay_sessions
  drop constraint trackpay_sessions_provider_id_fkey,
  drop constraint trackpay_sessions_client_id_fkey,
  add constraint trackpay_sessions_provider_id_fkey foreign key (provider_id) references public.trackpay_users (id),
  add constraint trackpay_sessions_client_id_fkey foreign key (client_id) references public.trackpay_users (id);
alter table public.trackpay_payments
  drop constraint trackpay_payments_provider_id_fkey,
  drop constraint trackpay_payments_client_id_fkey,
  drop constraint trackpay_payments_session_id_fkey,
  add constraint trackpay_payments_provider_id_fkey foreign key (provider_id) references public.trackpay_users (id),
  add constraint trackpay_payments_client_id_fkey foreign key (client_id) references public.trackpay_users (id),
  add constraint trackpay_payments_session_id_fkey foreign key (session_id) references public.trackpay_sessions (id);
alter table public.trackpay_requests
  drop constraint trackpay_requests_provider_id_fkey,
  drop constraint trackpay_requests_client_id_fkey,
  drop constraint trackpay_requests_session_id_fkey,
  add constraint trackpay_requests_provider_id_fkey foreign key (provider_id) references public.trackpay_users (id),
  add constraint trackpay_requests_client_id_fkey foreign key (client_id) references public.trackpay_users (id),
  add constraint trackpay_requests_session_id_fkey foreign key (session_id) references public.trackpay_sessions (id);
alter table public.trackpay_activities
  drop constraint trackpay_activities_user_id_fkey,
  drop constraint trackpay_activities_provider_id_fkey,
  drop constraint trackpay_activities_client_id_fkey,
  drop constraint trackpay_activities_session_id_fkey,
  add constraint trackpay_activities_user_id_fkey foreign key (user_id) references public.trackpay_users (id),
  add constraint trackpay_activities_provider_id_fkey foreign key (provider_id) references public.trackpay_users (id),
  add constraint trackpay_activities_client_id_fkey foreign key (client_id) references public.trackpay_users (id),
  add constraint trackpay_activities_session_id_fkey foreign key (session_id) references public.trackpay_sessions (id);
alter table public.trackpay_invites
  drop constraint trackpay_invites_provider_id_fkey,
  drop constraint trackpay_invites_client_id_fkey,
  drop constraint trackpay_invites_claimed_by_fkey,
  add constraint trackpay_invites_provider_id_fkey foreign key (provider_id) references public.trackpay_users (id),
  add constraint trackpay_invites_client_id_fkey foreign key (client_id) references public.trackpay_users (id),
  add constraint trackpay_invites_claimed_by_fkey foreign key (claimed_by) references public.trackpay_users (id);
$down$);
