select proapp.migrate_up('valgrind', '1', '/* a */ create table public.valgrind_migration (a int); create or replace view public.valgrind_view as select 1 as a; select 1');

select proapp.migrate_up('valgrind', '1', '/* a */ create table public.valgrind_migration (a int); create or replace view public.valgrind_view as select 1 as a; select 1');

do $$
declare
  script text;
begin
  foreach script in array array['creat table x ()', 'select 1 / 0', 'commit', 'create function public.f() returns int language sql as ''select nothing''', 'select 1; /*'] loop
    begin
      perform proapp.migrate_up('valgrind', '2', script);
      raise assert_failure;
    exception
      when others then null;
    end;
  end loop;
  create role valgrind_mallory;
  alter view public.valgrind_view owner to valgrind_mallory;
  begin
    perform proapp.migrate_up('valgrind', '2', 'create or replace view public.valgrind_view as select 2 as a');
    raise assert_failure;
  exception
    when insufficient_privilege then null;
  end;
end $$;

select count(*) from proapp.migrations;

select 'yes' as session_end;

