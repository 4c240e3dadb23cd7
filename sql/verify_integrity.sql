-- Keys, cascades, indexes, extensions, sequences, and what a dump or an upgrade would lose
create database proapp_verify_integrity;
\c proapp_verify_integrity
set client_min_messages = warning;
create extension proapp_dev_env cascade;
\getenv source PG_ABS_SRCDIR
\set fixture :source '/test/fixtures/verify.sql'
\i :fixture
\pset format unaligned
\pset tuples_only on

-- Foreign keys. Right: indexed alone, as the first columns in another order, by hash, without the nulls.
create table public.users (id uuid primary key, email text unique, tenant uuid, unique (tenant, id));
create table public.posts (
  id uuid primary key,
  a uuid references public.users, b uuid references public.users, c uuid references public.users, d uuid, e uuid,
  foreign key (d, e) references public.users (tenant, id));
create index on public.posts (a, b);
create index on public.posts using hash (b);
create index on public.posts (c) where c is not null;
create index on public.posts (e, d, a);
-- Wrong: none, one that begins with something else, one of some rows; composite; on a partitioned table.
create table public.comments (id uuid primary key, a uuid references public.users, "B c" uuid references public.users on delete cascade, c uuid references public.users, d uuid, e uuid,
  foreign key (d, e) references public.users (tenant, id));
create index on public.comments (id, "B c");
create index on public.comments (c) where c > '10000000-0000-4000-8000-000000000001';
create index on public.comments (d);
create table public.events (id uuid, author uuid references public.users, at date, primary key (id, at)) partition by range (at);
create table public.events_2025 partition of public.events for values from ('2025-01-01') to ('2026-01-01');
select severity, object, problem, fix from proapp.verify() where check_id = 'foreign_key_without_index';
begin;
select * from test.fix('{foreign_key_without_index}');
select object from proapp.verify() where check_id in ('foreign_key_without_index', 'duplicate_index');
rollback;

-- Rules. Right: no action, restrict, set null; parts of what is deleted; posts of a user.
create table public.invoices (id uuid primary key, owner uuid references public.users, number text);
create table public.invoice_lines (id uuid primary key, invoice uuid not null references public.invoices on delete cascade);
create table public.likes (id uuid primary key, author uuid references public.users on delete cascade, post uuid references public.posts on delete set null);
create table public.payment_methods (id uuid primary key, author uuid references public.users on delete cascade);
create table public.catalog (id uuid primary key, author uuid references public.users on delete cascade);
-- Wrong.
create table public.tp_payments (id uuid primary key, invoice uuid references public.invoices on delete cascade on update cascade deferrable);
create table public.order_items (id uuid primary key, post uuid references public.posts on delete cascade);
create table public."userPayments" (id uuid primary key, author uuid references public.users on delete cascade);
create table public.invoice_refunds (id uuid primary key, invoice uuid references public.invoices on delete cascade);
create table public.audit_trail (id uuid primary key, actor uuid references public.users on delete cascade);
create table public.login_history (id uuid primary key, who uuid references public.users on delete cascade);
create table public.drafts (id uuid primary key, author uuid not null references public.users on delete set null, post uuid references public.posts on delete set null);
create table public.pairs (id uuid primary key, t uuid, u uuid not null, foreign key (t, u) references public.users (tenant, id) on delete set null,
  constraint "only t" foreign key (t, u) references public.users (tenant, id) on delete set null (t));
alter table public.drafts add constraint positive check (author is not null) not valid;
alter table public.drafts add constraint "Checked" check (author is not null);
alter table public.drafts add constraint late foreign key (post) references public.posts not valid;
select severity, check_id, object, problem, fix from proapp.verify() where check_id in ('cascade_into_records', 'set_null_on_not_null', 'constraint_not_validated');
begin;
select * from test.fix('{cascade_into_records, set_null_on_not_null, constraint_not_validated}');
select object from proapp.verify() where check_id in ('cascade_into_records', 'set_null_on_not_null', 'constraint_not_validated');
select conname, pg_get_constraintdef(oid) from pg_constraint where conname in ('tp_payments_invoice_fkey', 'drafts_author_fkey') order by 1;
rollback;

