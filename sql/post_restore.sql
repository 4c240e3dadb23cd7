-- post_restore: after a dump was restored an extension says the version that CREATE EXTENSION brought, and the ledger the one that was applied.
create database proapp_post_restore;
\c proapp_post_restore
\set SHOW_CONTEXT never
set client_min_messages = warning;
create extension proapp_schema;
select * from proapp.post_restore();
create extension proapp_dev_env;
select proapp.migrate_up('by_hand', '1.0.0', 'select 1');
select app, version, extension from proapp.migrations;
select * from proapp.post_restore();

-- As a restore leaves it.
update pg_extension set extversion = '9.9.9' where extname = 'proapp_dev_env';
select category, item, expected, actual, status from proapp.health_check() where status <> 'OK';
set proapp.restoring = on;
select * from proapp.post_restore();
reset proapp.restoring;
create role proapp_post_restore_admin;
select proapp.grant_admin('proapp_post_restore_admin');
set role proapp_post_restore_admin;
select * from proapp.post_restore();
reset role;
select * from proapp.post_restore();
select extversion from pg_extension where extname = 'proapp_dev_env';
select * from proapp.post_restore();
select count(*) from proapp.health_check() where status <> 'OK';

-- Without the extension.
drop extension proapp_dev_env;
select * from proapp.post_restore();

\c contrib_regression
drop database proapp_post_restore;
drop role proapp_post_restore_admin;
