-- docs/reference.md from the COMMENTs of the installed extension, in byte order, so that it comes out the same everywhere.
load 'proapp_schema';
\pset tuples_only on
\pset format unaligned

select format(E'# Reference\n\nWhat `CREATE EXTENSION proapp_schema` (%s) brings, in the words of its COMMENTs. Written by `script/reference`; change the COMMENTs, not this page.',
  extversion) from pg_extension where extname = 'proapp_schema';

select E'\n## Functions' where exists (select from pg_proc where pronamespace = 'proapp'::regnamespace);
select format(E'\n### %s\n```sql\nproapp.%s(%s)%s\n```\n%s', proname, proname, pg_get_function_arguments(p.oid),
  case prokind when 'p' then E'  -- a procedure: CALL it' else ' returns ' || regexp_replace(pg_get_function_result(p.oid), '^TABLE', 'table') end, obj_description(p.oid, 'pg_proc'))
from pg_proc p
where pronamespace = 'proapp'::regnamespace and prorettype not in ('trigger'::regtype, 'event_trigger'::regtype) and 'internal'::regtype <> all (proargtypes)
order by proname collate "C", pg_get_function_identity_arguments(p.oid) collate "C";

select E'\n## Views' where exists (select from pg_class where relnamespace = 'proapp'::regnamespace and relkind = 'v');
select format(E'\n### %s\n%s\n\n%s', relname, obj_description(c.oid, 'pg_class'),
  (select string_agg(format('- `%s` %s%s', attname, format_type(atttypid, atttypmod), ': ' || col_description(attrelid, attnum)), E'\n' order by attnum)
   from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped))
from pg_class c
where relnamespace = 'proapp'::regnamespace and relkind = 'v'
order by relname collate "C";

select E'\n## Settings' where exists (select from pg_settings where name like 'proapp.%');
select format(E'\n### %s\n%s', name, concat_ws(' ', short_desc, extra_desc,
  case when enumvals is not null then 'Values: ' || array_to_string(enumvals, ', ') || '.' end, 'Default: ' || coalesce(nullif(boot_val, ''), 'empty') || coalesce(' ' || unit, '') || '.',
  case context when 'user' then 'Anybody may set it.' when 'superuser' then 'Superusers may set it.' else 'Set in postgresql.conf.' end))
from pg_settings where name like 'proapp.%'
order by name collate "C";
