create function proapp.migrate_up(app text, version text, up text) returns void
  language c volatile parallel unsafe as 'MODULE_PATHNAME', 'proapp_migrate_up';
comment on function proapp.migrate_up(text, text, text) is
  'Runs the statements of `up` one by one, once: the ledger (view proapp.migrations) remembers app and version. The only statement of a companion''s script. '
  'Names must be schema-qualified: search_path is pg_catalog, pg_temp meanwhile. What the statements make belongs to the caller and is no member of any extension, so DROP EXTENSION keeps it and dumps carry its rows. '
  'While proapp.restoring() is true it warns and does nothing. Errors: 55000 where the version was applied with another script, 42501 where CREATE OR REPLACE or IF NOT EXISTS meets an object of somebody else; '
  'an error of a statement has app, version, statement and line in its context, and undoes all.';

create function proapp.applied_migrations() returns table (app text, version text, checksum text, applied_at timestamptz, applied_by text)
  language c stable strict parallel restricted as 'MODULE_PATHNAME', 'proapp_applied_migrations';
comment on function proapp.applied_migrations() is 'The rows of view proapp.migrations.';

create view proapp.migrations as select * from proapp.applied_migrations();
comment on view proapp.migrations is
  'The ledger: which version of which app was applied, when (applied_at) and by whom (applied_by, the session''s user), and the sha256 of its script. In the order of application.';
