-- What an update of a companion would change and lock, before it does.
create database proapp_preview;
\c proapp_preview
set client_min_messages = warning;
create extension proapp_dev_env cascade;
create extension proapp_trackpay version '1.4.0';
create extension proapp_momentum version '1.0.0';
select proapp.manifest_digest() as digest \gset
select severity, kind, identity, change, lock from proapp.preview_update('momentum', '1.1.0');
select kind, change, count(*), min(lock) as lock from proapp.preview_update('trackpay') group by 1, 2 order by 1, 2;
select severity, kind, identity, change, attribute, expected, actual, lock from proapp.preview_update('trackpay', '1.5.0') where identity like '%trackpay_users%' order by identity;
-- Back, too.
select kind, identity, change, lock from proapp.preview_update('trackpay', '1.2.0');
-- There is nothing to update.
select * from proapp.preview_update('momentum', '1.0.0');
-- And nothing has changed, nor is anything locked that was not before.
select proapp.manifest_digest() = :'digest' as same, extversion from pg_extension where extname = 'proapp_trackpay';
begin;
lock table public.trackpay_users in access exclusive mode;
select count(*) from proapp.preview_update('trackpay', '1.5.0') where lock is null and identity like 'policy tp_users%';
select relation::regclass, mode from pg_locks where pid = pg_backend_pid() and relation::regclass::text like 'trackpay%' and mode = 'AccessExclusiveLock';
rollback;

\set SHOW_CONTEXT never
select * from proapp.preview_update('shop');
select * from proapp.preview_update('trackpay', '9.0.0');
select * from proapp.preview_update(null);
create table public.zoom_credentials ();
select * from proapp.preview_update('momentum', '1.1.0');
\c contrib_regression
drop database proapp_preview;
