-- ddl_log: who did it

create function proapp.log_ddl() returns event_trigger
  language c as 'MODULE_PATHNAME', 'proapp_log_ddl';
comment on function proapp.log_ddl() is 'Records the objects that a DDL command made, altered or dropped; for the event triggers of proapp_schema.';

create event trigger proapp_ddl_log_end on ddl_command_end execute function proapp.log_ddl();
create event trigger proapp_ddl_log_drop on sql_drop execute function proapp.log_ddl();
alter event trigger proapp_ddl_log_end enable always;
alter event trigger proapp_ddl_log_drop enable always;
comment on event trigger proapp_ddl_log_end is 'Records in proapp.ddl_log what DDL makes and alters.';
comment on event trigger proapp_ddl_log_drop is 'Records in proapp.ddl_log what DDL drops.';

create function proapp.read_ddl_log()
  returns table(logged_at timestamptz, transaction xid8, command_tag text, kind text, identity text, statement text, session_role text, acting_role text, application text,
                in_extension boolean)
  language c stable as 'MODULE_PATHNAME', 'proapp_ddl_log';
comment on function proapp.read_ddl_log() is 'The rows of the view proapp.ddl_log.';

create view proapp.ddl_log as select * from proapp.read_ddl_log();
comment on view proapp.ddl_log is
  'Who changed what by DDL since the first baseline was saved, the newest first: one row an object, with kind and identity as in manifest(). '
  'statement is what the client sent (its first 2000 bytes; not kept where it may hold a secret); session_role is who logged in, acting_role whose rights were used. '
  'Rows older than proapp.history_retention days go when a baseline is saved. Roles, databases and their settings are not seen by event triggers.';
