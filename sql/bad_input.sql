-- Whatever a function is called with, it answers or says in its own words what is wrong: no crash, no internal error (SQLSTATE class XX).
create database proapp_bad_input;
\c proapp_bad_input
create extension proapp_schema;
set client_min_messages = error;

-- Odd values of a type, as SQL; null for every type.
create function odd_values(type regtype) returns text[] language sql as $$
  select array['null'] || case type::text
    when 'text' then array['''''', '''no such thing''', '''.''', '''public.*''', 'repeat(''"'', 3)', 'repeat(''ä'', 3000)', '''*.*''', '''; select 1 --''']
    when 'name' then array['''''', '''no such thing''', '''oid''', 'repeat(''x'', 100)']
    when 'regclass' then array['''pg_class''', '''pg_stat_activity''', '''pg_class_oid_index''', '0', '4294967295']
    when 'jsonb' then array['''{}''', '''[]''', '''null''', '''"text"''', '''1e400''', '''{"": [[[]], {"a": null}]}''', '(repeat(''['', 500) || repeat('']'', 500))::jsonb']
    when 'text[]' then array['''{}''', '''{NULL}''', '''{"", ".", "*"}''', '''{public.*}''', '''{{a,b},{c,d}}''', '''[0:1]={!public.*,*.*}''', '''{"kind:", ":", "!"}''']
    when 'uuid' then array['''00000000-0000-0000-0000-000000000000''']
    when 'boolean' then array['true', 'false']
    when 'integer' then array['0', '-1', '2147483647']
    when 'bigint' then array['0', '-1', '9223372036854775807']
    else '{}'
  end
$$;

-- Calls in which one argument after another takes each of its odd values, and all together theirs.
create function odd_calls() returns setof text language sql as $$
  select distinct format('select count(*) from %s.%I(%s)', pronamespace::regnamespace, proname, arguments)
  from pg_proc p,
       generate_series(0, 8) i,
       generate_series(0, pronargs) changed,
       lateral (
         select string_agg(case when n = p.pronargs and p.provariadic <> 0 then 'variadic ' else '' end
                  || v.list[1 + case when changed in (0, n) then i else n end % cardinality(v.list)] || '::' || type::regtype, ', ' order by n) as arguments
         from unnest(proargtypes) with ordinality a(type, n), lateral (select odd_values(type::regtype) as list) v
       ) call
  where pronamespace = 'proapp'::regnamespace and prokind = 'f'
    and prorettype not in ('trigger'::regtype, 'event_trigger'::regtype) and 'internal'::regtype <> all (proargtypes)
$$;

create function internal_error_of(call text) returns text language plpgsql as $$
begin
  execute call;
  return null;
exception when others then
  return case when sqlstate like 'XX%' then sqlstate || ' ' || sqlerrm end;
end $$;

-- The worst that our own functions do.
select call, internal_error_of(call) as internal_error
from odd_calls() call
where internal_error_of(call) is not null
order by call collate "C";

-- As many calls as there should be at least.
select count(*) >= (select count(*) from pg_proc where pronamespace = 'proapp'::regnamespace and prokind = 'f') as "every function was called" from odd_calls();

\c contrib_regression
drop database proapp_bad_input;
