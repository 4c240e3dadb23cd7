-- complain if this file is sourced in psql rather than by ALTER EXTENSION
\echo Use "ALTER EXTENSION proapp_trackpay UPDATE TO '1.5.0'" to load this file. \quit

select proapp.migrate_up('trackpay', '1.5.0', $up$
-- Policies ask the mapping itself, which costs a statement one look-up; current_trackpay_user_id() is for the application's own queries.

-- Who one is.
create policy tp_users_select_self on public.trackpay_users for select to authenticated
  using (id = proapp.current_user_id('trackpay'));
create policy tp_users_update_self on public.trackpay_users for update to authenticated
  using (id = proapp.current_user_id('trackpay'))
  with check (id = proapp.current_user_id('trackpay'));

-- Both parties read; providers write their own, and nothing reaches anybody whom they have no relationship with.
create policy tp_rels_select_party on public.trackpay_relationships for select to authenticated
  using (provider_id = proapp.current_user_id('trackpay') or client_id = proapp.current_user_id('trackpay'));
create policy tp_rels_insert_provider on public.trackpay_relationships for insert to authenticated
  with check (provider_id = proapp.current_user_id('trackpay'));
create policy tp_rels_update_provider on public.trackpay_relationships for update to authenticated
  using (provider_id = proapp.current_user_id('trackpay'))
  with check (provider_id = proapp.current_user_id('trackpay'));

create policy tp_sessions_select_party on public.trackpay_sessions for select to authenticated
  using (provider_id = proapp.current_user_id('trackpay') or client_id = proapp.current_user_id('trackpay'));
create policy tp_sessions_insert_provider on public.trackpay_sessions for insert to authenticated
  with check (provider_id = proapp.current_user_id('trackpay')
              and exists (select from public.trackpay_relationships r where r.provider_id = trackpay_sessions.provider_id and r.client_id = trackpay_sessions.client_id));
create policy tp_sessions_update_provider on public.trackpay_sessions for update to authenticated
  using (provider_id = proapp.current_user_id('trackpay'))
  with check (provider_id = proapp.current_user_id('trackpay'));

-- A payment or a request is about sessions of the same two.
create policy tp_payments_select_party on public.trackpay_payments for select to authenticated
  using (provider_id = proapp.current_user_id('trackpay') or client_id = proapp.current_user_id('trackpay'));
create policy tp_payments_insert_provider on public.trackpay_payments for insert to authenticated
  with check (provider_id = proapp.current_user_id('trackpay')
              and exists (select from public.trackpay_relationships r where r.provider_id = trackpay_payments.provider_id and r.client_id = trackpay_payments.client_id)
              and array_remove(session_ids || session_id, null) <@ array(select s.id from public.trackpay_sessions s where s.provider_id = trackpay_payments.provider_id and s.client_id = trackpay_payments.client_id));
create policy tp_payments_update_provider on public.trackpay_payments for update to authenticated
  using (provider_id = proapp.current_user_id('trackpay'))
  with check (provider_id = proapp.current_user_id('trackpay')
              and array_remove(session_ids || session_id, null) <@ array(select s.id from public.trackpay_sessions s where s.provider_id = trackpay_payments.provider_id and s.client_id = trackpay_payments.client_id));

create policy tp_requests_select_party on public.trackpay_requests for select to authenticated
  using (provider_id = proapp.current_user_id('trackpay') or client_id = proapp.current_user_id('trackpay'));
create policy tp_requests_insert_provider on public.trackpay_requests for insert to authenticated
  with check (provider_id = proapp.current_user_id('trackpay')
              and exists (select from public.trackpay_relationships r where r.provider_id = trackpay_requests.provider_id and r.client_id = trackpay_requests.client_id)
              and (session_id is null or exists (select from public.trackpay_sessions s where s.id = session_id and s.provider_id = trackpay_requests.provider_id and s.client_id = trackpay_requests.client_id)));
create policy tp_requests_update_provider on public.trackpay_requests for update to authenticated
  using (provider_id = proapp.current_user_id('trackpay'))
  with check (provider_id = proapp.current_user_id('trackpay')
              and (session_id is null or exists (select from public.trackpay_sessions s where s.id = session_id and s.provider_id = trackpay_requests.provider_id and s.client_id = trackpay_requests.client_id)));

create policy tp_activities_select_party on public.trackpay_activities for select to authenticated
  using (user_id = proapp.current_user_id('trackpay') or provider_id = proapp.current_user_id('trackpay') or client_id = proapp.current_user_id('trackpay'));

-- An invite is new, and for nobody yet or for a client of the provider.
create policy tp_invites_select_party on public.trackpay_invites for select to authenticated
  using (provider_id = proapp.current_user_id('trackpay') or claimed_by = proapp.current_user_id('trackpay'));
create policy tp_invites_insert_provider on public.trackpay_invites for insert to authenticated
  with check (provider_id = proapp.current_user_id('trackpay')
              and status = 'pending' and claimed_by is null and claimed_at is null
              and (client_id is null or exists (select from public.trackpay_relationships r where r.provider_id = trackpay_invites.provider_id and r.client_id = trackpay_invites.client_id)));

create policy tp_rel_audit_select_provider on public.trackpay_relationship_audit for select to authenticated
  using (provider_id = proapp.current_user_id('trackpay'));

-- What a row is about does not change: users edit their profile, and providers the facts of a session, not whose it is.
revoke update on public.trackpay_users, public.trackpay_relationships, public.trackpay_sessions, public.trackpay_payments, public.trackpay_requests from authenticated;
grant update (name, phone, hourly_rate, display_name, updated_at) on public.trackpay_users to authenticated;
grant update (hourly_rate, updated_at) on public.trackpay_relationships to authenticated;
grant update (start_time, end_time, duration_minutes, hourly_rate, amount_due, status, notes, crew_size, person_hours, updated_at) on public.trackpay_sessions to authenticated;
grant update (session_id, session_ids, amount, payment_method, payment_date, notes, updated_at) on public.trackpay_payments to authenticated;
grant update (session_id, amount, status, responded_at, updated_at) on public.trackpay_requests to authenticated;
$up$);
