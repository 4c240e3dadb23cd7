-- complain if this file is sourced in psql rather than by ALTER EXTENSION
\echo Use "ALTER EXTENSION proapp_platform UPDATE TO '1.0.0'" to load this file. \quit

select proapp.migrate_down('platform', '1.1.0', $down$
select proapp.unexpect(category, item) from (values
  ('function', 'public.platform_move_tables(text, name, name)'),
  ('function', 'public.platform_move_plan(text, name, name)')) e (category, item);
drop function public.platform_move_tables(text, name, name);
drop function public.platform_refuse_move(text, name, name);
drop function public.platform_described(name[], name[], name, name, name);
drop function public.platform_move_plan(text, name, name);
drop function public.platform_moving(text, name);
drop function public.platform_moved_text(text, name[], name, name);
drop function public.platform_escaped(text);
$down$);
