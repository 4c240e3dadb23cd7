-- complain if this file is sourced in psql rather than by CREATE EXTENSION
\echo Use "CREATE EXTENSION proapp_template" to load this file. \quit

select proapp.migrate_up('template', '1.0.0', $up$
create table public.template_notes (
  id    bigint generated always as identity primary key,
  owner uuid not null,
  body  text not null
);
alter table public.template_notes enable row level security;
revoke truncate, references, trigger on public.template_notes from public;
create index template_notes_owner on public.template_notes (owner);
create policy template_notes_own on public.template_notes
  using (owner::text = (select proapp.auth_id())) with check (owner::text = (select proapp.auth_id()));
select proapp.expect('table', 'public.template_notes', '{"rls": true}');
$up$);
