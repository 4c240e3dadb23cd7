-- What people paste into an editor instead: one digest over the server's own descriptions of everything.
select md5(string_agg(line, e'\n' order by line)) from (
  select format('column %s.%s %s %s %s', attrelid::regclass, attname, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid)) as line
    from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
    where attnum > 0 and not attisdropped and attrelid in (select oid from pg_class where relkind in ('r', 'v', 'm', 'p') and relnamespace not in (11, 'information_schema'::regnamespace))
  union all select format('table %s %s %s %s %s', oid::regclass, relowner, relacl, relrowsecurity, relforcerowsecurity) from pg_class where relkind in ('r', 'p') and oid >= 16384
  union all select 'constraint ' || conname || conrelid::regclass::text || pg_get_constraintdef(oid) from pg_constraint where oid >= 16384
  union all select pg_get_indexdef(indexrelid) from pg_index where indexrelid >= 16384
  union all select format('policy %s %s %s %s %s %s', polname, polrelid::regclass, polcmd, polroles, pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)) from pg_policy
  union all select pg_get_triggerdef(oid) || tgenabled::text from pg_trigger where not tgisinternal
  union all select pg_get_functiondef(oid) || coalesce(proacl::text, '') from pg_proc where oid >= 16384 and prokind in ('f', 'p')
  union all select 'view ' || oid::regclass::text || pg_get_viewdef(oid) from pg_class where relkind in ('v', 'm') and oid >= 16384
  union all select 'enum ' || enumtypid::regtype::text || enumlabel || enumsortorder::text from pg_enum
  union all select 'comment ' || coalesce(description, '') || classoid::text || objsubid from pg_description where objoid >= 16384
) facts;
