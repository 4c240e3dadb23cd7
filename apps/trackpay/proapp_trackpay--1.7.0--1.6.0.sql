-- complain if this file is sourced in psql rather than by ALTER EXTENSION
\echo Use "ALTER EXTENSION proapp_trackpay UPDATE TO '1.6.0'" to load this file. \quit

select proapp.migrate_down('trackpay', '1.7.0', $down$
do $$
begin
  if exists (select from pg_extension where extname = 'pg_cron') then
    perform proapp.unschedule_drift_check('trackpay');
  end if;
end
$$;
select proapp.drop_baseline(baseline) from proapp.baselines where baseline = 'trackpay';

select proapp.unexpect('count', item) from (values
  ('table:public.trackpay_*'), ('policy:public.trackpay_*'), ('index:public.trackpay_*'), ('foreign key:public.trackpay_*')) e (item);

select proapp.unexpect(category, item) from (values
  ('publication member', 'public.trackpay_users in publication supabase_realtime'),
  ('publication member', 'public.trackpay_relationships in publication supabase_realtime'),
  ('publication member', 'public.trackpay_sessions in publication supabase_realtime'),
  ('publication member', 'public.trackpay_payments in publication supabase_realtime'),
  ('publication member', 'public.trackpay_requests in publication supabase_realtime'),
  ('publication member', 'public.trackpay_activities in publication supabase_realtime'),
  ('publication member', 'public.trackpay_invites in publication supabase_realtime'),
  ('publication member', 'public.trackpay_relationship_audit in publication supabase_realtime')) e (category, item);

select proapp.unexpect(category, item) from (values
  ('index', 'public.idx_relationships_client'),
  ('index', 'public.idx_relationships_provider'),
  ('index', 'public.idx_sessions_client_created'),
  ('index', 'public.idx_sessions_provider_client_status'),
  ('index', 'public.idx_sessions_provider_created'),
  ('index', 'public.idx_payments_provider_client'),
  ('index', 'public.idx_payments_session'),
  ('index', 'public.idx_requests_provider_client_status'),
  ('index', 'public.idx_activities_client_created'),
  ('index', 'public.idx_activities_created'),
  ('index', 'public.idx_activities_provider_created'),
  ('index', 'public.idx_invites_code'),
  ('index', 'public.idx_invites_provider_status'),
  ('index', 'public.idx_relationship_audit_client_created'),
  ('index', 'public.idx_relationship_audit_provider_created'),
  ('index', 'public.idx_payments_client'),
  ('index', 'public.idx_requests_client'),
  ('index', 'public.idx_requests_session'),
  ('index', 'public.idx_activities_user'),
  ('index', 'public.idx_activities_session'),
  ('index', 'public.idx_invites_client'),
  ('index', 'public.idx_invites_claimed_by'),
  ('index', 'public.ux_trackpay_users_auth_user')) e (category, item);

select proapp.unexpect(category, item) from (values
  ('policy', 'tp_users_select_self on public.trackpay_users'),
  ('policy', 'tp_users_update_self on public.trackpay_users'),
  ('policy', 'tp_rels_select_party on public.trackpay_relationships'),
  ('policy', 'tp_rels_insert_provider on public.trackpay_relationships'),
  ('policy', 'tp_rels_update_provider on public.trackpay_relationships'),
  ('policy', 'tp_sessions_select_party on public.trackpay_sessions'),
  ('policy', 'tp_sessions_insert_provider on public.trackpay_sessions'),
  ('policy', 'tp_sessions_update_provider on public.trackpay_sessions'),
  ('policy', 'tp_payments_select_party on public.trackpay_payments'),
  ('policy', 'tp_payments_insert_provider on public.trackpay_payments'),
  ('policy', 'tp_payments_update_provider on public.trackpay_payments'),
  ('policy', 'tp_requests_select_party on public.trackpay_requests'),
  ('policy', 'tp_requests_insert_provider on public.trackpay_requests'),
  ('policy', 'tp_requests_update_provider on public.trackpay_requests'),
  ('policy', 'tp_activities_select_party on public.trackpay_activities'),
  ('policy', 'tp_invites_select_party on public.trackpay_invites'),
  ('policy', 'tp_invites_insert_provider on public.trackpay_invites'),
  ('policy', 'tp_rel_audit_select_provider on public.trackpay_relationship_audit')) e (category, item);

select proapp.unexpect(category, item) from (values
  ('foreign key', 'public.trackpay_relationships.provider_id'),
  ('foreign key', 'public.trackpay_relationships.client_id'),
  ('foreign key', 'public.trackpay_sessions.provider_id'),
  ('foreign key', 'public.trackpay_sessions.client_id'),
  ('foreign key', 'public.trackpay_payments.provider_id'),
  ('foreign key', 'public.trackpay_payments.client_id'),
  ('foreign key', 'public.trackpay_payments.session_id'),
  ('foreign key', 'public.trackpay_requests.provider_id'),
  ('foreign key', 'public.trackpay_requests.client_id'),
  ('foreign key', 'public.trackpay_requests.session_id'),
  ('foreign key', 'public.trackpay_activities.user_id'),
  ('foreign key', 'public.trackpay_activities.provider_id'),
  ('foreign key', 'public.trackpay_activities.client_id'),
  ('foreign key', 'public.trackpay_activities.session_id'),
  ('foreign key', 'public.trackpay_invites.provider_id'),
  ('foreign key', 'public.trackpay_invites.client_id'),
  ('foreign key', 'public.trackpay_invites.claimed_by')) e (category, item);

select proapp.unexpect(category, item) from (values
  ('column', 'public.trackpay_users.auth_user_id'),
  ('column', 'public.trackpay_users.display_name'),
  ('column', 'public.trackpay_users.claimed_status'),
  ('column', 'public.trackpay_sessions.crew_size'),
  ('column', 'public.trackpay_sessions.person_hours'),
  ('column', 'public.trackpay_payments.session_ids'),
  ('column', 'public.trackpay_invites.expires_at'),
  ('column', 'public.trackpay_invites.claimed_at'),
  ('column', 'public.trackpay_invites.claimed_by')) e (category, item);

select proapp.unexpect(category, item) from (values
  ('extension', 'pgcrypto'),
  ('extension', 'pg_stat_statements'),
  ('function', 'public.current_trackpay_user_id()'),
  ('function', 'public.delete_client_relationship_safely(uuid)')) e (category, item);

select proapp.unexpect(category, item) from (values
  ('table', 'public.trackpay_users'),
  ('table', 'public.trackpay_relationships'),
  ('table', 'public.trackpay_sessions'),
  ('table', 'public.trackpay_payments'),
  ('table', 'public.trackpay_requests'),
  ('table', 'public.trackpay_activities'),
  ('table', 'public.trackpay_invites'),
  ('table', 'public.trackpay_relationship_audit')) e (category, item);

drop function public.trackpay_self_test();
$down$);
