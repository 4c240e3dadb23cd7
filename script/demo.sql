-- TrackPay bills time between providers and clients. Its companion has made the schema, version by version:
select string_agg(version, ' ' order by applied_at, version) as versions from proapp.migrations where app = 'trackpay';

-- Is everything there that must be, tables, keys, policies, indexes?
select status, count(*) from proapp.health_check() group by status;

-- Ben's token carries the id a1...001: that is what auth.uid() returns. In TrackPay's own tables Ben is b1...001, and sessions refer to that.
-- A policy that compares an id of TrackPay's with auth.uid() looks right, and hides every row from everybody:
begin;
alter policy tp_sessions_select_party on public.trackpay_sessions using (provider_id = auth.uid() or client_id = auth.uid());
select severity, check_id, problem from proapp.verify('public.trackpay_sessions') limit 1;
set local request.jwt.claims = '{"sub": "a1000000-0000-4000-8000-000000000001", "role": "authenticated"}';
set local role authenticated;
select count(*) as sessions from public.trackpay_sessions;
select mapping, auth_id, user_key from proapp.whoami();
rollback;

-- TrackPay's own policy asks the mapping instead:
begin;
set local request.jwt.claims = '{"sub": "a1000000-0000-4000-8000-000000000001", "role": "authenticated"}';
set local role authenticated;
select count(*) as sessions, count(distinct client_id) as clients, min(provider_id::text) as provider from public.trackpay_sessions;
rollback;

-- Late in the evening somebody "quickly tries something" in the live database.
select proapp.manifest_digest('public.*') as digest \gset
alter table public.trackpay_payments disable row level security;
alter policy tp_users_select_self on public.trackpay_users using (true);
comment on table public.trackpay_payments is 'do not touch';

-- The companion has kept a baseline. The checklist says where to look:
select category, expected_count, actual_count, status from proapp.drift_summary() where status <> 'OK';

-- This is what differs, worst first, with the statement that takes it back:
\x on
select severity, kind, identity, change, attribute, expected, actual, fix from proapp.drift();
\x off

-- Run what stands in fix (\gexec is psql's way to do so). Then nothing differs, and the digest is the one from before.
select fix from proapp.drift() \gexec
select count(*) as differences from proapp.drift();
select proapp.manifest_digest('public.*') = :'digest' as same_digest;

-- Ben parts with a client whose session still runs. Refused, with what is in the way:
set request.jwt.claims = '{"sub": "a1000000-0000-4000-8000-000000000001", "role": "authenticated"}';
set role authenticated;
\set ON_ERROR_STOP off
\set SHOW_CONTEXT never
select public.delete_client_relationship_safely('b2000000-0000-4000-8000-000000000001');
\set ON_ERROR_STOP on

-- It is paid; then it goes, with a record and an archive.
update public.trackpay_sessions set status = 'paid', end_time = start_time + interval '2 hours' where client_id = 'b2000000-0000-4000-8000-000000000001' and status <> 'paid';
select public.delete_client_relationship_safely('b2000000-0000-4000-8000-000000000001') as deleted;
select count(*) as relationships from public.trackpay_relationships where client_id = 'b2000000-0000-4000-8000-000000000001';
reset role;
reset request.jwt.claims;

-- A mistake? Bring it back, as it was.
select relation, action, row_count from proapp.undelete((select deletion from proapp.deletions));
select count(*) as relationships from public.trackpay_relationships where client_id = 'b2000000-0000-4000-8000-000000000001';

-- What would an update do, and lock? It is run and rolled back.
select kind, change, count(*), max(lock) as lock from proapp.preview_update('trackpay', '1.2.0') group by kind, change order by kind;

-- Five versions back, and forward again: all rows are there, and the schema is what it was, bit for bit.
select count(*) as rows, md5(string_agg(p::text, ',' order by id)) as hash from public.trackpay_payments p \gset
alter extension proapp_trackpay update to '1.2.0';
select count(*) as policies from pg_policies where schemaname = 'public' and policyname like 'tp\_%';
alter extension proapp_trackpay update to '1.7.0';
select count(*) = :rows and md5(string_agg(p::text, ',' order by id)) = :'hash' as same_rows from public.trackpay_payments p;
select proapp.manifest_digest('public.*') = :'digest' as same_digest;
