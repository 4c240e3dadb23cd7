-- A tenant leaves: everything that is theirs goes, the archive forgets them, and a proof without their data stays.
create database proapp_erase_tenant;
\c proapp_erase_tenant
\set SHOW_CONTEXT never
create extension proapp_schema;
create table tenants (id uuid primary key, name text unique, parent uuid references tenants);
create table users (id int primary key, tenant uuid not null references tenants on delete restrict, email text);
create table projects (id int primary key, tenant uuid not null references tenants, owner int references users on delete set null);
create table tasks (id int primary key, project int not null references projects on delete cascade, title text);
create table shares (task int references tasks on delete cascade, with_tenant uuid references tenants, primary key (task, with_tenant));
create table journal (id int primary key, users int[] not null, text text);
select proapp.add_reference('users', 'journal', 'users', 'array');
\set a '00000000-0000-4000-8000-00000000000a'
\set b '00000000-0000-4000-8000-00000000000b'
insert into tenants values (:'a', 'Ann Ltd'), (:'b', 'Ben Inc');
insert into users values (1, :'a', 'ann@a.example'), (2, :'a', 'al@a.example'), (3, :'b', 'ben@b.example');
insert into projects values (1, :'a', 1), (2, :'a', 2), (3, :'b', 3), (4, :'b', 2);
insert into tasks select i, 1 + i % 4, 'task ' || i from generate_series(1, 20) i;
insert into shares select i, case when i % 4 < 2 then :'a'::uuid else :'b' end from generate_series(1, 20) i where i % 3 = 0;
insert into journal values (1, '{1,3}', 'met'), (2, '{2}', 'alone'), (3, '{3}', 'other');

-- The plan first: only SET NULL, SET DEFAULT and arrays keep their rows.
select * from proapp.deletion_plan('tenants', :'a', erase => true);

-- What was deleted of both tenants before is in the archive: projects with their tasks, a single task, a row that only lost its reference.
select relation, action, row_count from proapp.delete_safely('projects', '2', 'customer asked');
select relation, action, row_count from proapp.delete_safely('tasks', '4', 'done');
select relation, action, row_count from proapp.delete_safely('tasks', '6', 'of another tenant');
-- Not with a key of this tenant, but of a project that is gone already.
select relation, action, row_count from proapp.delete_safely('projects', '4');
select d.relation, d.key, s.relation, s.action, s.row_count from proapp_data.deletions d join proapp_data.deletion_steps s using (deletion) order by d.started_at, s.step;

-- Holds forbid it, blockers do, and so does a row that is another tenant's, too.
select proapp.hold('tasks', '8', 'court order');
insert into shares values (8, :'b');
select * from proapp.erase_tenant('tenants', :'a', 'contract ended');
select step, relation, via, action, row_count, detail from proapp.deletion_plan('tenants', :'a', erase => true) where blocked;
select proapp.release_hold('tasks', '8');
select proapp.hold('tasks', '8', 'over', now() - interval '1 day');
select * from proapp.erase_tenant('tenants', :'a');
delete from shares where task = 8 and with_tenant = :'b';
update tenants set parent = :'a' where id = :'b';
select * from proapp.erase_tenant('tenants', :'a');
update tenants set parent = null;
-- A tenant may have a parent that stays.
update tenants set parent = :'b' where id = :'a';

begin isolation level repeatable read;
select * from proapp.erase_tenant('tenants', :'a');
rollback;

set request.jwt.claims = '{"sub": "operator 7", "email": "op@example.com"}';
select relation, action, row_count from proapp.erase_tenant('tenants', :'a', 'contract ended');
select * from proapp.erase_tenant('tenants', :'a');

-- Nothing of it is left, neither here nor in the archive.
select * from tenants;
select * from users;
select * from projects order by id;
select count(*) from tasks;
select * from journal order by id;
select d.relation, d.key, s.relation, s.action, s.row_count, r.rows, r.after
from proapp_data.deletions d join proapp_data.deletion_steps s using (deletion) left join proapp_data.deletion_rows r using (deletion, step)
where not d.erase order by d.started_at, s.step;
select * from proapp.holds;

-- What stays says that it was done, and proves it; whoever knows the key finds it.
select relation, length(key_digest), reason, claimed_by, acting_role = current_user as acting, jsonb_pretty(proof - 'proven_at') as proof from proapp.erasures;
select relation from proapp.erasures where key_digest = encode(sha256(convert_to(concat_ws(' ', deletion, relation, jsonb_build_object('id', :'a'::text)), 'UTF8')), 'hex');
select count(*) from proapp_data.deletions d where d::text like '%' || :'a' || '%' or d::text like '%op@example.com%';

-- Keys of several columns, tables that meet themselves, types whose equal values look different, and archives of columns that are gone or of another type.
create table sites (org int, site numeric, primary key (org, site));
create table pages (id int primary key, org int, site numeric, up int references pages on delete cascade, gone text, kind int, foreign key (org, site) references sites on delete cascade);
insert into sites values (1, 1.0), (1, 2);
insert into pages values (1, 1, 1.00, null, 'x', 1), (2, 1, 1.000, 1, 'x', 1), (3, 1, 2.0, null, 'x', 1), (4, null, 1, 3, E'a"b\\,(c)', 1), (5, 1, 1, null, '', 1);
select relation, action, row_count from proapp.delete_safely('pages', '2');
select relation, action, row_count from proapp.delete_safely('pages', '4');
select relation, action, row_count from proapp.delete_safely('pages', '5');
alter table pages drop column gone;
alter table pages alter kind type text;
select relation, action, row_count from proapp.erase_tenant('sites', '{"org": 1, "site": "1.0000"}'::jsonb);
select d.key, r.rows from proapp_data.deletions d join proapp_data.deletion_rows r using (deletion) where d.relation = 'public.pages';

-- A deletion of rows of several tenants, in an archive of several parts: each erasure takes its own out of it.
create table imports (id int primary key);
create table events (id int primary key, import int not null references imports on delete cascade, site int, tenant text);
create table owners (name text primary key);
alter table events add foreign key (tenant) references owners;
insert into imports values (1);
insert into owners values ('x'), ('y'), ('z');
insert into events select i, 1, null, case when i <= 1100 then 'x' when i <= 2000 then 'y' else 'z' end from generate_series(1, 2600) i;
select relation, action, row_count from proapp.delete_safely('imports', '1');
select relation, action, row_count from proapp.erase_tenant('owners', 'x');
select relation, action, row_count from proapp.erase_tenant('owners', 'z');
select s.row_count, r.chunk, cardinality(r.rows), (select array_agg(distinct split_part(row, ',', 4)) from unnest(r.rows) row) as tenants
from proapp_data.deletions d join proapp_data.deletion_steps s using (deletion) join proapp_data.deletion_rows r using (deletion, step) where s.relation = 'public.events' order by r.chunk;

-- Whoever may not, does not.
create role erase_clerk;
select proapp.grant_admin('erase_clerk');
set role erase_clerk;
select * from proapp.erase_tenant('tenants', :'b');
reset role;
select * from proapp.erase_tenant(null, :'b');
select * from proapp.erase_tenant('tenants', null::text);

\c contrib_regression
drop database proapp_erase_tenant;
drop role erase_clerk;
