-- a tenant leaves: take the data along, erase it, and prove that nothing is left

create function proapp.erase_tenant(relation regclass, key text, reason text default null)
  returns setof proapp.deleted_rows
  language c volatile as 'MODULE_PATHNAME', 'proapp_erase_tenant';
comment on function proapp.erase_tenant(regclass, text, text) is
  'Deletes a tenant for good: its row and all that references it, rows behind RESTRICT and NO ACTION too; only SET NULL and SET DEFAULT keep their rows, and registered arrays lose the keys. As proapp.deletion_plan(…, erase => true) says, with the locks, blockers, holds, protections and triggers of proapp.delete_safely(). '
  'Nothing is archived, and what earlier deletions archived of the tenant is forgotten, with its holds that are over. Then no reference to what went is left in any foreign key or registered reference, in the archive or among the holds: proven before it commits, see proapp.erasures. '
  'A row that carries the key of another row of relation, in whatever foreign key, is not the tenant''s alone and forbids it. Answers as proapp.delete_safely() does, and with action clear what was forgotten; no row where there is no such row. '
  'Kept are numbers of rows, the reason, who called (of the claims only sub) and, instead of the key, a SHA-256 of it. '
  'Errors: as for proapp.delete_safely(); 23503 for rows of another, 25001 unless the isolation level is READ COMMITTED, 40001 where rows were archived meanwhile.';

create function proapp.erase_tenant(relation regclass, key jsonb, reason text default null)
  returns setof proapp.deleted_rows
  language c volatile as 'MODULE_PATHNAME', 'proapp_erase_tenant';
comment on function proapp.erase_tenant(regclass, jsonb, text) is 'proapp.erase_tenant() for a key of any number of columns: {"column": value, …}.';

create function proapp.erasures()
  returns table(deletion uuid, relation text, key_digest text, reason text, claimed_by text, acting_role text, login_role text, started_at timestamptz, ended_at timestamptz, proof jsonb)
  language c stable as 'MODULE_PATHNAME', 'proapp_erasures';
comment on function proapp.erasures() is 'The rows of view proapp.erasures.';

create view proapp.erasures as select * from proapp.erasures();
comment on view proapp.erasures is
  'What proapp.erase_tenant() did, without the tenant''s data. key_digest: SHA-256, in hex, of deletion, relation and key as jsonb with blanks between them: whoever knows a key finds its erasure. '
  'proof: numbers of rows deleted and updated, the references in which nothing is left, and what was cleared in the archive and among the holds.';

create function proapp.export_tenant(relation regclass, key text) returns setof jsonb
  language c stable as 'MODULE_PATHNAME', 'proapp_export_tenant';
comment on function proapp.export_tenant(regclass, text) is
  'Every row that proapp.erase_tenant() would delete, parents first: {"relation": "public.orders", "row": {…}, "text": "(…)"}. row is for reading; text is the whole record as PostgreSQL prints it, and text::public.orders is the same row again, '
  'also where jsonb loses something: json texts, bounds of arrays, numbers'' scales. Read as the caller, who needs the rights to delete: what policies hide is an error, not a shorter export. '
  'Errors: as for proapp.deletion_plan(); 23503 for rows that carry the key of another row of relation.';

create function proapp.export_tenant(relation regclass, key jsonb) returns setof jsonb
  language c stable as 'MODULE_PATHNAME', 'proapp_export_tenant';
comment on function proapp.export_tenant(regclass, jsonb) is 'proapp.export_tenant() for a key of any number of columns: {"column": value, …}.';

-- as a type, because a column of the answer has the name of an argument
create type proapp.exported_file as (file text, relation text, row_count bigint);
comment on type proapp.exported_file is 'A row of proapp.export_tenant_files().';

create function proapp.export_tenant_files(relation regclass, key text, directory text) returns setof proapp.exported_file
  language c volatile as 'MODULE_PATHNAME', 'proapp_export_tenant_files';
comment on function proapp.export_tenant_files(regclass, text, text) is
  'The rows of proapp.export_tenant() as files of the server, one for each table, numbered parents first: CSV with a header, without generated columns, for COPY … FROM … WITH (FORMAT csv, HEADER). directory: an absolute path of a folder that is there. '
  'Errors: 42501 for callers without pg_write_server_files, 42602 for a path that is not absolute, what COPY has against it; else as for proapp.export_tenant().';

create function proapp.export_tenant_files(relation regclass, key jsonb, directory text) returns setof proapp.exported_file
  language c volatile as 'MODULE_PATHNAME', 'proapp_export_tenant_files';
comment on function proapp.export_tenant_files(regclass, jsonb, text) is 'proapp.export_tenant_files() for a key of any number of columns: {"column": value, …}.';
