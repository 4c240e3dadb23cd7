create function proapp.restoring() returns boolean
  language c stable strict parallel restricted as 'MODULE_PATHNAME', 'proapp_restoring';
comment on function proapp.restoring() is
  'True while the database is being restored, as the setting proapp.restoring (on, off, auto) says; auto recognises the preamble of pg_dump. Companions create nothing then.';
