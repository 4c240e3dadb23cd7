-- delete_safely() meets triggers, rules, rights and what is no table.
create database proapp_delete_safely;
\c proapp_delete_safely
set client_min_messages = warning;
create extension proapp_schema;
create function nul() returns trigger language plpgsql as 'begin return null; end';

-- before delete null
create table p(id int primary key, n int default 0);
create table c(id int primary key, p int references p on delete cascade);
insert into p values(1),(2);
insert into c values(1,1),(2,1),(3,2);
create trigger t before delete on c for each row execute function nul();
select * from proapp.delete_safely('p','1');
drop trigger t on c;

-- trigger inserts into deleted child
create function ins() returns trigger language plpgsql as $$begin insert into public.c values(100+old.id, 1); return old; end$$;
create trigger t after delete on c for each row execute function ins();
select * from proapp.delete_safely('p','1');
drop trigger t on c;
create trigger t before delete on p for each row execute function ins();
select * from proapp.delete_safely('p','1');
drop trigger t on p;

-- counter trigger on parent
create function cnt() returns trigger language plpgsql as $$begin update public.p set n = n - 1 where id = old.p; return null; end$$;
create trigger t after delete on c for each row execute function cnt();
select action,row_count from proapp.delete_safely('p','1');
table p;
drop trigger t on c;

-- rule
insert into p values(1);
create rule r as on delete to c do instead nothing;
insert into c values (1,1);
select * from proapp.deletion_plan('p','1');
select * from proapp.delete_safely('p','1');
drop rule r on c;
create rule r as on delete to c where old.id = 99 do also delete from public.p where id=2;
select * from proapp.delete_safely('p','1');
drop rule r on c;

-- disabled RI
-- (the trigger's name holds an OID)
alter table p disable trigger all;
select step, relation, action, row_count, blocked from proapp.deletion_plan('p','1');
\set VERBOSITY terse
select * from proapp.delete_safely('p','1');
\set VERBOSITY default
alter table p enable trigger all;
set session_replication_role=replica;
select * from proapp.delete_safely('p','1');
reset session_replication_role;

-- inheritance
create table ip(id int primary key);
create table ich() inherits(ip);
insert into ip values(1);
select * from proapp.delete_safely('ip','1');

-- hostile search path
create schema h;
create function h.lie(int,int) returns boolean language sql as 'select true';
create operator h.= (function=h.lie, leftarg=int, rightarg=int);
create table h.p(id int primary key);
create function h.unnest(int[]) returns setof int language sql as 'select 1';
set search_path=h,pg_catalog,public;
select action,row_count from proapp.deletion_plan('public.p','1');
select relation,action,row_count from proapp.delete_safely('public.p','1');
set search_path=public;
table p;
table c;

-- views, foreign, temp, unlogged
create view v as table p;
select * from proapp.delete_safely('v','1');
create temp table tt(id int primary key, x int references tt on delete cascade);
insert into tt values(1,1),(2,1),(3,2);
select relation,action,row_count from proapp.delete_safely('pg_temp.tt','1');
create unlogged table ul(id int primary key, x int references ul on delete cascade);
insert into ul values(1,1),(2,1),(3,2);
select relation,action,row_count from proapp.delete_safely('ul','1');
create extension if not exists file_fdw schema public;
create server if not exists fs foreign data wrapper file_fdw;
create table fp(id int, x int) partition by list(id);
create table fp1 partition of fp for values in (1);
create foreign table fp2 partition of fp for values in (2) server fs options (program 'echo 2 2', delimiter ' ');
create table nopk(id int, x int);
select * from proapp.delete_safely('nopk','1');
select * from proapp.delete_safely('fp','1'); 

-- rights
create role proapp_test_deleter;
grant usage on schema public to proapp_test_deleter;
grant select, delete on p to proapp_test_deleter;
insert into p values (1);
insert into c values (1,1),(2,1);
create table sn(id int primary key, p int references p on delete set null, q int);
insert into sn values(1,1,1);
grant usage on schema proapp to proapp_test_deleter;
grant execute on all functions in schema proapp to proapp_test_deleter;
set role proapp_test_deleter;
select * from proapp.deletion_plan('p','1');
reset role;
grant select,delete on c to proapp_test_deleter;
set role proapp_test_deleter;
select * from proapp.delete_safely('p','1');
reset role;
grant select on sn to proapp_test_deleter;
grant update(q) on sn to proapp_test_deleter;
set role proapp_test_deleter;
select * from proapp.delete_safely('p','1');
reset role;
grant update(p) on sn to proapp_test_deleter;
alter table c enable row level security;
create policy s on c for select using (id = 1);
create policy d on c for delete using (true);
set role proapp_test_deleter;
select * from proapp.deletion_plan('p','1');
select * from proapp.delete_safely('p','1');
reset role;
drop policy s on c;
create policy s on c for select using (true);
drop policy d on c;
create policy d on c for delete using (id=2);
set role proapp_test_deleter;
select * from proapp.deletion_plan('p','1');
reset role;
drop policy d on c;
create policy d on c for delete using (true);
alter table sn enable row level security;
create policy s on sn for select using (true);
create policy u on sn for update using (false);
set role proapp_test_deleter;
select * from proapp.deletion_plan('p','1');
reset role;
drop policy u on sn;
create policy u on sn for update using (true) with check (p is not null);
set role proapp_test_deleter;
select * from proapp.delete_safely('p','1');
reset role;
drop policy u on sn;
create policy u on sn for update using (true);
set role proapp_test_deleter;
select relation,action,row_count from proapp.delete_safely('p','1');
reset role;

-- subtransaction
insert into p values(1);
insert into c values(1,1);
create trigger t before delete on c for each row execute function nul();
do $$ begin for i in 1..3 loop begin perform proapp.delete_safely('public.p','1'); exception when others then raise warning '%', sqlerrm; end; end loop; end $$;
drop trigger t on c;
do $$ begin perform proapp.delete_safely('public.p','1'); end $$;
table p;

\c contrib_regression
drop database proapp_delete_safely;
drop role proapp_test_deleter;
