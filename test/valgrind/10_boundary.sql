-- Read by postgres --single -j: a statement ends with a semicolon and an empty line. An error must be caught here, and the last row says that we got so far.
create function probe(phase text, failure text, size int default 1000) returns setof bigint language c as '@probe@', 'boundary_probe';

create function throw_in_try() returns void language c as '@probe@', 'boundary_throw_in_try';

do $$
declare
  phase text;
  failure text;
begin
  perform count(*) from probe('', '');
  foreach phase in array '{read,compute,emit}'::text[] loop
    foreach failure in array '{error,bad_alloc,standard,unknown,postgres}'::text[] loop
      for i in 1..3 loop
        begin
          perform count(*) from probe(phase, failure);
          raise assert_failure;
        exception
          when query_canceled or others then null;
        end;
      end loop;
    end loop;
  end loop;
  begin
    perform throw_in_try();
  exception
    when invalid_parameter_value then null;
  end;
end $$;

-- Nobody can send a signal to a single-user session, but its clock can.
set statement_timeout = '2s';

do $$
begin
  perform probe('compute', 'wait');
exception
  when query_canceled then null;
end $$;

reset statement_timeout;

select 'yes' as session_end;

