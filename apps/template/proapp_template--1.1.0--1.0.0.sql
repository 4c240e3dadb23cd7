-- complain if this file is sourced in psql rather than by ALTER EXTENSION
\echo Use "ALTER EXTENSION proapp_template UPDATE TO '1.0.0'" to load this file. \quit

select proapp.migrate_down('template', '1.1.0', $down$
alter table public.template_notes drop column written_at;
$down$);
