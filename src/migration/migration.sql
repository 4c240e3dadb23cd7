create function proapp.migrate_up(app text, version text, up text) returns void
  language c volatile parallel unsafe as 'MODULE_PATHNAME', 'proapp_migrate_up';
comment on function proapp.migrate_up(text, text, text) is
  'Runs the statements of `up` one by one, once: the ledger (view proapp.migrations) remembers app and version. The only statement of a companion''s script. '
  'Names must be schema-qualified: search_path is pg_catalog, pg_temp meanwhile. What the statements make belongs to the caller and is no member of any extension, so DROP EXTENSION keeps it and dumps carry its rows. '
  'While proapp.restoring() is true it warns and does nothing. Errors: 42710 where names that it needs are taken (DETAIL lists them with their owners), 55000 where the version was applied with another script, 42501 where CREATE OR REPLACE or IF NOT EXISTS meets an object of somebody else; '
  'an error of a statement has app, version, statement and line in its context, and undoes all.';

create function proapp.applied_migrations() returns table (app text, version text, checksum text, applied_at timestamptz, applied_by text, extension text)
  language c stable strict parallel restricted as 'MODULE_PATHNAME', 'proapp_applied_migrations';
comment on function proapp.applied_migrations() is 'The rows of view proapp.migrations.';

create view proapp.migrations as select * from proapp.applied_migrations();
comment on view proapp.migrations is
  'The ledger: which version of which app was applied, when (applied_at) and by whom (applied_by, the session''s user), and the sha256 of its script; extension: whose script it was, null for a call by hand. In the order of application.';

create function proapp.migrate_down(app text, version text, down text) returns void
  language c volatile parallel unsafe as 'MODULE_PATHNAME', 'proapp_migrate_down';
comment on function proapp.migrate_down(text, text, text) is
  'Runs the statements of `down`, which undo the newest applied version of an app, and strikes it out of the ledger. The only statement of a companion''s script that goes back; it drops plainly what its version had made. '
  'No row is lost: tables, columns, sequences and types that it drops, and columns whose type it changes, are set aside in schema proapp_archive (view proapp.archived) and come back when proapp.migrate_up() applies the version again. '
  'Null declares the version irreversible. Errors: 0A000 where it is; 55000 for a version that is not applied or not the newest, for TRUNCATE, UPDATE and DELETE (rows are taken out by proapp.set_aside()), for drops that take rows along with something else, '
  'and where values have no primary key to come back by; 2BP01 where something depends on what is dropped; an error of a statement has its place in its context, and undoes all.';

create function proapp.set_aside(relation regclass, condition text) returns bigint
  language c volatile parallel unsafe as 'MODULE_PATHNAME', 'proapp_set_aside';
comment on function proapp.set_aside(regclass, text) is
  'In the script of proapp.migrate_down() only: takes the rows for which condition (SQL over the table''s columns) holds out of a table that stays, and answers how many. They come back, or become again what they were, when the version is applied again. '
  'Errors: 55000 elsewhere and for a table without a primary key; 27000 where a trigger keeps rows; 22004 for null.';

create function proapp.archived_items()
  returns table (app text, version text, kind text, relation text, column_name text, archived_as text, details jsonb, archived_at timestamptz, archived_by text)
  language c stable strict parallel restricted as 'MODULE_PATHNAME', 'proapp_archived_items';
comment on function proapp.archived_items() is 'The rows of view proapp.archived.';

create view proapp.archived as select * from proapp.archived_items();
comment on view proapp.archived is
  'What downgrades set aside: of which app and version, kind (table, rows, column, column type, sequence, counter, type), relation as it was named, the column, and where it is now (archived_as; a counter''s value is in details).';

create function proapp.post_restore() returns table (app text, version text, note text)
  language c volatile strict parallel unsafe as 'MODULE_PATHNAME', 'proapp_post_restore';
comment on function proapp.post_restore() is
  'After a dump was restored: one row an app whose versions an extension applied. CREATE EXTENSION in a dump names no version, so that the newest one is noted, also where the dump is of an older or rolled back one: '
  'the extension is stamped with the version that the ledger has, and note says what it said before; or how to create an extension that is not there. Nothing else changes, and a second call changes nothing. '
  'Errors: 42501 for an extension that is not yours, 55000 while the database is being restored.';

create function proapp.read_deferred_statements()
  returns table (app text, version text, statement text, role text, state text, attempts integer, last_error text, created_at timestamptz, done_at timestamptz)
  language c stable strict parallel restricted as 'MODULE_PATHNAME', 'proapp_deferred_statements';
comment on function proapp.read_deferred_statements() is 'The rows of view proapp.deferred_statements.';

create view proapp.deferred_statements as select * from proapp.read_deferred_statements();
comment on view proapp.deferred_statements is
  'Statements of migrations that cannot run within a transaction, such as CREATE INDEX CONCURRENTLY: whose they are, the role that runs them, state (pending, failed, done), how often they were tried, the last error, and when they were kept and done.';

create procedure proapp.run_deferred()
  language c as 'MODULE_PATHNAME', 'proapp_run_deferred';
comment on procedure proapp.run_deferred() is
  'Runs what migrations have deferred (view proapp.deferred_statements), one statement after the other in a background worker, as the role that applied the migration. CALL it alone, or as a job of pg_cron. '
  'After a failed attempt its invalid index is dropped first; what follows a failed statement of the same version waits for it. Two sessions never run the same statement. '
  'Errors: 55000 at the end, where a statement failed or the database is being restored; 2D000 within a transaction; 53000 where no background worker is free.';

create function proapp.preview_update(app text, version text default null)
  returns table(severity text, kind text, identity text, change text, attribute text, expected text, actual text, changed_by text, changed_at timestamptz, fix text, lock text)
  language c volatile as 'MODULE_PATHNAME', 'proapp_preview_update';
comment on function proapp.preview_update(text, text) is
  'What ALTER EXTENSION proapp_<app> UPDATE (to a version, or the newest) would change: it is run, compared and rolled back, up or down. The rows of drift(), expected being now and actual afterwards, without fix; '
  'lock: the strongest lock on the relation, where it is there already; then statements that would be deferred (change deferred), and relations that are only locked (change locked). '
  'Locks are taken while it runs; sequences and calls to the outside are not rolled back. Errors: 42704 for a companion that is not installed; those of the update itself; 55000 while the database is being restored.';

create function proapp.say_what_stays() returns event_trigger
  language c as 'MODULE_PATHNAME', 'proapp_say_what_stays';
comment on function proapp.say_what_stays() is 'Names, before DROP EXTENSION, the apps whose objects it leaves in place; for the event trigger of proapp_schema.';

create event trigger proapp_what_stays on ddl_command_start when tag in ('DROP EXTENSION') execute function proapp.say_what_stays();
comment on event trigger proapp_what_stays is 'Names the apps whose objects DROP EXTENSION leaves in place.';
