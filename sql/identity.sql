-- Who is the signed-in user, in whatever way claims reach the backend and change under way.
create database proapp_identity;
\c proapp_identity
\set SHOW_CONTEXT never
create extension proapp_schema;

create table users (id uuid primary key, auth_user_id uuid unique, name text not null);
insert into users select ('10000000-0000-0000-0000-00000000000' || i)::uuid, ('00000000-0000-0000-0000-00000000000' || i)::uuid, 'user ' || i from generate_series(1, 4) i;

-- Before anything is registered.
select * from proapp.whoami();
select proapp.current_user_id('app');
select * from proapp.user_mappings;
select to_regnamespace('proapp_data');

select * from proapp.map_users('app', 'users', 'auth_user_id');
select * from proapp.user_mappings;

-- Nobody, somebody, a stranger, a service.
select * from proapp.whoami();
set request.jwt.claims = '{"sub": "00000000-0000-0000-0000-000000000001", "role": "authenticated"}';
select proapp.current_user_id('app'), proapp.current_user_key('app'), proapp.auth_id();
select * from proapp.whoami();
set request.jwt.claims = '{"sub": "00000000-0000-0000-0000-000000000009"}';
select * from proapp.whoami();
set request.jwt.claims = '{"role": "service_role"}';
select * from proapp.whoami();
reset request.jwt.claims;
select proapp.current_user_id('app') is null as nobody;
select proapp.current_user_id(null) is null as nobody;
select proapp.current_user_id('another');

-- The legacy setting wins, and counts as unset when it is empty.
set request.jwt.claims = '{"sub": "00000000-0000-0000-0000-000000000001"}';
set request.jwt.claim.sub = '00000000-0000-0000-0000-000000000002';
select proapp.current_user_id('app'), proapp.auth_id();
set request.jwt.claims = '{ malformed';
select proapp.current_user_id('app');
set request.jwt.claim.sub = '';
select proapp.current_user_id('app') is null as nobody;
set request.jwt.claims = '{"sub": "00000000-0000-0000-0000-000000000001"}';
select proapp.current_user_id('app');
reset all;

-- Users change inside a transaction, and a rollback to a savepoint brings the one before back.
create function sign_in(who int) returns void language sql
  as $$ select set_config('request.jwt.claims', json_build_object('sub', '00000000-0000-0000-0000-00000000000' || who)::text, true) $$;
create function me() returns text language sql stable as $$ select name from users where id = proapp.current_user_id('app') $$;
begin;
select sign_in(1); select me();
select sign_in(2); select me();
savepoint a;
select sign_in(3); select me();
rollback to a;
select me();
savepoint b;
select sign_in(4);
release b;
select me();
commit;
select me() is null as nobody;

-- Rows that come and go under a savepoint, in the same snapshot but for it.
begin;
select sign_in(5);
savepoint a;
insert into users values ('10000000-0000-0000-0000-000000000005', '00000000-0000-0000-0000-000000000005', 'user 5');
select me();
rollback to a;
select me() is null as nobody;
savepoint a;
insert into users values ('10000000-0000-0000-0000-000000000055', '00000000-0000-0000-0000-000000000005', 'another user 5');
select me();
update users set id = '10000000-0000-0000-0000-000000000056' where name = 'another user 5';
select me(), proapp.current_user_id('app');
delete from users where name = 'another user 5';
select me() is null as nobody;
rollback;
select count(*) from users;
-- Under one snapshot for all: the rollback takes the row away, and no number of the snapshot tells.
begin isolation level repeatable read;
select sign_in(5);
savepoint a;
insert into users values ('10000000-0000-0000-0000-000000000005', '00000000-0000-0000-0000-000000000005', 'user 5');
select proapp.current_user_id('app');
rollback to a;
select proapp.current_user_id('app') is null as nobody;
rollback;

-- A registration that is rolled back never was.
begin;
select sign_in(1);
savepoint a;
select count(*) from proapp.map_users('another', 'users', 'auth_user_id');
select proapp.current_user_id('another');
rollback to a;
select proapp.current_user_id('another');
rollback;

-- Prepared statements with a generic plan.
set plan_cache_mode = force_generic_plan;
prepare who as select name from users where id = proapp.current_user_id('app');
begin;
select sign_in(1); execute who;
select sign_in(2); execute who;
rollback;
execute who;
begin; select sign_in(3); execute who; commit;
reset plan_cache_mode;

-- A cursor: each row asks anew.
begin;
select sign_in(1);
declare c cursor for select i, proapp.current_user_id('app') from generate_series(1, 3) i;
fetch c;
select sign_in(2);
fetch c;
select sign_in(3);
fetch c;
rollback;

-- One statement that changes the user from row to row.
begin;
select i, sign_in(i), proapp.current_user_id('app') from generate_series(1, 4) i;
rollback;

-- PL/pgSQL: simple expressions, subtransactions, commits.
do $$
declare
  seen text[] := '{}';
begin
  for i in 1 .. 4 loop
    perform sign_in(i);
    seen := seen || right(proapp.current_user_id('app')::text, 1);
    begin
      perform sign_in(5 - i);
      seen := seen || right(proapp.current_user_id('app')::text, 1);
      raise division_by_zero;
    exception when division_by_zero then
      seen := seen || right(proapp.current_user_id('app')::text, 1);
    end;
  end loop;
  raise info '%', seen;
end $$;
do $$
begin
  perform sign_in(1);
  raise info '%', proapp.current_user_id('app');
  commit;
  raise info '%', proapp.current_user_id('app');
  perform sign_in(2);
  raise info '%', proapp.current_user_id('app');
