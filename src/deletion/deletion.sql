-- deletion: what would go, what forbids it, do it

-- as types, because a column of the answer has the name of an argument
create type proapp.deletion_step as (step integer, relation text, via text, action text, row_count bigint, blocked boolean, detail text);
comment on type proapp.deletion_step is 'A row of proapp.deletion_plan().';

create type proapp.deleted_rows as (deletion uuid, relation text, action text, row_count bigint);
comment on type proapp.deleted_rows is 'A row of proapp.delete_safely() and of proapp.erase_tenant().';

create function proapp.deletion_plan(relation regclass, key text, erase boolean default false)
  returns setof proapp.deletion_step
  language c stable as 'MODULE_PATHNAME', 'proapp_deletion_plan';
comment on function proapp.deletion_plan(regclass, text, boolean) is
  'What would go with a row, what would be updated and what forbids it; nothing changes, and nothing is locked. One row a table and reference, in the order of execution: first all that blocks (action block, blocked true, with the number of rows that forbid it), '
  'then updates (SET NULL, SET DEFAULT), then deletions, children first, and at last the references by which nothing comes (none). via: the foreign keys; detail: why, what becomes of the columns, and where no index serves a reference. No row where there is no such row. '
  'key: the value of a key of one column; for any key, a jsonb {"column": value}. erase: a tenant leaves, so rows behind RESTRICT and NO ACTION go too, and registered arrays lose the keys. '
  'Stops counting after proapp.plan_row_limit rows and says so. Rows are counted past row-level security, but where it, or a missing privilege, keeps the caller from deleting any of them, that is an error. '
  'Errors: 42501 for rows that the caller may not delete, and for system catalogs and tables of this extension; 42809 for what is no table or is a partition; 42P10 without a key; 22P02, 22023 and 22004 for a key that is none; '
  '55000 for a registration that names what is gone, and while session_replication_role is replica.';

create function proapp.deletion_plan(relation regclass, key jsonb, erase boolean default false)
  returns setof proapp.deletion_step
  language c stable as 'MODULE_PATHNAME', 'proapp_deletion_plan';
comment on function proapp.deletion_plan(regclass, jsonb, boolean) is 'proapp.deletion_plan() for a key of any number of columns: {"column": value, …}.';

create function proapp.deletion_diagram(relation regclass, key text, erase boolean default false)
  returns text
  language c stable as 'MODULE_PATHNAME', 'proapp_deletion_diagram';
comment on function proapp.deletion_diagram(regclass, text, boolean) is
  'proapp.deletion_plan() as a picture in Mermaid''s language: tables with the number of rows that go, an arrow for each foreign key that takes rows along, dotted where rows are only updated, and what blocks. '
  'Arguments and errors as for the plan.';

create function proapp.deletion_diagram(relation regclass, key jsonb, erase boolean default false)
  returns text
  language c stable as 'MODULE_PATHNAME', 'proapp_deletion_diagram';
comment on function proapp.deletion_diagram(regclass, jsonb, boolean) is 'proapp.deletion_diagram() for a key of any number of columns: {"column": value, …}.';

create function proapp.delete_safely(relation regclass, key text, reason text default null, request_key text default null)
  returns setof proapp.deleted_rows
  language c volatile as 'MODULE_PATHNAME', 'proapp_delete_safely';
comment on function proapp.delete_safely(regclass, text, text, text) is
  'Deletes a row and all that its foreign keys take along, as proapp.deletion_plan() says, or nothing: everything is locked first, then blockers are looked at, then rows are archived, updated and deleted as the caller, children first, with the caller''s triggers, and counted. '
  'Answers the deletion''s id, for proapp.undelete(), and the number of rows of each table; no row where there is no such row. reason and who called (claims, role, session user) are kept. request_key: the same key for the same row is the same deletion, done once. '
  'Errors: all that forbids it at once, in DETAIL: P0001 with the message of proapp.add_blocker(), 42501 where proapp.protect() lets others delete, 23001 for held rows, 23503, 23502 and 55000 as the plan says; 22023 for a request key of another deletion; 27000 where a trigger keeps rows from going; '
  '40001 and 40P01 for what is worth another try; else as for proapp.deletion_plan().';

create function proapp.delete_safely(relation regclass, key jsonb, reason text default null, request_key text default null)
  returns setof proapp.deleted_rows
  language c volatile as 'MODULE_PATHNAME', 'proapp_delete_safely';
comment on function proapp.delete_safely(regclass, jsonb, text, text) is 'proapp.delete_safely() for a key of any number of columns: {"column": value, …}.';
