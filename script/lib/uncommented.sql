-- Objects of schema proapp without a COMMENT.
select d.type || ' ' || d.identity
from (
  select 'pg_proc'::regclass as catalog, oid from pg_proc where pronamespace = 'proapp'::regnamespace
  union all
  select 'pg_class'::regclass, oid from pg_class where relnamespace = 'proapp'::regnamespace and relkind not in ('i', 'I', 't', 'c')
  union all
  select 'pg_type'::regclass, t.oid from pg_type t left join pg_class c on c.oid = t.typrelid
    where t.typnamespace = 'proapp'::regnamespace and t.typcategory <> 'A' and (c.oid is null or c.relkind = 'c')
  union all
  select 'pg_operator'::regclass, oid from pg_operator where oprnamespace = 'proapp'::regnamespace
  union all
  select 'pg_namespace'::regclass, oid from pg_namespace where nspname = 'proapp'
) o, pg_identify_object(o.catalog, o.oid, 0) d
where not exists (select from pg_description where classoid = o.catalog and objoid = o.oid and objsubid = 0)
order by 1;