end $$;

-- A function with a SET clause is its own user, and leaves the caller's behind.
create function as_user_2() returns text language sql stable set request.jwt.claims = '{"sub": "00000000-0000-0000-0000-000000000002"}' as $$ select me() $$;
begin;
select sign_in(1);
select me(), as_user_2(), me();
commit;

-- Triggers, a deferred one at the commit too, and definers' functions, whose claims are the caller's.
create table logged (i int);
create function note_user() returns trigger language plpgsql as $$ begin raise info '% %: %', tg_when, tg_name, proapp.current_user_id('app'); return new; end $$;
create trigger early before insert on logged for each row execute function note_user();
create trigger late after insert on logged for each row execute function note_user();
create constraint trigger deferred after insert on logged deferrable initially deferred for each row execute function note_user();
create function as_definer() returns uuid language sql stable security definer set search_path = pg_temp as $$ select proapp.current_user_id('app') $$;
create role identity_nobody;
begin;
select sign_in(1);
insert into logged values (1);
select sign_in(2);
set local role identity_nobody;
select as_definer();
reset role;
commit;
drop role identity_nobody;

-- Cursors that are as old as their snapshot.
begin;
select sign_in(1);
declare c cursor for select i, proapp.current_user_id('app') from generate_series(1, 3) i;
fetch c;
update users set id = '20000000-0000-0000-0000-000000000001' where name = 'user 1';
select proapp.current_user_id('app');
fetch c;
select proapp.current_user_id('app');
rollback;

-- Row-level security: the table of users itself is hidden from the role, the mapping is not; nor do temporary tables or a search_path deceive it.
create role identity_authenticated;
create table notes (id int primary key, owner uuid not null references users, body text);
insert into notes select i, ('10000000-0000-0000-0000-00000000000' || (i % 4 + 1))::uuid, 'note ' || i from generate_series(1, 8) i;
alter table users enable row level security;
alter table notes enable row level security;
create policy own on notes using (owner = (select proapp.current_user_id('app'))) with check (owner = proapp.current_user_id('app'));
grant select, insert on notes to identity_authenticated;
begin;
select sign_in(1);
set local role identity_authenticated;
select * from notes order by id;
select name from users;
rollback;
begin;
select sign_in(2);
set local role identity_authenticated;
select * from notes order by id;
insert into notes values (9, proapp.current_user_id('app'), 'mine');
savepoint a;
insert into notes values (10, '10000000-0000-0000-0000-000000000001', 'not mine');
rollback to a;
rollback;
begin;
set local role identity_authenticated;
select count(*) from notes;
rollback;

begin;
create temporary table users (id uuid, auth_user_id uuid primary key);
insert into users values ('66666666-6666-6666-6666-666666666666', '00000000-0000-0000-0000-000000000001');
create schema hostile;
create function hostile.same(uuid, uuid) returns boolean language sql as 'select true';
create operator hostile.= (function = hostile.same, leftarg = uuid, rightarg = uuid);
create table hostile.user_mappings as select * from proapp.user_mappings;
create table hostile.users as select * from users;
create table hostile.pg_class (oid oid, relname name, relnamespace oid);
set local search_path = pg_temp, hostile, pg_catalog;
select public.sign_in(1);
select proapp.current_user_id('app');
select mapping, user_key from proapp.whoami();
rollback;

-- What PUBLIC may do, and what nobody but the owner may.
begin;
select sign_in(1);
set local role identity_authenticated;
select proapp.current_user_id('app'), proapp.current_user_key('app'), proapp.auth_id();
select * from proapp.whoami();
savepoint a;
select proapp.map_users('mine', 'notes', 'owner');
rollback to a;
select proapp.unmap_users('app');
rollback to a;
select * from proapp.user_mappings;
rollback to a;
select * from proapp_data.user_mappings;
rollback;

-- Parallel workers know the claims, the snapshot and the transaction's own rows.
set parallel_setup_cost = 0; set parallel_tuple_cost = 0; set min_parallel_table_scan_size = 0; set max_parallel_workers_per_gather = 2;
create table many as select i, ('10000000-0000-0000-0000-00000000000' || (i % 4 + 1))::uuid as owner from generate_series(1, 4000) i;
analyze many;
explain (costs off) select count(*) from many where owner = proapp.current_user_id('app');
begin;
select sign_in(1);
select count(*) from many where owner = proapp.current_user_id('app');
select sign_in(2);
set local force_parallel_mode = on;
select count(distinct owner), min(owner::text) from many where owner = proapp.current_user_id('app');
select proapp.current_user_id('app'), proapp.auth_id();
select mapping, user_key from proapp.whoami();
set local request.jwt.claims = '[]';
select count(*) from many where owner = proapp.current_user_id('app');
rollback;
reset all;

-- A serializable, read-only transaction asks like any other.
begin transaction isolation level serializable read only deferrable;
select sign_in(3);
select me();
commit;

-- An administrator is whom the owner makes one; the functions stay callable when the mapping is gone, and say so.
select proapp.unmap_users('app');
select proapp.current_user_id('app');
select proapp.unmap_users('app');
select * from proapp.whoami();

-- Registrations outlive the extension.
select count(*) from proapp.map_users('app', 'users', 'auth_user_id');
drop policy own on notes;
drop extension proapp_schema;
create extension proapp_schema;
set request.jwt.claims = '{"sub": "00000000-0000-0000-0000-000000000001"}';
select * from proapp.whoami();

drop table notes;
drop role identity_authenticated;
\c contrib_regression
drop database proapp_identity;
