-- Why may somebody, or may not, select, insert, update or delete this row?
create database proapp_explain_access;
\c proapp_explain_access
\set SHOW_CONTEXT never
set client_min_messages = warning;
create extension proapp_schema;
create role explain_user;
create role explain_editor;
create role explain_owner;
create role explain_auditor bypassrls;
create role explain_root superuser;
create table notes (id int primary key, owner text, public boolean, body text);
insert into notes values (1, 'ann', false, 'one'), (2, 'bob', false, 'two'), (3, 'bob', true, '3');
grant select, insert, update, delete on notes to explain_user, explain_owner, explain_auditor;

-- Policies are off.
select command, allowed, policy, reason from proapp.explain_access('notes', '1', 'ann', 'explain_user');
-- They are on, and there are none.
alter table notes enable row level security;
select command, allowed, policy, reason from proapp.explain_access('notes', '1', 'ann', 'explain_user');

-- The verdict of a command, and below it each of its policies. What lets through is joined by OR, what restricts by AND.
create policy own on notes to explain_user using (owner = proapp.auth_id());
create policy published on notes for select using (public);
create policy editors on notes for update to explain_editor using (true);
create policy short on notes as restrictive for insert with check (length(body) > 1);
select * from proapp.explain_access('notes', '1', 'ann', 'explain_user');
select * from proapp.explain_access('notes', '2', 'ann', 'explain_user');
select command, allowed, policy, reason from proapp.explain_access('notes', '3', 'bob', 'explain_user') where command in ('select', 'insert');
-- Nobody signed in sees what is public, and changes nothing of it.
select command, allowed, reason from proapp.explain_access('notes', '3', null, 'explain_user') where policy is null;

-- UPDATE and DELETE look for the row, so they need the policies of SELECT, too; and INSERT with RETURNING does.
begin;
drop policy own on notes;
create policy insert_all on notes for insert with check (true);
create policy update_all on notes for update using (true) with check (public);
create policy delete_all on notes for delete using (true);
select command, allowed, policy, reason from proapp.explain_access('notes', '1', 'ann', 'explain_user');
create policy see_all on notes for select using (true);
select command, allowed, policy, reason from proapp.explain_access('notes', '1', 'ann', 'explain_user') where command in ('update', 'delete');
rollback;

-- An expression that is null or raises, also where it only looks as if another policy had answered already.
begin;
create policy broken on notes for select using (1 / length(body) - body::int > 0);
create policy unknown on notes for select using (null);
select command, allowed, policy, expression, reason from proapp.explain_access('notes', '1', 'ann', 'explain_user') where command in ('select', 'insert');
savepoint a;
set local request.jwt.claims = '{"sub": "ann"}';
set local role explain_user;
select count(*) from notes where id = 1;
rollback to a;
create policy zz_all on notes as restrictive for select using (body <> 'one');
select command, allowed, policy, reason from proapp.explain_access('notes', '1', 'ann', 'explain_user') where command = 'select';
rollback;

-- What a policy reads is read as that user: privileges and policies of other tables count.
begin;
create table teams (team int, member text);
insert into teams values (1, 'ann'), (1, 'bob');
create policy team on notes for select using (exists (select from teams where member = notes.owner));
select command, allowed, policy, reason from proapp.explain_access('notes', '2', 'ann', 'explain_user') where command = 'select';
grant select on teams to explain_user;
select command, allowed, policy, expression, reason from proapp.explain_access('notes', '2', 'ann', 'explain_user') where command = 'select';
alter table teams enable row level security;
create policy mine on teams using (member = proapp.auth_id());
select command, allowed, policy, reason from proapp.explain_access('notes', '2', 'ann', 'explain_user') where command = 'select';
create policy circle on teams using (exists (select from notes where owner = member));
select command, allowed, policy, reason from proapp.explain_access('notes', '2', 'ann', 'explain_user') where command in ('select', 'delete');
rollback;

-- Who is exempt.
select command, allowed, policy, reason from proapp.explain_access('notes', '1', 'ann', 'explain_auditor') where command = 'select';
select command, allowed, policy, reason from proapp.explain_access('notes', '1', 'ann', 'explain_root') where command = 'select';
alter table notes owner to explain_owner;
select command, allowed, policy, reason from proapp.explain_access('notes', '1', 'ann', 'explain_owner') where command = 'select';
alter table notes force row level security;
select command, allowed, policy, reason from proapp.explain_access('notes', '1', 'ann', 'explain_owner') where command = 'select';

-- Privileges come before policies.
select command, allowed, reason from proapp.explain_access('notes', '1', 'ann', 'explain_editor') where policy is null;
grant select (body), update (body), insert (id) on notes to explain_editor;
select command, allowed, reason from proapp.explain_access('notes', '1', 'ann', 'explain_editor') where policy is null;
grant select (id) on notes to explain_editor;
select command, allowed, reason from proapp.explain_access('notes', '3', 'ann', 'explain_editor') where policy is null;
begin;
create schema hidden;
alter table notes set schema hidden;
select command, allowed, reason from proapp.explain_access('hidden.notes', '1', 'ann', 'explain_user') where policy is null;
rollback;

