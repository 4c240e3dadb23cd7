-- complain if this file is sourced in psql rather than by ALTER EXTENSION
\echo Use "ALTER EXTENSION proapp_platform UPDATE TO '1.1.0'" to load this file. \quit

select proapp.migrate_up('platform', '1.1.0', $up$
create function public.platform_escaped(name text) returns text
  language sql immutable parallel safe set search_path = pg_catalog, pg_temp
  return regexp_replace(name, '([.^$+?(){}\[\]|\\*])', '\\\1', 'g');
comment on function public.platform_escaped(text) is 'A regular expression that means this text.';

create function public.platform_moved_text(given text, names name[], from_schema name, to_schema name) returns text
  language sql stable parallel safe set search_path = pg_catalog, pg_temp
  return regexp_replace(given, '(?<![\w$.])' || public.platform_escaped(quote_ident(from_schema)) || '\.(' || (select string_agg(public.platform_escaped(quote_ident(n)), '|') from unnest(names) n) || ')(?![\w$])',
                        replace(quote_ident(to_schema), '\', '\\') || '.\1', 'g');
comment on function public.platform_moved_text(text, name[], name, name) is 'SQL in which these names of one schema are names of another.';

-- With tables of such names: views, sequences, types and functions of such names, and functions that nothing but triggers of these tables call. What place 0 has goes with its table.
create function public.platform_moving(pattern text, from_schema name) returns table(place int, kind text, name name, object text)
  language sql stable set search_path = pg_catalog, pg_temp
  as $$
  with wanted as (select '^' || replace(regexp_replace(platform_moving.pattern, '([.^$+?(){}\[\]|\\])', '\\\1', 'g'), '*', '.*') || '$' as names, to_regnamespace(quote_ident(platform_moving.from_schema)) as schema),
  relation as (
    select c.oid, c.relname, case c.relkind when 'S' then 'sequence' when 'v' then 'view' when 'm' then 'materialized view' when 'f' then 'foreign table' else 'table' end as kind
      from wanted w join pg_class c on c.relnamespace = w.schema and c.relkind in ('r', 'p', 'f', 'v', 'm', 'S') and c.relname ~ w.names
      where not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.refclassid = d.classid and d.deptype in ('a', 'i') and d.refobjsubid > 0)),
  routine as (
    select p.oid, p.proname, case p.prokind when 'p' then 'procedure' when 'a' then 'aggregate' else 'function' end as kind
      from wanted w join pg_proc p on p.pronamespace = w.schema
      where not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
        and (p.proname ~ w.names or (select bool_and(t.tgrelid in (select oid from relation)) from pg_trigger t where t.tgfoid = p.oid and not t.tgisinternal)))
  select case t.typtype when 'd' then 2 else 1 end, case t.typtype when 'd' then 'domain' else 'type' end, t.typname, format('%I.%I', platform_moving.from_schema, t.typname)
    from wanted w join pg_type t on t.typnamespace = w.schema and t.typname ~ w.names
    where t.typtype in ('e', 'd', 'r') or t.typtype = 'c' and exists (select from pg_class c where c.oid = t.typrelid and c.relkind = 'c')
  union all select 0, 'index', i.relname, format('%I.%I', platform_moving.from_schema, i.relname) from relation r join pg_index x on x.indrelid = r.oid join pg_class i on i.oid = x.indexrelid
  union all select 0, 'sequence of a column', s.relname, format('%I.%I', platform_moving.from_schema, s.relname)
    from relation r join pg_depend d on d.classid = 'pg_class'::regclass and d.refclassid = d.classid and d.refobjid = r.oid and d.refobjsubid > 0 and d.deptype in ('a', 'i') join pg_class s on s.oid = d.objid and s.relkind = 'S'
  union all select 3, r.kind, r.proname, format('%I.%I(%s)', platform_moving.from_schema, r.proname, pg_get_function_identity_arguments(r.oid)) from routine r
  union all select case r.kind when 'sequence' then 4 when 'view' then 6 when 'materialized view' then 6 else 5 end, r.kind, r.relname, format('%I.%I', platform_moving.from_schema, r.relname) from relation r
$$;
comment on function public.platform_moving(text, name) is 'What goes with the tables of a schema whose names match a pattern, in which * stands for anything.';

create function public.platform_move_plan(pattern text, from_schema name, to_schema name) returns table(step bigint, kind text, object text, statement text)
  language sql stable set search_path = pg_catalog, pg_temp
  as $$
  with moving as materialized (select * from public.platform_moving(platform_move_plan.pattern, platform_move_plan.from_schema)),
  moved as (select array_agg(name) as names from moving),
  -- Bodies are texts, and name tables as somebody wrote them. Where search_path is pinned, the new schema is looked into as well.
  body as (
    select p.oid, p.oid::regprocedure::text as signature, case p.prokind when 'p' then 'procedure' else 'function' end as kind, pg_get_functiondef(p.oid) as definition,
        (select substr(s, 13) from unnest(p.proconfig) s where s like 'search\_path=%') as path, p.prosrc <> public.platform_moved_text(p.prosrc, m.names, platform_move_plan.from_schema, platform_move_plan.to_schema) as qualified
      from moved m, pg_proc p join pg_namespace n on n.oid = p.pronamespace join pg_language l on l.oid = p.prolang
      where n.nspname not in ('pg_catalog', 'information_schema', 'proapp') and l.lanname not in ('c', 'internal') and p.prokind in ('f', 'p') and p.prosqlbody is null
        and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
        and exists (select from unnest(m.names) x where p.prosrc ~ ('(?<![\w$])' || public.platform_escaped(x) || '(?![\w$])')))
  select row_number() over (order by place, object collate "C"), kind, object, statement from (
    select distinct 0 as place, 'grant' as kind, quote_ident(platform_move_plan.to_schema) as object,
        format('grant usage on schema %I to %s', platform_move_plan.to_schema, case a.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end) as statement
      from moving m join pg_class c on c.oid = to_regclass(m.object) and m.place >= 4, aclexplode(c.relacl) a
      where a.grantee <> c.relowner and not case a.grantee when 0 then exists (select from pg_namespace n, aclexplode(n.nspacl) x where n.nspname = platform_move_plan.to_schema and x.grantee = 0 and x.privilege_type = 'USAGE')
        else has_schema_privilege(a.grantee, platform_move_plan.to_schema::text, 'usage') end
    union all select m.place, m.kind, m.object, format('alter %s %s set schema %I', m.kind, m.object, platform_move_plan.to_schema) from moving m where m.place > 0
    union all select 7, 'body', b.signature, public.platform_moved_text(b.definition, m.names, platform_move_plan.from_schema, platform_move_plan.to_schema) from body b, moved m where b.qualified
    union all select 8, 'search_path', b.signature, format('alter %s %s set search_path = %I, %s', b.kind,
        public.platform_moved_text(b.signature, m.names, platform_move_plan.from_schema, platform_move_plan.to_schema), platform_move_plan.to_schema, b.path)
      from body b, moved m where exists (select from regexp_split_to_table(b.path, '\s*,\s*') s where btrim(s, '"') = platform_move_plan.from_schema)
        and not exists (select from regexp_split_to_table(b.path, '\s*,\s*') s where btrim(s, '"') = platform_move_plan.to_schema)) steps
    order by 1
$$;
comment on function public.platform_move_plan(text, name, name) is
  'What platform_move_tables() of the same arguments would do, statement by statement: usage of the new schema for whoever has rights on the tables, what moves, and the functions whose bodies or search_path name what moves.';

-- Names of where it is are those of where it goes; hashes of expressions are left out, since they hold names.
create function public.platform_described(selected name[], names name[], at_schema name, from_schema name, to_schema name) returns setof jsonb
  language sql stable set search_path = pg_catalog, pg_temp
  as $$
  select jsonb_build_array(m.kind, public.platform_moved_text(m.identity, names, from_schema, to_schema), public.platform_moved_text(m.parent, names, from_schema, to_schema),
      public.platform_moved_text(regexp_replace((case m.kind when 'function' then m.definition - '{definition,search_path,settings}'::text[] else m.definition end)::text, '"tree": "[0-9a-f]+"', '', 'g'), names, from_schema, to_schema))
    from proapp.manifest(variadic array(select format('"%s"."%s"', replace(at_schema, '"', '""'), replace(n, '"', '""')) from unnest(selected) n)) m where m.kind <> 'schema' and m.kind <> 'extension'
$$;
comment on function public.platform_described(name[], name[], name, name, name) is 'The manifest of these objects as it is, or would be, in another schema.';

create function public.platform_refuse_move(pattern text, from_schema name, to_schema name) returns void
  language plpgsql stable set search_path = pg_catalog, pg_temp
  as $$
declare
  names constant name[] := array(select m.name from public.platform_moving(pattern, from_schema) m);
  found text;
begin
  if pattern is null or from_schema is null or to_schema is null then
    raise exception 'pattern and schemas must not be null' using errcode = 'null_value_not_allowed';
  elsif to_regnamespace(quote_ident(from_schema)) is null or to_regnamespace(quote_ident(to_schema)) is null then
    raise exception 'schema "%" does not exist', case when to_regnamespace(quote_ident(from_schema)) is null then from_schema else to_schema end using errcode = 'invalid_schema_name';
  elsif from_schema = to_schema then
    raise exception 'the tables are in schema "%" already', to_schema using errcode = 'invalid_parameter_value';
  elsif not exists (select from public.platform_moving(pattern, from_schema) m where m.kind = 'table') then
    raise exception 'no table of schema "%" matches "%"', from_schema, pattern using errcode = 'undefined_table', hint = 'The pattern is a name in which * stands for anything: coachpro_*.';
  end if;
  select string_agg(format('%s %I.%I', c.kind, to_schema, c.name), ', ' order by c.kind, c.name) into found from (
    select case c.relkind when 'i' then 'index' when 'S' then 'sequence' when 'v' then 'view' else 'table' end, c.relname from pg_class c
      where c.relnamespace = to_regnamespace(quote_ident(to_schema)) and c.relname = any (names)
    union all select 'type', t.typname from pg_type t where t.typnamespace = to_regnamespace(quote_ident(to_schema)) and t.typname = any (names) and t.typtype in ('e', 'd', 'r')
    union all select 'function', p.proname from pg_proc p join pg_proc o on o.proname = p.proname and o.proargtypes = p.proargtypes and o.pronamespace = to_regnamespace(quote_ident(from_schema))
      where p.pronamespace = to_regnamespace(quote_ident(to_schema)) and p.proname = any (names)) c (kind, name);
  if found is not null then
    raise exception 'names are taken in schema "%"', to_schema using errcode = 'duplicate_object', detail = 'There are: ' || found || '.', hint = 'Rename these or move them away; nothing was moved.';
  end if;
  select string_agg(format('%s (extension %I)', d.objid::regclass, e.extname), ', ') into found
    from pg_depend d join pg_extension e on e.oid = d.refobjid and d.refclassid = 'pg_extension'::regclass
    where d.classid = 'pg_class'::regclass and d.deptype = 'e' and d.objid in (select c.oid from pg_class c where c.relnamespace = to_regnamespace(quote_ident(from_schema)) and c.relname = any (names));
  if found is not null then
    raise exception 'what belongs to an extension moves with it alone' using errcode = 'object_not_in_prerequisite_state', detail = 'There are: ' || found || '.';
  end if;
  -- What is registered is registered by name.
  select string_agg(r.what, ', ') into found from (
    select 'mapping ' || mapping, users_table from proapp.user_mappings
    union all select 'membership ' || membership, members_table from proapp.memberships
    union all select 'protection of ' || relation, relation from proapp.protected_relations
    union all select 'blocker of ' || relation, relation from proapp.blockers
    union all select 'blocker of ' || relation, blocking from proapp.blockers
    union all select 'reference of ' || relation, relation from proapp.registered_references
    union all select 'reference of ' || relation, referencing from proapp.registered_references) r (what, relation)
    where to_regclass(r.relation::text) in (select c.oid from pg_class c where c.relnamespace = to_regnamespace(quote_ident(from_schema)) and c.relname = any (names));
  if found is not null then
    raise exception 'tables are registered by the names that they have' using errcode = 'object_not_in_prerequisite_state', detail = 'There are: ' || found || '.', hint = 'Take these back, move the tables, and register them again.';
  end if;
end
$$;
comment on function public.platform_refuse_move(text, name, name) is 'Raises what forbids platform_move_tables() of the same arguments, and nothing where nothing does.';

create function public.platform_move_tables(pattern text, from_schema name, to_schema name) returns table(step bigint, kind text, object text, statement text)
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
#variable_conflict use_column
declare
  selected name[];
  names   name[];
  before  jsonb[];
  plan    text[];
  differs text;
begin
  perform public.platform_refuse_move(pattern, from_schema, to_schema);
  names := array(select m.name from public.platform_moving(pattern, from_schema) m);
  selected := array(select distinct m.name from public.platform_moving(pattern, from_schema) m where m.place > 0);
  before := array(select d from public.platform_described(selected, names, from_schema, from_schema, to_schema) d);
  for step, kind, object, statement in select p.step, p.kind, p.object, p.statement from public.platform_move_plan(pattern, from_schema, to_schema) p loop
    plan := plan || array[kind, object, statement];
  end loop;
  for i in 1 .. cardinality(plan) / 3 loop
    execute plan[3 * i];
  end loop;
  select string_agg(distinct format('%s %s', coalesce(b.d, a.d) ->> 0, coalesce(b.d, a.d) ->> 1), ', ') into differs
    from unnest(before) b (d) full join public.platform_described(selected, names, to_schema, from_schema, to_schema) a (d) on a.d = b.d where a.d is null or b.d is null;
  if differs is not null then
    raise exception 'more than the schema would change' using errcode = 'object_not_in_prerequisite_state', detail = 'It would be in: ' || differs || '.', hint = 'Nothing was moved.';
  end if;
  return query select i::bigint, plan[3 * i - 2], plan[3 * i - 1], plan[3 * i] from generate_series(1, cardinality(plan) / 3) i;
end
$$;
comment on function public.platform_move_tables(text, name, name) is
  'Moves the tables of a schema whose names match the pattern (* stands for anything) into another, with their indexes, keys, policies, triggers, trigger functions, sequences, and with views, types and functions of such names; functions elsewhere that name them follow. '
  'All of it or nothing, and only if the manifest before and after, with the names mapped, is the same. Answers what was done; platform_move_plan() says it before. Clients reach the tables by their new names, or with the new schema in front in search_path. '
  'For who may alter the tables and administers proapp. Errors: 42710 where names are taken, 42P01 where no table matches, 3F000 for an unknown schema, 55000 for tables of extensions and for registered ones.';
revoke execute on function public.platform_escaped(text), public.platform_moved_text(text, name[], name, name), public.platform_moving(text, name), public.platform_move_plan(text, name, name),
  public.platform_described(name[], name[], name, name, name), public.platform_refuse_move(text, name, name), public.platform_move_tables(text, name, name) from public, anon, authenticated, service_role;

select proapp.expect(category, item, expected::jsonb) from (values
  ('function', 'public.platform_move_tables(text, name, name)', '{"security": "invoker"}'),
  ('function', 'public.platform_move_plan(text, name, name)', '{"security": "invoker"}')) e (category, item, expected);
$up$);
