-- An answer is given again in another transaction where the rows that it came from are the same. What looks the same and is not.
create database proapp_identity_again;
\c proapp_identity_again
create extension proapp_schema;
create table people (id int not null, auth_id text unique, filling text not null);
alter table people alter filling set storage plain;
insert into people values (1, 'ann', repeat('.', 500)), (2, 'bob', repeat('.', 500));
create table others (id int primary key, auth_id text unique);
insert into others values (101, 'ann'), (102, 'bob');
select count(*) from proapp.map_users('app', 'people', 'auth_id');
set request.jwt.claims = '{"sub": "ann"}';

-- The mapping was changed by hand, which invalidates nothing.
select proapp.current_user_key('app');
update proapp_data.user_mappings set table_name = 'others' where mapping = 'app';
select proapp.current_user_key('app');
begin;
update proapp_data.user_mappings set table_name = 'people' where mapping = 'app';
select proapp.current_user_key('app');
rollback;
select proapp.current_user_key('app');
update proapp_data.user_mappings set table_name = 'people' where mapping = 'app';

-- The same, and something else asked first.
select proapp.current_user_key('app');
update proapp_data.user_mappings set table_name = 'others' where mapping = 'app';
select user_key from proapp.whoami();
select proapp.current_user_key('app');
update proapp_data.user_mappings set table_name = 'people' where mapping = 'app';
select user_key from proapp.whoami();
select proapp.current_user_key('app');

-- The user's row moved on, and another's came where it was. The page is pruned whenever it is read: more than a tenth of it is full.
alter table people set (fillfactor = 10);
update people set id = 11 where auth_id = 'ann';
select ctid, id, auth_id from people order by id;
select proapp.current_user_key('app');
update people set id = 12 where auth_id = 'ann';
select ctid, id, auth_id from people order by id;
update people set id = 22 where auth_id = 'bob';
select ctid, id, auth_id from people order by id;
select proapp.current_user_key('app');

-- The row stays where it is, and is no longer the user's; and the other way round.
begin;
delete from people where auth_id = 'ann';
select proapp.current_user_key('app') is null as nobody;
rollback;
select proapp.current_user_key('app');
update people set auth_id = 'zoe' where auth_id = 'ann';
select proapp.current_user_key('app') is null as nobody;
update people set auth_id = 'ann' where auth_id = 'bob';
select proapp.current_user_key('app');

-- The table was emptied, filled again, rewritten, and cut.
begin;
truncate people;
select proapp.current_user_key('app') is null as nobody;
rollback;
select proapp.current_user_key('app');
cluster people using people_auth_id_key;
select proapp.current_user_key('app');
delete from people;
vacuum people;
select pg_relation_size('people') as size;
select proapp.current_user_key('app') is null as nobody;
insert into people values (3, 'ann', '');
select proapp.current_user_key('app');

\c contrib_regression
drop database proapp_identity_again;
