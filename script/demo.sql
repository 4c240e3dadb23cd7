-- TrackPay bills time between providers and clients. To Supabase, Ben is a1...001: that is auth.uid(). In TrackPay's own tables he is b1...001.
-- A policy that compares one with the other looks right, and locks everybody out:
begin;
alter policy tp_sessions_select_party on public.trackpay_sessions using (provider_id = auth.uid() or client_id = auth.uid());
set local request.jwt.claims = '{"sub": "a1000000-0000-4000-8000-000000000001", "role": "authenticated"}';
set local role authenticated;
select count(*) as sessions from public.trackpay_sessions;

-- So who is signed in?
select mapping, auth_id, user_key, reason from proapp.whoami();
rollback;

-- The policy asks the mapping instead: provider_id = proapp.current_user_id('trackpay') or client_id = ...
begin;
set local request.jwt.claims = '{"sub": "a1000000-0000-4000-8000-000000000001", "role": "authenticated"}';
set local role authenticated;
select count(*) as sessions, count(distinct client_id) as clients, min(provider_id::text) as provider from public.trackpay_sessions;
rollback;

-- This is how it should stay. Keep it:
select category, object_count from proapp.save_baseline('trackpay', 'public.*');
select proapp.manifest_digest('public.*') as digest \gset

-- Late in the evening somebody "quickly tries something" in the live database.
alter table public.trackpay_payments disable row level security;
alter policy tp_users_select_self on public.trackpay_users using (true);

-- What differs, worst first:
\x on
select severity, kind, identity, change, attribute, expected, actual from proapp.drift();
\x off

-- Put back, nothing differs, and the digest is the one from before.
alter table public.trackpay_payments enable row level security;
alter policy tp_users_select_self on public.trackpay_users using (id = proapp.current_user_id('trackpay'));
select count(*) as differences from proapp.drift();
select proapp.manifest_digest('public.*') = :'digest' as same_digest;
