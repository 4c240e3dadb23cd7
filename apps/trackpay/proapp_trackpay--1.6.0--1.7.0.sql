-- complain if this file is sourced in psql rather than by ALTER EXTENSION
\echo Use "ALTER EXTENSION proapp_trackpay UPDATE TO '1.7.0'" to load this file. \quit

select proapp.migrate_up('trackpay', '1.7.0', $up$
create function public.trackpay_self_test() returns table(test text, result text, detail text)
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
declare
  ben      constant uuid := '7e570000-0000-4000-8000-0000000000a1';  -- a provider, his client and a stranger, as Supabase knows them
  carla    constant uuid := '7e570000-0000-4000-8000-0000000000a2';
  stranger constant uuid := '7e570000-0000-4000-8000-0000000000a3';
  done     jsonb;
begin
  begin
    insert into auth.users (id, email) values (ben, 'ben@self-test.invalid'), (carla, 'carla@self-test.invalid'), (stranger, 'stranger@self-test.invalid');
    insert into public.trackpay_users (id, auth_user_id, email, role, name) values
      ('7e570000-0000-4000-8000-0000000000b1', ben, 'ben@self-test.invalid', 'provider', 'Ben'),
      ('7e570000-0000-4000-8000-0000000000b2', carla, 'carla@self-test.invalid', 'client', 'Carla'),
      ('7e570000-0000-4000-8000-0000000000b3', stranger, 'stranger@self-test.invalid', 'provider', 'Stranger');
    insert into public.trackpay_relationships (provider_id, client_id) values ('7e570000-0000-4000-8000-0000000000b1', '7e570000-0000-4000-8000-0000000000b2');
    insert into public.trackpay_sessions (id, provider_id, client_id, start_time, hourly_rate) values
      ('7e570000-0000-4000-8000-0000000000d1', '7e570000-0000-4000-8000-0000000000b1', '7e570000-0000-4000-8000-0000000000b2', now(), 50);
    -- Who does what, and what comes of it: a value or an SQLSTATE. A null actor is the caller, without claims; all of it on the rows above.
    select jsonb_agg(proapp.try_as(t.test, t.actor::text, case when t.by_api then 'authenticated'::name end, t.statement, t.expected)) into done from (values
      ('identity: the mapped id, not the auth id', ben, true, 'select public.current_trackpay_user_id()', '7e570000-0000-4000-8000-0000000000b1'),
      ('identity: null where no row maps', '7e570000-0000-4000-8000-0000000000ff', true, 'select public.current_trackpay_user_id()', null),
      ('identity: null where nobody is signed in', null, true, 'select public.current_trackpay_user_id()', null),
      ('policies: a provider sees his sessions', ben, true, 'select count(*) from public.trackpay_sessions', '1'),
      ('policies: a client sees hers', carla, true, 'select count(*) from public.trackpay_sessions', '1'),
      ('policies: a stranger sees none of theirs', stranger, true, 'select count(*) from public.trackpay_sessions', '0'),
      ('policies: users see themselves', carla, true, 'select string_agg(name, '','') from public.trackpay_users', 'Carla'),
      ('policies: a client writes no sessions', carla, true, $q$insert into public.trackpay_sessions (provider_id, client_id, start_time, hourly_rate) values
        ('7e570000-0000-4000-8000-0000000000b1', '7e570000-0000-4000-8000-0000000000b2', now(), 1) returning status$q$, '42501'),
      ('policies: no payment for sessions of others', stranger, true, $q$insert into public.trackpay_payments (provider_id, client_id, session_id, amount) values
        ('7e570000-0000-4000-8000-0000000000b3', '7e570000-0000-4000-8000-0000000000b2', '7e570000-0000-4000-8000-0000000000d1', 1) returning 'written'$q$, '42501'),
      ('policies: nobody makes oneself a provider', carla, true, $q$update public.trackpay_users set role = 'provider' returning role$q$, '42501'),
      ('constraints: a session has a known status', null, false, $q$update public.trackpay_sessions set status = 'lost' where id = '7e570000-0000-4000-8000-0000000000d1' returning status$q$, '23514'),
      ('constraints: one row for an auth id', null, false, $q$update public.trackpay_users set auth_user_id = '7e570000-0000-4000-8000-0000000000a2' where name = 'Ben' and email like '%self-test.invalid' returning name$q$, '23505'),
      ('triggers: open sessions need a relationship', null, false, $q$insert into public.trackpay_sessions (provider_id, client_id, start_time, hourly_rate) values
        ('7e570000-0000-4000-8000-0000000000b3', '7e570000-0000-4000-8000-0000000000b2', now(), 1) returning status$q$, '23503'),
      ('foreign keys: users with sessions stay', null, false, $q$delete from public.trackpay_users where id = '7e570000-0000-4000-8000-0000000000b2' returning name$q$, '23503'),
      ('deletion: not directly', ben, true, 'delete from public.trackpay_relationships returning client_id', '42501'),
      ('deletion: not by nobody', null, true, $q$select public.delete_client_relationship_safely('7e570000-0000-4000-8000-0000000000b2')$q$, 'P0001'),
      ('deletion: not by a client', carla, true, $q$select public.delete_client_relationship_safely('7e570000-0000-4000-8000-0000000000b2')$q$, 'P0001'),
      ('deletion: not while a session is open', ben, true, $q$select public.delete_client_relationship_safely('7e570000-0000-4000-8000-0000000000b2')$q$, 'P0001'),
      ('deletion: the session is paid', ben, true, $q$update public.trackpay_sessions set status = 'paid' returning status$q$, 'paid'),
      ('deletion: done', ben, true, $q$select public.delete_client_relationship_safely('7e570000-0000-4000-8000-0000000000b2')$q$, 'true'),
      ('deletion: recorded', ben, true, $q$select string_agg(action, ',') from public.trackpay_relationship_audit$q$, 'deleted'),
      ('deletion: done once', ben, true, $q$select public.delete_client_relationship_safely('7e570000-0000-4000-8000-0000000000b2')$q$, 'false')
    ) t (test, actor, by_api, statement, expected);
    raise exception using errcode = 'PS7E5', message = 'the rows of the self test go';
  exception when sqlstate 'PS7E5' then
    null;
  end;
  return query select d.test, d.result, d.detail from jsonb_to_recordset(done) d (test text, result text, detail text);
end
$$;
comment on function public.trackpay_self_test() is
  'Tries what TrackPay promises, on rows of its own that are rolled back: one row a test, result PASS or FAIL, detail what came instead. For who may write its tables and become role authenticated.';
revoke execute on function public.trackpay_self_test() from public, anon, authenticated, service_role;

-- Eight tables with row-level security, two extensions, two functions.
select proapp.expect(category, item, expected::jsonb) from (values
  ('table', 'public.trackpay_users', '{"rls": true}'),
  ('table', 'public.trackpay_relationships', '{"rls": true}'),
  ('table', 'public.trackpay_sessions', '{"rls": true}'),
  ('table', 'public.trackpay_payments', '{"rls": true}'),
  ('table', 'public.trackpay_requests', '{"rls": true}'),
  ('table', 'public.trackpay_activities', '{"rls": true}'),
  ('table', 'public.trackpay_invites', '{"rls": true}'),
  ('table', 'public.trackpay_relationship_audit', '{"rls": true}')) e (category, item, expected);

-- What they need.
select proapp.expect(category, item, expected::jsonb) from (values
  ('extension', 'pgcrypto', '{}'),
  ('extension', 'pg_stat_statements', '{}'),
  ('function', 'public.current_trackpay_user_id()', '{"security": "definer", "volatility": "stable", "returns": "uuid"}'),
  ('function', 'public.delete_client_relationship_safely(uuid)', '{"security": "definer", "returns": "boolean"}')) e (category, item, expected);

-- Columns that an export once lost.
select proapp.expect(category, item, expected::jsonb) from (values
  ('column', 'public.trackpay_users.auth_user_id', '{"type": "uuid"}'),
  ('column', 'public.trackpay_users.display_name', '{"type": "text"}'),
  ('column', 'public.trackpay_users.claimed_status', '{"type": "text"}'),
  ('column', 'public.trackpay_sessions.crew_size', '{"type": "integer"}'),
  ('column', 'public.trackpay_sessions.person_hours', '{"type": "numeric(10,2)"}'),
  ('column', 'public.trackpay_payments.session_ids', '{"type": "uuid[]", "not_null": true}'),
  ('column', 'public.trackpay_invites.expires_at', '{"type": "timestamptz", "not_null": true}'),
  ('column', 'public.trackpay_invites.claimed_at', '{"type": "timestamptz"}'),
  ('column', 'public.trackpay_invites.claimed_by', '{"type": "uuid"}')) e (category, item, expected);

-- Foreign keys and their rules.
select proapp.expect(category, item, expected::jsonb) from (values
  ('foreign key', 'public.trackpay_relationships.provider_id', '{"references": "public.trackpay_users", "on_delete": "restrict"}'),
  ('foreign key', 'public.trackpay_relationships.client_id', '{"references": "public.trackpay_users", "on_delete": "restrict"}'),
  ('foreign key', 'public.trackpay_sessions.provider_id', '{"references": "public.trackpay_users", "on_delete": "restrict"}'),
  ('foreign key', 'public.trackpay_sessions.client_id', '{"references": "public.trackpay_users", "on_delete": "restrict"}'),
  ('foreign key', 'public.trackpay_payments.provider_id', '{"references": "public.trackpay_users", "on_delete": "restrict"}'),
  ('foreign key', 'public.trackpay_payments.client_id', '{"references": "public.trackpay_users", "on_delete": "restrict"}'),
  ('foreign key', 'public.trackpay_payments.session_id', '{"references": "public.trackpay_sessions", "on_delete": "restrict"}'),
  ('foreign key', 'public.trackpay_requests.provider_id', '{"references": "public.trackpay_users", "on_delete": "restrict"}'),
  ('foreign key', 'public.trackpay_requests.client_id', '{"references": "public.trackpay_users", "on_delete": "restrict"}'),
  ('foreign key', 'public.trackpay_requests.session_id', '{"references": "public.trackpay_sessions", "on_delete": "set null"}'),
  ('foreign key', 'public.trackpay_activities.user_id', '{"references": "public.trackpay_users", "on_delete": "cascade"}'),
  ('foreign key', 'public.trackpay_activities.provider_id', '{"references": "public.trackpay_users", "on_delete": "restrict"}'),
  ('foreign key', 'public.trackpay_activities.client_id', '{"references": "public.trackpay_users", "on_delete": "restrict"}'),
  ('foreign key', 'public.trackpay_activities.session_id', '{"references": "public.trackpay_sessions", "on_delete": "set null"}'),
  ('foreign key', 'public.trackpay_invites.provider_id', '{"references": "public.trackpay_users", "on_delete": "cascade"}'),
  ('foreign key', 'public.trackpay_invites.client_id', '{"references": "public.trackpay_users", "on_delete": "cascade"}'),
  ('foreign key', 'public.trackpay_invites.claimed_by', '{"references": "public.trackpay_users", "on_delete": "set null"}')) e (category, item, expected);

-- Policies.
select proapp.expect(category, item, expected::jsonb) from (values
  ('policy', 'tp_users_select_self on public.trackpay_users', '{}'),
  ('policy', 'tp_users_update_self on public.trackpay_users', '{}'),
  ('policy', 'tp_rels_select_party on public.trackpay_relationships', '{}'),
  ('policy', 'tp_rels_insert_provider on public.trackpay_relationships', '{}'),
  ('policy', 'tp_rels_update_provider on public.trackpay_relationships', '{}'),
  ('policy', 'tp_sessions_select_party on public.trackpay_sessions', '{}'),
  ('policy', 'tp_sessions_insert_provider on public.trackpay_sessions', '{}'),
  ('policy', 'tp_sessions_update_provider on public.trackpay_sessions', '{}'),
  ('policy', 'tp_payments_select_party on public.trackpay_payments', '{}'),
  ('policy', 'tp_payments_insert_provider on public.trackpay_payments', '{}'),
  ('policy', 'tp_payments_update_provider on public.trackpay_payments', '{}'),
  ('policy', 'tp_requests_select_party on public.trackpay_requests', '{}'),
  ('policy', 'tp_requests_insert_provider on public.trackpay_requests', '{}'),
  ('policy', 'tp_requests_update_provider on public.trackpay_requests', '{}'),
  ('policy', 'tp_activities_select_party on public.trackpay_activities', '{}'),
  ('policy', 'tp_invites_select_party on public.trackpay_invites', '{}'),
  ('policy', 'tp_invites_insert_provider on public.trackpay_invites', '{}'),
  ('policy', 'tp_rel_audit_select_provider on public.trackpay_relationship_audit', '{}')) e (category, item, expected);

-- Indexes.
select proapp.expect(category, item, expected::jsonb) from (values
  ('index', 'public.idx_relationships_client', '{}'),
  ('index', 'public.idx_relationships_provider', '{}'),
  ('index', 'public.idx_sessions_client_created', '{}'),
  ('index', 'public.idx_sessions_provider_client_status', '{}'),
  ('index', 'public.idx_sessions_provider_created', '{}'),
  ('index', 'public.idx_payments_provider_client', '{}'),
  ('index', 'public.idx_payments_session', '{}'),
  ('index', 'public.idx_requests_provider_client_status', '{}'),
  ('index', 'public.idx_activities_client_created', '{}'),
  ('index', 'public.idx_activities_created', '{}'),
  ('index', 'public.idx_activities_provider_created', '{}'),
  ('index', 'public.idx_invites_code', '{}'),
  ('index', 'public.idx_invites_provider_status', '{}'),
  ('index', 'public.idx_relationship_audit_client_created', '{}'),
  ('index', 'public.idx_relationship_audit_provider_created', '{}'),
  ('index', 'public.idx_payments_client', '{}'),
  ('index', 'public.idx_requests_client', '{}'),
  ('index', 'public.idx_requests_session', '{}'),
  ('index', 'public.idx_activities_user', '{}'),
  ('index', 'public.idx_activities_session', '{}'),
  ('index', 'public.idx_invites_client', '{}'),
  ('index', 'public.idx_invites_claimed_by', '{}'),
  ('index', 'public.ux_trackpay_users_auth_user', '{"unique": true}')) e (category, item, expected);

-- Realtime.
select proapp.expect(category, item, expected::jsonb) from (values
  ('publication member', 'public.trackpay_users in publication supabase_realtime', '{}'),
  ('publication member', 'public.trackpay_relationships in publication supabase_realtime', '{}'),
  ('publication member', 'public.trackpay_sessions in publication supabase_realtime', '{}'),
  ('publication member', 'public.trackpay_payments in publication supabase_realtime', '{}'),
  ('publication member', 'public.trackpay_requests in publication supabase_realtime', '{}'),
  ('publication member', 'public.trackpay_activities in publication supabase_realtime', '{}'),
  ('publication member', 'public.trackpay_invites in publication supabase_realtime', '{}'),
  ('publication member', 'public.trackpay_relationship_audit in publication supabase_realtime', '{}')) e (category, item, expected);

-- Counts of the checklist.
select proapp.expect('count', item, expected::jsonb) from (values
  ('table:public.trackpay_*', '{"min": 8}'),
  ('policy:public.trackpay_*', '{"min": 18}'),
  ('index:public.trackpay_*', '{"min": 15}'),
  ('foreign key:public.trackpay_*', '{"min": 15}')) e (item, expected);

-- What is there now is what should be there. A baseline of that name may be somebody's.
select proapp.save_baseline('trackpay', 'public.trackpay_*', 'function:public.*trackpay*', 'function:public.delete_client_relationship_safely')
  where not exists (select from proapp.baselines where baseline = 'trackpay');

-- Compared every week, where pg_cron is.
do $$
begin
  if exists (select from pg_extension where extname = 'pg_cron') then
    perform proapp.schedule_drift_check('trackpay', '0 6 * * 1');
  end if;
end
$$;
$up$);
