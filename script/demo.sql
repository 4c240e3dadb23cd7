-- TrackPay bills time between providers and clients. Ben's token carries the id a1...001: that is what auth.uid() returns.
-- In TrackPay's own tables Ben is b1...001, and sessions refer to that. Tell the extension once where the two ids meet:
select item, value, next from proapp.map_users('trackpay', 'public.trackpay_users', 'auth_user_id');

-- A policy that compares an id of TrackPay's with auth.uid() looks right, and hides every row from everybody:
begin;
alter policy tp_sessions_select_party on public.trackpay_sessions using (provider_id = auth.uid() or client_id = auth.uid());
set local request.jwt.claims = '{"sub": "a1000000-0000-4000-8000-000000000001", "role": "authenticated"}';
set local role authenticated;
select count(*) as sessions from public.trackpay_sessions;

-- So who is signed in?
select mapping, auth_id, user_key from proapp.whoami();
rollback;

-- TrackPay's policy asks the mapping instead:
select definition #>> '{using,sql}' as using from proapp.manifest('policy:public.trackpay_sessions.tp_sessions_select_party');
begin;
set local request.jwt.claims = '{"sub": "a1000000-0000-4000-8000-000000000001", "role": "authenticated"}';
set local role authenticated;
select count(*) as sessions, count(distinct client_id) as clients, min(provider_id::text) as provider from public.trackpay_sessions;
rollback;

-- This is how the schema should stay. Keep it under a name, and note its digest:
select category, object_count from proapp.save_baseline('trackpay', 'public.*');
select proapp.manifest_digest('public.*') as digest \gset

-- Late in the evening somebody "quickly tries something" in the live database.
alter table public.trackpay_payments disable row level security;
alter policy tp_users_select_self on public.trackpay_users using (true);
comment on table public.trackpay_payments is 'do not touch';

-- The checklist says where to look:
select category, expected_count, actual_count, status from proapp.drift_summary() where status <> 'OK';

-- And this is what differs, worst first, with the statement that takes it back:
\x on
select severity, kind, identity, change, attribute, expected, actual, fix from proapp.drift();
\x off

-- Run what stands in fix (\gexec is psql's way to do so). Then nothing differs, and the digest is the one from before.
select fix from proapp.drift() \gexec
select count(*) as differences from proapp.drift();
select proapp.manifest_digest('public.*') = :'digest' as same_digest;
