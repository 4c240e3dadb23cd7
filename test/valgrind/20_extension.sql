create extension proapp_schema;

select proapp.restoring();

set proapp.restoring = on;

select proapp.restoring();

reset proapp.restoring;

-- Every function once with its defaults and, where it wants arguments, with odd ones; what it says does not matter here.
do $$
declare
  call text;
begin
  for call in
    select format('select * from proapp.%I(%s)', proname,
      (select string_agg(case when n = pronargs and provariadic <> 0 then 'variadic ' else '' end
         || case type::regtype::text
           when 'text' then '''x'''
           when 'name' then '''oid'''
           when 'regclass' then '''pg_class'''
           when 'jsonb' then '''{"a": [1, "b", null]}'''
           when 'text[]' then '''{information_schema.*}'''
           else 'null' end || '::' || type::regtype, ', ' order by n)
       from unnest(proargtypes) with ordinality a(type, n)
       where n <= pronargs - case with_defaults when 1 then pronargdefaults else 0 end))
    from pg_proc, generate_series(0, 1) with_defaults
    where pronamespace = 'proapp'::regnamespace and prokind = 'f'
      and prorettype not in ('trigger'::regtype, 'event_trigger'::regtype) and 'internal'::regtype <> all (proargtypes)
    order by 1
  loop
    begin
      execute call;
    exception
      when others then raise notice '%: %', call, sqlerrm;
    end;
  end loop;
end $$;

select 'yes' as session_end;

