-- Being somebody else for a while: act_as for the rest of a transaction, query_as for one statement.
create database proapp_act_as;
\c proapp_act_as
\set SHOW_CONTEXT never
set client_min_messages = warning;
create extension proapp_schema;
create role act_as_user;
create role act_as_guest;
create table notes (id int primary key, owner text default proapp.auth_id(), body text);
insert into notes values (1, 'ann', 'one'), (2, 'bob', 'two'), (3, 'bob', 'three');
alter table notes enable row level security;
create policy own on notes to act_as_user using (owner = proapp.auth_id());
grant select, insert, update, delete on notes to act_as_user;

-- For the rest of the transaction.
begin;
select * from proapp.act_as('ann', 'act_as_user');
select current_user, current_setting('request.jwt.claims') as claims;
select * from notes;
reset role;
select current_user, proapp.auth_id();
rollback;
select proapp.auth_id() is null as nobody;

-- Outside a transaction block it would be lost: the note says what to type.
select * from proapp.act_as('ann', 'act_as_user');
select current_user, proapp.auth_id() is null as nobody;
-- Several statements in one message are a transaction, too.
select note from proapp.act_as('ann', 'act_as_user')\; select current_user, count(*) from notes;

-- Nobody; further claims; a legacy setting, which would win, is out of the way; sub and role are always those asked for.
begin;
select auth_id is null as nobody from proapp.act_as(null, 'act_as_guest', '{"sub": "ann", "org": 7}');
select current_user, current_setting('request.jwt.claims') as claims;
rollback;
set request.jwt.claim.sub = 'bob';
set request.jwt.claim."Org" = 'acme';
set request.jwt.claims = '{"sub": "carl"}';
begin;
select note from proapp.act_as('ann', 'act_as_user', '{"app_metadata": {"tenant": 1}, "role": "postgres"}');
select proapp.auth_id(), current_setting('request.jwt.claims') as claims, current_setting('request.jwt.claim.Org') as org;
-- The next user: one's own rights come back first.
savepoint a;
reset role;
select count(*) from proapp.act_as('b''\o"b', 'act_as_user');
select proapp.auth_id();
rollback to a;
select proapp.auth_id();
commit;
select proapp.auth_id(), current_setting('request.jwt.claim.org') as org;
reset request.jwt.claim.sub; reset request.jwt.claim."Org"; reset request.jwt.claims;

-- In a function it holds as SET LOCAL does there: to the end of the transaction.
do $$
begin
  perform proapp.act_as('ann', 'act_as_user');
  raise info '% %', current_user, proapp.auth_id();
  commit;
  raise info '%', current_user;
end $$;

-- What is refused.
select proapp.act_as('ann', 'no_such_role');
select proapp.act_as('ann', 'none');
select proapp.act_as('ann', null);
select proapp.act_as('ann', 'act_as_user', '[1]');
select proapp.act_as('ann', 'act_as_user', null);

-- One statement: its rows, or what it did. The changes are kept, like those of any statement.
select * from proapp.query_as('bob', 'select id, body from notes order by id', 'act_as_user');
select * from proapp.query_as('bob', 'select from notes where false', 'act_as_user');
select * from proapp.query_as('bob', 'insert into notes (id, body) values (4, ''four'')', 'act_as_user');
select * from proapp.query_as('bob', 'insert into notes (id, body) values (5, ''five'') returning *;', 'act_as_user');
select * from proapp.query_as('bob', 'update notes set body = upper(body)', 'act_as_user');
select * from proapp.query_as('bob', 'with gone as (delete from notes where id > 3 returning id) select count(*) from gone', 'act_as_user');
select * from proapp.query_as('ann', 'explain (costs off) select * from notes', 'act_as_user');
select * from proapp.query_as(null, 'show request.jwt.claims', 'act_as_user');
select * from notes order by id;
select current_user, proapp.auth_id() is null as nobody, current_setting('row_security') as row_security;

