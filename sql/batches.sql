-- Big trees: a deletion in batches, each committed by itself, a row always with all that references it.
create database proapp_batches;
\c proapp_batches
\set SHOW_CONTEXT never
create extension proapp_schema;
create table tenants (id int primary key, name text);
create table products (id int primary key, tenant int references tenants on delete cascade);
create table orders (id int primary key, tenant int not null references tenants on delete cascade);
-- Products go after the items that keep them by NO ACTION, whatever the batch.
create table items (id int primary key, "order" int references orders on delete cascade, product int references products, doc json);
create table notes (id int primary key, item int references items on delete set null);
-- Tables that meet themselves go as a whole, but what hangs on their rows goes before.
create table folders (id int primary key, tenant int references tenants on delete cascade, up int references folders on delete cascade);
create table files (id int primary key, folder int not null references folders on delete cascade);
insert into tenants values (1, 'big'), (2, 'small');
insert into products select i, 1 + i % 2 from generate_series(1, 60) i;
insert into orders select i, 1 + i % 2 from generate_series(1, 200) i;
insert into items select i, 1 + i % 200, case when i % 4 = 0 then 1 + i % 60 end, '{"a":  1}' from generate_series(1, 2000) i;
update items set product = null where (product % 2) <> ("order" % 2);
insert into notes select i, i from items i(i) where i % 10 < 2;
insert into folders select i, 1, nullif(i / 3, 0) from generate_series(1, 80) i;
insert into files select i, 1 + i % 80 from generate_series(1, 800) i;
create function all_rows() returns table(relation text, n bigint) language sql as $$
  select 'tenants', count(*) from tenants t
  union all select 'products', count(*) from products t
  union all select 'orders', count(*) from orders t
  union all select 'items', count(*) from items t
  union all select 'notes', count(*) from notes t
  union all select 'folders', count(*) from folders t
  union all select 'files', count(*) from files t $$;
-- Ids that are the same each time the test runs.
create procedure name_it(id uuid) language plpgsql as $$
begin
  update proapp_data.deletion_runs r set deletion = id from proapp_data.deletions d where d.deletion = r.deletion and d.state = 'deleting';
  update proapp_data.deletions set deletion = id where state = 'deleting';
end $$;

select relation, action, row_count from proapp.deletion_plan('tenants', '1') where row_count > 0;
set client_min_messages = warning;
-- Editors do not show the NOTICE that rows stay visible; the view says it, too.
select proapp.start_deletion('tenants', '1', 'contract ended') is not null as started;
\set deletion '00000000-0000-4000-8000-000000000001'
call name_it(:'deletion');
select relation, key, reason, rows_done, rows_estimated, batches, rows_per_second, remaining, replace(note, :'deletion', '…') as note from proapp.deletions_running;
-- Begun is begun: the same one.
select proapp.start_deletion('tenants', '1', 'again') = :'deletion' as same;
select proapp.start_deletion('tenants', '3') is null as nothing;

-- Where it cannot commit, it does nothing.
begin;
call proapp.run_deletion(:'deletion', 100);
rollback;
begin;
do $$ declare d uuid := deletion from proapp.deletions_running; begin call proapp.run_deletion(d, 100); end $$;
rollback;
do $$ declare d uuid := deletion from proapp.deletions_running; begin call proapp.run_deletion(d, 100); exception when others then raise; end $$;
call proapp.run_deletion(:'deletion', 0);
call proapp.run_deletion('00000000-0000-4000-8000-00000000000f');
call proapp.run_deletion(null);

-- What comes to forbid it stops the run; what was deleted stays deleted.
create table invoices (id int primary key, "order" int references orders);
insert into invoices values (1, 150);
call proapp.run_deletion(:'deletion', 100);
select rows_done > 0 as some, rows_done < rows_estimated as rest, rows_done = (select sum(row_count) from proapp_data.deletion_steps where action = 'delete') as archived from proapp.deletions_running;
delete from invoices;
call proapp.run_deletion(:'deletion', 100);
select * from proapp.deletions_running;
select state, ended_at is not null as ended from proapp_data.deletions;
select rows_estimated = rows_done as all_done from proapp_data.deletion_runs;
select relation, action, sum(row_count), max(row_count) <= 100 as in_batches from proapp_data.deletion_steps group by relation, action order by relation;
-- The row itself went last, and every archived row once.
select relation, row_count from proapp_data.deletion_steps order by step desc limit 1;
select s.relation, count(*), count(distinct r.row) from proapp_data.deletion_steps s join proapp_data.deletion_rows d using (deletion, step), unnest(d.rows) r(row)
where s.action = 'delete' group by s.relation order by s.relation;
select relation, n from all_rows();
call proapp.run_deletion(:'deletion');
select proapp.cancel_deletion(:'deletion');

-- Cancelled: what is not deleted stays.
insert into tenants values (3, 'another');
insert into orders select i, 3 from generate_series(1001, 1020) i;
insert into invoices values (2, 1015);
delete from invoices;
select proapp.start_deletion('tenants', '3') is not null as started;
\set deletion '00000000-0000-4000-8000-000000000002'
call name_it(:'deletion');
insert into invoices values (2, 1015);
call proapp.run_deletion(:'deletion', 5);
select proapp.cancel_deletion(:'deletion');
select count(*) between 1 and 19 as rest from orders where tenant = 3;
select state from proapp_data.deletions where deletion = :'deletion';
call proapp.run_deletion(:'deletion');
select proapp.cancel_deletion('00000000-0000-4000-8000-00000000000f');

-- What forbids it at once is said at once.
select proapp.start_deletion('tenants', '3');
delete from invoices;
select proapp.start_deletion('tenants', '3') is not null as started;
\set deletion '00000000-0000-4000-8000-000000000003'
call name_it(:'deletion');
-- Deleted meanwhile by somebody else: then there is nothing to do.
select relation, action, row_count > 0 as some from proapp.delete_safely('tenants', '3');
call proapp.run_deletion(:'deletion');
select state from proapp_data.deletions where deletion = :'deletion';

-- One row that brings more than a batch is more than a batch; a batch of one row is one, too.
insert into tenants values (4, 'tiny');
insert into orders select i, 4 from generate_series(2001, 2003) i;
insert into items select i, 2001 + i % 3 from generate_series(3001, 3009) i;
select proapp.start_deletion('tenants', '{"id": 4}'::jsonb) is not null as started;
\set deletion '00000000-0000-4000-8000-000000000004'
call name_it(:'deletion');
call proapp.run_deletion(:'deletion', 1);
select batches, rows_done from proapp_data.deletion_runs where deletion = :'deletion';

-- The caller's rights hold in each batch.
insert into tenants values (5, 'safe');
select proapp.start_deletion('tenants', '5') is not null as started;
\set deletion '00000000-0000-4000-8000-000000000005'
call name_it(:'deletion');
create role batches_clerk;
select proapp.grant_admin('batches_clerk');
set role batches_clerk;
call proapp.run_deletion(:'deletion');
select proapp.start_deletion('tenants', '5');
reset role;
alter table tenants rename to clients;
call proapp.run_deletion(:'deletion');

\c contrib_regression
drop database proapp_batches;
drop role batches_clerk;
