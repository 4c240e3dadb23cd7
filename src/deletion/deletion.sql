-- deletion: what would go, what forbids it, do it, undo it

-- as types, because a column of the answer has the name of an argument
create type proapp.deletion_step as (step integer, relation text, via text, action text, row_count bigint, blocked boolean, detail text);
comment on type proapp.deletion_step is 'A row of proapp.deletion_plan().';

create function proapp.deletion_plan(relation regclass, key text, erase boolean default false)
  returns setof proapp.deletion_step
  language c stable as 'MODULE_PATHNAME', 'proapp_deletion_plan';
comment on function proapp.deletion_plan(regclass, text, boolean) is
  'plan';
create function proapp.deletion_plan(relation regclass, key jsonb, erase boolean default false)
  returns setof proapp.deletion_step
  language c stable as 'MODULE_PATHNAME', 'proapp_deletion_plan';
comment on function proapp.deletion_plan(regclass, jsonb, boolean) is
  'plan';

create type proapp.deleted_rows as (deletion uuid, relation text, action text, row_count bigint);
comment on type proapp.deleted_rows is 'A row of proapp.delete_safely() and proapp.erase_tenant().';

create function proapp.delete_safely(relation regclass, key text, reason text default null, request_key text default null)
  returns setof proapp.deleted_rows
  language c volatile as 'MODULE_PATHNAME', 'proapp_delete_safely';
create function proapp.delete_safely(relation regclass, key jsonb, reason text default null, request_key text default null)
  returns setof proapp.deleted_rows
  language c volatile as 'MODULE_PATHNAME', 'proapp_delete_safely';