-- It is that user, with that user's rights, and an error leaves nobody behind.
select * from proapp.query_as('ann', 'insert into notes values (6, ''bob'', ''not mine'')', 'act_as_user');
select * from proapp.query_as('ann', 'select * from notes', 'act_as_guest');
select * from proapp.query_as('ann', 'drop table notes', 'act_as_user');
select current_user, proapp.auth_id() is null as nobody;
set row_security = off;
select count(*) from proapp.query_as('ann', 'select * from notes', 'act_as_user');
select current_setting('row_security') as row_security;
reset row_security;

-- One statement, and none that is of the transaction's.
select proapp.query_as('ann', 'select 1; select 2', 'act_as_user');
select proapp.query_as('ann', ' -- nothing', 'act_as_user');
select proapp.query_as('ann', 'commit', 'act_as_user');
select proapp.query_as('ann', 'savepoint a', 'act_as_user');
select proapp.query_as('ann', 'copy notes to stdout', 'act_as_user');
select proapp.query_as('ann', 'select $1', 'act_as_user');
select proapp.query_as('ann', null, 'act_as_user');
select proapp.query_as('ann', 'select 1', null);
select proapp.query_as('ann', 'select 1', 'no_such_role');

-- Settings do not outlive it.
set work_mem = '1MB';
select * from proapp.query_as('ann', 'set work_mem = ''2MB''', 'act_as_user');
select * from proapp.query_as('ann', $$select set_config('request.jwt.claims', '{"sub": "bob"}', false), set_config('work_mem', '3MB', false)$$, 'act_as_user');
select * from proapp.query_as('ann', 'reset all', 'act_as_user');
show work_mem;
select proapp.auth_id() is null as nobody;

-- No way back to the caller's rights: not by the role, nor by what would run later.
select proapp.query_as('ann', 'set role none', 'act_as_user');
select proapp.query_as('ann', 'reset session authorization', 'act_as_user');
select proapp.query_as('ann', $$select set_config('role', 'none', false)$$, 'act_as_user');
create function sneak() returns trigger language plpgsql as $$ begin perform set_config('role', 'none', true); raise info 'as %', current_user; return new; end $$;
create trigger sneak before insert on notes for each row execute function sneak();
select proapp.query_as('ann', 'insert into notes (id) values (7)', 'act_as_user');
drop trigger sneak on notes;
create function open_cursor() returns void language plpgsql as $$ begin execute 'declare later cursor with hold for select current_user'; end $$;
select proapp.query_as('ann', 'select open_cursor()', 'act_as_user');
select proapp.query_as('ann', 'create temporary table mine (i int)', 'act_as_user');
create function tell() returns trigger language plpgsql as $$ begin raise info 'as %', current_user; return new; end $$;
create constraint trigger later after insert on notes deferrable initially deferred for each row execute function tell();
select proapp.query_as('ann', 'insert into notes (id) values (7)', 'act_as_user');
begin;
set constraints all immediate;
select proapp.query_as('ann', 'insert into notes (id) values (7)', 'act_as_user');
rollback;
drop trigger later on notes;

-- Only into roles of which the caller is a member; nor does a definer's function lend the session's rights.
create role act_as_admin;
grant usage on schema public to act_as_admin;
grant execute on function proapp.act_as, proapp.query_as to act_as_admin;
grant act_as_user to act_as_admin;
create function by_definer(role name) returns setof jsonb language sql security definer as $$ select * from proapp.query_as('ann', 'select current_user', role) $$;
alter function by_definer(name) owner to act_as_admin;
select * from by_definer('act_as_user');
select * from by_definer('act_as_guest');
select * from by_definer(session_user);
create function acting_definer() returns setof name language sql security definer as $$ select role from proapp.act_as('ann', 'act_as_user') $$;
select acting_definer();
set session authorization act_as_admin;
select * from proapp.query_as('ann', 'select current_user', 'act_as_user');
select * from proapp.query_as('ann', 'select current_user', 'act_as_guest');
select * from proapp.act_as('ann', 'act_as_guest');
reset session authorization;
set role act_as_user;
select * from proapp.query_as('ann', 'select 1', 'act_as_user');
select * from proapp.act_as('ann', 'act_as_user');
reset role;

\c contrib_regression
drop database proapp_act_as;
drop role act_as_user, act_as_guest, act_as_admin;
