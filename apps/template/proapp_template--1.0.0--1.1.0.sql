-- complain if this file is sourced in psql rather than by ALTER EXTENSION
\echo Use "ALTER EXTENSION proapp_template UPDATE TO '1.1.0'" to load this file. \quit

select proapp.migrate_up('template', '1.1.0', $up$
alter table public.template_notes add column written_at timestamptz not null default now();
$up$);
