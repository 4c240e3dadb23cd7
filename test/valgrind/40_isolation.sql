-- A standalone backend gives tables such low OIDs that PostgreSQL asks no policies for them: here only memory is looked at, not verdicts.
create extension if not exists proapp_schema;

create role authenticated;

create role anon;

create table public.vg_users (id uuid primary key, auth_id uuid unique, name text);

create table public.vg_notes (id int generated always as identity primary key, owner uuid not null references public.vg_users, title text);

create table public.vg_remarks (id uuid primary key default gen_random_uuid(), author uuid references public.vg_users, note int references public.vg_notes, what text);

create table public.vg_base (owner uuid, t text);

create table public.vg_child () inherits (public.vg_base);

insert into public.vg_users select md5(i::text)::uuid, md5('a' || i)::uuid, 'somebody, number ' || i from generate_series(1, 4) i;

insert into public.vg_notes (owner, title) select id, 'the note of ' || name from public.vg_users;

insert into public.vg_remarks select md5(n.id::text)::uuid, owner, n.id, 'remark on ' || title from public.vg_notes n;

insert into public.vg_child select id, 'child of ' || name from public.vg_users;

select proapp.map_users('vg', 'public.vg_users', 'auth_id');

alter table public.vg_notes enable row level security;

create policy own on public.vg_notes using (owner = proapp.current_user_id('vg'));

create policy odd on public.vg_notes for update using (true) with check (owner = proapp.current_user_id('vg'));

create view public.vg_titles as select title from public.vg_notes;

create view public.vg_view as select id, title from public.vg_notes;

create function public.vg_function(note_id int) returns setof public.vg_notes language sql security definer as 'select * from public.vg_notes where id = note_id';

create function public.vg_slow() returns text language plpgsql security definer as 'begin perform pg_sleep(60) from public.vg_notes; return 1; end';

grant all on public.vg_users, public.vg_notes, public.vg_remarks, public.vg_base, public.vg_titles, public.vg_view to authenticated;

set proapp.isolation_budget = '60s';

select relation, command, verdict, rows_reached, through from proapp.prove_isolation('public.vg_*', 'function:public.vg_function') where verdict <> 'isolated';

set proapp.isolation_budget = '5s';

select relation, command, verdict, rows_reached, through from proapp.prove_isolation('public.vg_notes', 'function:public.vg_slow') where verdict = 'skipped';

do $$ begin perform proapp.prove_isolation('public.nothing'); exception when undefined_object then null; end $$;

select 'yes' as session_end;
