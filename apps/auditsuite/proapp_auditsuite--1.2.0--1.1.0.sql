-- complain if this file is sourced in psql rather than by ALTER EXTENSION
\echo Use "ALTER EXTENSION proapp_auditsuite UPDATE TO '1.1.0'" to load this file. \quit

select proapp.migrate_down('auditsuite', '1.2.0', $down$
select proapp.unexpect(category, item) from (values
  ('table', 'maintenance.v1_migration'),
  ('table', 'maintenance.v1_steps'),
  ('table', 'maintenance.v1_organizations'),
  ('table', 'maintenance.v1_users'),
  ('table', 'maintenance.v1_audits')) e (category, item);

-- Old tables whose writes are stopped keep the trigger's function from being dropped: go back with maintenance.v1_go_back() first, or clean up.
drop function maintenance.v1_refuse_writes();
select proapp.remove_blocker('tenant.organizations', 'maintenance.v1_organizations');
drop function maintenance.v1_go_back();
drop function maintenance.v1_write_back(regclass, text, jsonb);
drop function maintenance.v1_columns(regclass, jsonb, text[]);
drop function maintenance.v1_clean_up(boolean);
drop function maintenance.v1_switch();
drop function maintenance.v1_final_sync();
drop function maintenance.v1_stop_writes();
drop function maintenance.v1_guard(maintenance.v1_migration, boolean);
drop function maintenance.v1_copy();
drop function maintenance.v1_synchronize(text, maintenance.v1_migration);
drop function maintenance.v1_copy_audits();
drop function maintenance.v1_copy_users();
drop function maintenance.v1_suspend(uuid);
drop function maintenance.v1_audit(jsonb);
drop function maintenance.v1_prepare(text, text);
drop function maintenance.v1_read(maintenance.v1_migration);
drop function maintenance.v1_slug(text);
drop function maintenance.v1_enter(text, text[]);
drop table maintenance.v1_audits;
drop table maintenance.v1_users;
drop table maintenance.v1_organizations;
drop table maintenance.v1_steps;
drop table maintenance.v1_migration;
$down$);
