-- The boundary between PostgreSQL and C++: whatever goes wrong, wherever, comes out as a clean error with all its words,
-- leaves the session usable and no memory behind. The functions are those of test/boundary/boundary_probe.cpp.
create database proapp_boundary;
\c proapp_boundary
\getenv source PG_ABS_SRCDIR
\set library :source '/test/boundary/boundary_probe'
create function probe(phase text, failure text, size int default 1000) returns setof bigint language c as :'library', 'boundary_probe';
create function throw_in_try() returns void language c as :'library', 'boundary_throw_in_try';
create function careless(size int) returns void language c as :'library', 'boundary_careless';
create function allocate(bytes bigint, alignment int) returns text language c as :'library', 'boundary_allocate';
create function reserve(elements bigint) returns text language c as :'library', 'boundary_reserve';
create function descend() returns bigint language c as :'library', 'boundary_descend';
create function resident() returns bigint language c as :'library', 'boundary_resident';

-- What a client would see of the error that `statement` raises.
create function error_of(statement text, out code text, out message text, out detail text, out hint text) language plpgsql as $$
begin
  execute statement;
exception when query_canceled or others then
  get stacked diagnostics code = returned_sqlstate, message = message_text, detail = pg_exception_detail, hint = pg_exception_hint;
end $$;

-- When nothing goes wrong.
select count(*), sum(n) from probe('', '') n;

-- Each failure in each phase, with containers of a megabyte alive.
select phase, failure, e.*
from unnest('{read,compute,emit}'::text[]) with ordinality p(phase, i),
     unnest('{error,"no code",bad_alloc,standard,unknown,postgres,cancel}'::text[]) with ordinality f(failure, j),
     error_of(format('select count(*) from probe(%L, %L, 100000)', phase, failure)) e
order by i, j;

-- As the client gets it: the whole error, once; the transaction is aborted, the session goes on.
begin;
select probe('compute', 'error');
select 1;
rollback;
select probe('emit', 'postgres');
\echo :LAST_ERROR_SQLSTATE
select probe('compute', 'cancel');
\echo :LAST_ERROR_SQLSTATE

-- A time-out keeps its own words, and the next statement is not cancelled too.
set statement_timeout = '30ms';
select probe('read', 'wait');
select probe('compute', 'wait');
select probe('emit', 'wait');
reset statement_timeout;
select count(*) from probe('', '');

-- A savepoint takes back what failed, nothing else.
begin;
create table kept (n bigint);
savepoint before;
insert into kept select probe('compute', 'bad_alloc');
rollback to before;
insert into kept select probe('', '', 3);
commit;
table kept;

-- A recursion in core ends before the stack does.
select e.* from error_of('select descend()') e;

-- An exception that crosses PG_TRY, which no code of ours lets happen.
select throw_in_try();
select count(*) from probe('', '');

-- Sizes above 1 GB and odd alignments are refused before the allocator hears of them.
select bytes, alignment, allocate(bytes, alignment)
from (values (0::bigint, 1), (1, 1), (24, 8), (1073741823, 8), (1073741824, 8), (2147483648, 8), (9223372036854775807, 8), (-1, 8), (8, 0), (8, 3), (8, 12), (8, 16), (8, 4096)) v(bytes, alignment);
select elements, e.code, e.message
from unnest('{100,134217727,134217728,2305843009213693951,2305843009213693952,9223372036854775807}'::bigint[]) elements,
     error_of(format('select reserve(%s)', elements)) e;

-- Memory. Failing calls, each in a subtransaction of its own with 40 kB alive; the first ones warm caches.
create procedure failing_calls(statement text, times int) language plpgsql as $$
begin
  for i in 1..times loop
    begin
      execute statement;
      raise 'did not fail: %', statement;
    exception
      when raise_exception then raise;
      when query_canceled or others then null;
    end;
  end loop;
end $$;

create function growth(statement text, times int) returns bigint language plpgsql as $$
declare
  before bigint;
begin
  call failing_calls(statement, 300);
  before := resident();
  call failing_calls(statement, times);
  return resident() - before;
end $$;

select phase, failure, growth(format('select count(*) from probe(%L, %L, 2500)', phase, failure), 10000) < 1000000 as "leaves less than 1 MB"
from unnest('{read,compute,emit}'::text[]) with ordinality p(phase, i),
     unnest('{error,bad_alloc,unknown,postgres,cancel}'::text[]) with ordinality f(failure, j)
order by i, j;

-- The same measurement where the rule is broken.
select growth('select careless(2500)', 2000) < 1000000 as "leaves less than 1 MB";

\c contrib_regression
drop database proapp_boundary;