-- Primary keys; arrays of ids; keys of the platform; unlogged tables. Right: users, posts.
create table public.no_key (a int);
create table public.no_key_yet (a int not null unique, b int);
create table public.published (a int);
alter publication supabase_realtime add table public.published;
create table public.published_full (a int);
alter table public.published_full replica identity full;
alter publication supabase_realtime add table public.published_full;
create table public.heirs () inherits (public.no_key);
create table public.lists (id uuid primary key, post_ids uuid[], user_ids text[], comment_ids uuid[], other_ids uuid[]);
create function public.guard() returns trigger language plpgsql set search_path = '' as $$ begin if exists (select from unnest(new.comment_ids) i where not exists (select from public.comments c where c.id = i)) then raise 'no'; end if; return new; end $$;
create trigger guard before insert or update on public.lists for each row execute function public.guard();
create table public.profiles (id uuid primary key references auth.users on delete cascade, email text);
alter table auth.users add constraint by_email unique (email);
create table public.mails (id uuid primary key, email text references auth.users (email));
create unlogged table public.cache (id uuid primary key, author uuid references public.users);
create unlogged table public.cache_alone (id uuid primary key);
select severity, check_id, object, problem, fix from proapp.verify() where check_id in ('no_primary_key', 'unguarded_reference_array', 'foreign_key_to_auth_unique', 'unlogged_references');
begin;
select * from test.fix('{no_primary_key, unguarded_reference_array, foreign_key_to_auth_unique, unlogged_references}');
select check_id, object from proapp.verify() where check_id in ('no_primary_key', 'unguarded_reference_array', 'foreign_key_to_auth_unique', 'unlogged_references');
rollback;

-- Indexes. Right: other columns, another order, another condition, expressions.
create table public.indexed (id int primary key, a int, b int, c int unique, d int);
create index indexed_a on public.indexed (a);
create index indexed_ab on public.indexed (a, b);
create index indexed_a_desc on public.indexed (a desc);
create index indexed_a_some on public.indexed (a) where b > 0;
create unique index indexed_lower on public.indexed (lower(b::text));
-- Wrong: the same twice, the same as a unique one, the same as a constraint's.
create index indexed_a_again on public.indexed (a);
create index indexed_c on public.indexed (c);
create index "Indexed some" on public.indexed (a) where b > 0;
create unique index indexed_id on public.indexed (id);
create table public.identified (id int primary key);
create unique index identified_again on public.identified (id);
alter table public.identified replica identity using index identified_again;
create table public.halves (a int, b int) partition by range (a);
create table public.half partition of public.halves for values from (0) to (9);
create index halves_b on only public.halves (b);
insert into public.indexed values (1, 1, 1, 1, 1), (2, 1, 2, 2, 1);
create unique index concurrently indexed_d on public.indexed (d);
select severity, check_id, object, problem, fix from proapp.verify() where check_id in ('duplicate_index', 'invalid_index');
update public.indexed set d = id;
begin;
select * from test.fix('{duplicate_index, invalid_index}');
select check_id, object from proapp.verify() where check_id in ('duplicate_index', 'invalid_index');
rollback;
-- Unused: after a thousand scans of the table, of which one used indexed_ab. Keys' and unique indexes do not count, and fresh statistics say nothing.
create table public.busy (id int primary key, used int, unused int, author uuid references public.users);
create index busy_used on public.busy (used);
create index busy_unused on public.busy (unused);
create index busy_author on public.busy (author);
create index users_tenant on public.users (tenant);
do $$ begin for i in 1 .. 1000 loop perform count(*) from public.busy; end loop; end $$;
set enable_seqscan = off;
select count(*) from public.busy where used = 1;
reset enable_seqscan;
select pg_stat_force_next_flush();
select severity, check_id, object, problem, fix from proapp.verify() where check_id = 'unused_index';
begin;
select * from test.fix('{unused_index}');
select check_id, object from proapp.verify() where check_id = 'unused_index';
rollback;
select pg_stat_reset();
do $$ begin for i in 1 .. 1000 loop perform count(*) from public.busy; end loop; end $$;
select pg_stat_force_next_flush();
select check_id, object from proapp.verify() where check_id = 'unused_index';