-- System columns, whole rows, generated columns and names that need quotes.
begin;
create table "Odd ""table" ("Key" text primary key, a int, gone int, b int generated always as (a * 2) stored);
alter table "Odd ""table" drop column gone, enable row level security;
insert into "Odd ""table" values ('it''s', 1);
grant select on "Odd ""table" to public;
create function whole("Odd ""table") returns boolean language sql as 'select $1.b = 2';
create policy place on "Odd ""table" using (tableoid = '"Odd ""table"'::regclass and ctid = '(0,1)');
create policy whole on "Odd ""table" using (whole("Odd ""table") and "Odd ""table" is not null);
select command, allowed, policy, expression, reason from proapp.explain_access('"Odd ""table"', 'it''s', null, 'explain_user') where command = 'select';
rollback;

-- Partitions: through the parent its policies count, directly their own.
create table parted (a int, b text, owner text, primary key (a, b)) partition by list (a);
create table parted_1 (owner text, b text not null, a int not null);
alter table parted attach partition parted_1 for values in (1);
insert into parted values (1, 'x', 'ann');
alter table parted enable row level security;
create policy own on parted using (owner = proapp.auth_id());
grant select on parted, parted_1 to explain_user;
select command, allowed, policy, reason from proapp.explain_access('parted', '{"a": 1, "b": "x"}', 'ann', 'explain_user') where command = 'select';
select command, allowed, policy, reason from proapp.explain_access('parted', '{"a": 1, "b": "x"}', 'bob', 'explain_user') where command = 'select';
select command, allowed, policy, reason from proapp.explain_access('parted_1', '{"a": 1, "b": "x"}', 'bob', 'explain_user') where command = 'select';

-- No such row.
select command, allowed, policy, reason from proapp.explain_access('notes', '9', 'ann', 'explain_user') where command = 'select';
select command, allowed, policy, reason from proapp.explain_access('parted', '{"a": 2, "b": null}', 'ann', 'explain_user') where command = 'select';

-- It changes nothing, whatever a policy calls, and sees what the transaction did before.
create table calls (i int);
grant insert on calls to explain_user;
create function call() returns boolean language sql as 'insert into calls values (1) returning true';
begin;
create policy calling on notes for select using (call());
insert into notes values (7, 'carl', false, 'new');
select allowed, reason from proapp.explain_access('notes', '7', 'ann', 'explain_user') where command = 'select';
select count(*) from calls;
select current_user, proapp.auth_id() is null as nobody;
rollback;

-- In a transaction that is read-only by now, and under a hostile search_path.
begin;
create schema hostile;
create function hostile.never(text, text) returns boolean language sql as 'select false';
create operator hostile.= (function = hostile.never, leftarg = text, rightarg = text);
create function hostile.nothing(tid, tid) returns boolean language sql as 'select false';
create operator hostile.= (function = hostile.nothing, leftarg = tid, rightarg = tid);
create table hostile.notes (id int primary key);
set local search_path = hostile, pg_catalog;
set transaction read only;
select command, allowed, policy, expression from proapp.explain_access('public.notes', '1', 'ann', 'explain_user') limit 3;
rollback;

-- What is refused. Who asks must be able to read the row, and to become that role.
create view v as select * from notes;
select proapp.explain_access('v', '1', 'ann', 'explain_user');
select proapp.explain_access('notes_pkey', '1', 'ann', 'explain_user');
select proapp.explain_access('calls', '1', 'ann', 'explain_user');
select proapp.explain_access(4294967295, '1', 'ann', 'explain_user');
select proapp.explain_access('notes', 'x', 'ann', 'explain_user');
select proapp.explain_access('parted', '1', 'ann', 'explain_user');
select proapp.explain_access('parted', '{"a": 1}', 'ann', 'explain_user');
select proapp.explain_access('parted', '{"a": 1, "b": "x"', 'ann', 'explain_user');
select proapp.explain_access('parted', '{"a": 1, "b": "x", "c": 1}', 'ann', 'explain_user');
select proapp.explain_access('notes', '1', 'ann', 'no_such_role');
select proapp.explain_access('notes', null, 'ann', 'explain_user');
select proapp.explain_access(null, '1', 'ann', 'explain_user');
create role explain_admin in role explain_user;
grant execute on function proapp.explain_access to explain_admin;
revoke select on notes from explain_user;
set session authorization explain_admin;
select proapp.explain_access('notes', '1', 'ann', 'explain_user');
reset session authorization;
grant select on notes to explain_user;
set session authorization explain_admin;
-- Whom the policies restrict as well, and so does not see the row.
select command, allowed, reason from proapp.explain_access('notes', '1', 'ann', 'explain_user') where command = 'select' and policy is null;
select proapp.explain_access('notes', '1', 'ann', 'explain_owner');
set role explain_user;
select proapp.explain_access('notes', '1', 'ann', 'explain_user');
reset session authorization;

\c contrib_regression
drop database proapp_explain_access;
drop role explain_user, explain_editor, explain_owner, explain_auditor, explain_root, explain_admin;
