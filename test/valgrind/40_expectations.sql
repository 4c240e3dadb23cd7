do $$
declare
  category text;
  item text;
  expected jsonb;
begin
  foreach category in array array['table', 'column', 'function', 'foreign key', 'constraint', 'index', 'policy', 'publication member', 'extension', 'cron job', 'count'] loop
    foreach item in array array['public.t', 'public.t.a', 'public.f(integer, x "char"[])', 'public.t(a, "b""c")', 'p on public.t', 'some words on public.t', 'public.t in p', '"', '"a', 'a"', '(', 'public.f(', 'public.f(,',
      ' on ', 'x on ', 'a.b in ', ' ', '.', 'count ', 'policy:*.*', 'table:"', 'table:', ':', 'table:a.b."c', repeat('x', 100) || '.' || repeat('"', 100)] loop
      begin
        perform proapp.expect(category, item, case category when 'count' then '{"min": 1}'::jsonb else '{}' end);
      exception
        when others then null;
      end;
    end loop;
  end loop;
  foreach expected in array array['{"min": 1}', '{"type": "int"}', '{"type": "no ("}', '{"on_delete": "set null", "columns": ["a", "b"]}', '{"roles": ["b", "a"], "command": "all"}', '{"columns": [[1], {"a": 2}, null]}', '{"x": 1}']::jsonb[] loop
    for category, item in select * from (values ('column', 'public.t.a'), ('function', 'public.f'), ('foreign key', 'public.t.a'), ('policy', 'p on public.t')) v loop
      begin
        perform proapp.expect(category, item, expected);
      exception
        when others then null;
      end;
    end loop;
  end loop;
end $$;

select count(*) from proapp.expectations;

select count(*) from proapp.health_check();

do $$
begin
  perform proapp.assert_healthy();
exception
  when others then null;
end $$;

select count(proapp.unexpect(category, item)) from proapp.expectations;

select 'yes' as session_end;