-- Extensions
create schema if not exists extensions;
create extension hstore schema public version '1.4';
create extension pgcrypto schema extensions;
select severity, check_id, object, problem, fix from proapp.verify() where check_id in ('extension_in_public', 'extension_outdated');
begin;
select * from test.fix('{extension_in_public, extension_outdated}');
select check_id, object from proapp.verify() where check_id in ('extension_in_public', 'extension_outdated');
rollback;

-- Sequences
create table public.numbered (id smallserial primary key, n int generated always as identity (maxvalue 100 cycle), m int generated always as identity);
select setval('public.numbered_id_seq', 30000), setval('public.numbered_n_seq', 99), setval('public.numbered_m_seq', 1700000000);
select severity, object, problem, fix from proapp.verify() where check_id = 'sequence_nearly_exhausted';

-- Types that block upgrades
create table public.typed (id uuid primary key, a regclass, b regtype, c regproc, "D" regnamespace, e regconfig[], f regrole);
select severity, object, problem, fix from proapp.verify() where check_id = 'type_blocks_upgrade';
begin;
select * from test.fix('{type_blocks_upgrade}');
select object from proapp.verify() where check_id = 'type_blocks_upgrade';
rollback;

-- Tables of extensions: what an extension's script made is its own, the rest is lost
create table public.member (a int, b int);
create index member_own on public.member (a);
alter extension hstore add table public.member;
create function public.made_last() returns int language sql return 1;
alter extension hstore add function public.made_last();
begin;
create table public.member_too (id serial, a int);
alter extension hstore add table public.member_too;
alter extension hstore add sequence public.member_too_id_seq;
create index on public.member_too (a);
commit;
select object from proapp.verify() where check_id = 'part_lost_by_dump';
create function extensions.nothing() returns trigger language plpgsql set search_path = '' as $$ begin return new; end $$;
create index member_added on public.member (b);
create trigger added before insert on public.member for each row execute function extensions.nothing();
create policy "Added one" on public.member using (true);
alter table public.member add constraint checked check (a > 0), add column c int default 3;
select severity, object, problem, fix from proapp.verify() where check_id = 'part_lost_by_dump';

-- TrackPay as it is has nothing high; with the faults on record it has.
\c contrib_regression
drop database proapp_verify_integrity;
create database proapp_verify_integrity;
\c proapp_verify_integrity
set client_min_messages = warning;
create extension proapp_dev_env cascade;
create extension proapp_trackpay;
\set ECHO none
\o /dev/null
\i :fixture
\o
\set ECHO all
select severity, check_id, object, problem, fix from proapp.verify() where severity in ('critical', 'high');
select check_id, object from proapp.verify() where check_id in ('default_privileges', 'unique_key_oracle', 'foreign_key_without_index', 'duplicate_index', 'unguarded_reference_array') order by 1, 2;
alter table public.trackpay_payments drop constraint trackpay_payments_provider_id_fkey, add constraint trackpay_payments_provider_id_fkey foreign key (provider_id) references public.trackpay_users (id) on delete cascade;
alter function public.current_trackpay_user_id() reset search_path;
drop index public.idx_payments_session;
select severity, check_id, object, fix from proapp.verify() where check_id in ('cascade_into_records', 'definer_search_path') or object like '%payments_session_id_fkey%';

\c contrib_regression
drop database proapp_verify_integrity;
