-- Who can do what to which table, as it really is.
create database proapp_policy_matrix;
\c proapp_policy_matrix
create extension proapp_schema;
create role matrix_owner;
create role matrix_anonymous;
create role matrix_staff;
create role matrix_support in role matrix_staff;
create role matrix_service bypassrls;
create role matrix_stranger;
create schema shop authorization matrix_owner;
create schema closed authorization matrix_owner;
grant usage on schema shop to matrix_anonymous, matrix_staff, matrix_service, matrix_support;
set role matrix_owner;

-- Row-level security forgotten.
create table shop.open_to_all (id int);
grant select, insert on shop.open_to_all to matrix_anonymous;
-- Closed: row-level security, no policy. TRUNCATE asks no policy.
create table shop.audit (id int);
alter table shop.audit enable row level security;
grant select, delete, truncate on shop.audit to matrix_anonymous;
-- Policies, permissive and restrictive, for roles and through membership; some columns only.
create table shop.orders (id int, "Total" int, note text, gone int);
alter table shop.orders drop column gone;
alter table shop.orders enable row level security;
grant select on shop.orders to matrix_anonymous, matrix_staff, matrix_service;
grant update ("Total", note) on shop.orders to matrix_staff;
grant insert on shop.orders to matrix_staff;
create policy own on shop.orders using (id = 1);
create policy "Staff, of course" on shop.orders for select to matrix_staff using (id > 1);
create policy tenant on shop.orders as restrictive using (id < 100);
create policy unrestricting on shop.orders as restrictive for select using (true);
create policy support on shop.orders for select to matrix_support using (id > 7);
-- A policy for staging that stayed, one that has no expression for what is asked, one that lets nothing through.
create table shop.notes (id int);
alter table shop.notes enable row level security;
alter table shop.notes force row level security;
grant select, insert, update, delete on shop.notes to public;
create policy staging on shop.notes for select using (true);
create policy only_new on shop.notes with check (id > 0);
create policy never on shop.notes for delete using (false);
create policy nobody on shop.notes as restrictive for update using (false);
create policy anybody on shop.notes for update using (true);
-- No way in: the schema is closed. Partitions are tables, too.
create table closed.parts (id int) partition by list (id);
create table closed.part_1 partition of closed.parts for values in (1);
grant select on closed.parts to matrix_stranger;
reset role;

select * from proapp.policy_matrix() where role not in ('anon', 'authenticated', 'service_role'); -- which another test may have made
-- Of some tables.
select * from proapp.policy_matrix('closed.*', '!closed.part_1') where role not in ('anon', 'authenticated', 'service_role');
select * from proapp.policy_matrix('shop.nothing');
-- What the matrix says is what happens.
insert into shop.orders select generate_series(1, 200);
set role matrix_anonymous;
select count(*) from shop.orders;
select count(*) from shop.audit;
select count(*) from shop.notes;
reset role;

\c contrib_regression
drop database proapp_policy_matrix;
drop role matrix_owner, matrix_anonymous, matrix_support, matrix_staff, matrix_service, matrix_stranger;
