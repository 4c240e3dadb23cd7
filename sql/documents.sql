-- Documents: manifests that travel, compared wherever they meet.
create database proapp_documents;
\c proapp_documents
create extension proapp_schema;
create table t (id integer primary key, note text);
alter table t enable row level security;
create table documents (name text, document jsonb);
insert into documents select 'before', proapp.manifest_document('public.t');
alter table t disable row level security;
alter table t add column more integer;
insert into documents select 'after', proapp.manifest_document('public.t');
create function document(text) returns jsonb language sql as 'select document from documents where name = $1';

select severity, kind, identity, change, attribute, expected, actual, fix from proapp.compare_manifests(document('before'), document('after'));
select severity, kind, identity, change, attribute, expected, actual, fix from proapp.compare_manifests(document('after'), document('before'));
select * from proapp.compare_manifests(document('after'), document('after'));
-- A document that went through text, and its digest, are the same.
select * from proapp.compare_manifests(document('after'), document('after')::text::jsonb);
select document('after') ->> 'digest' = proapp.manifest_digest('public.t') as same_digest;

-- What is not ours, or was changed on the way, is refused.
create function refused(document jsonb) returns table (code text, message text, detail text, hint text) language plpgsql as $$
begin
  perform proapp.compare_manifests(document, document);
  return query select '00000', 'accepted', '', '';
exception when others then
  get stacked diagnostics code = returned_sqlstate, message = message_text, detail = pg_exception_detail, hint = pg_exception_hint;
  return next;
end
$$;
select what, refused.* from (values
  ('null', 'null'::jsonb), ('a number', '1'), ('a text', '"x"'), ('an array', '[]'), ('an empty object', '{}'),
  ('format 0', '{"proapp_manifest": 0}'), ('text as format', '{"proapp_manifest": "1"}'), ('a newer format', '{"proapp_manifest": 2}'),
  ('no version', '{"proapp_manifest": 1}'), ('no objects', '{"proapp_manifest": 1, "postgresql": 15}'),
  ('objects that are none', '{"proapp_manifest": 1, "postgresql": 15, "objects": [1]}'),
  ('an object without kind', '{"proapp_manifest": 1, "postgresql": 15, "objects": [{}]}'),
  ('a kind that is a number', '{"proapp_manifest": 1, "postgresql": 15, "objects": [{"kind": 1}]}'),
  ('no definition', '{"proapp_manifest": 1, "postgresql": 15, "objects": [{"kind": "table", "identity": "t"}]}'),
  ('no digest', '{"proapp_manifest": 1, "postgresql": 15, "objects": [{"kind": "table", "identity": "t", "definition": {}}]}'),
  ('no digest of all', '{"proapp_manifest": 1, "postgresql": 15, "objects": []}'),
  ('an object changed', jsonb_set(document('after'), '{objects, 0, definition, type}', '"text"')),
  ('an object left out', document('after') #- '{objects, 0}'),
  ('an object twice', jsonb_set(document('after'), '{objects}', (document('after') -> 'objects') || (document('after') #> '{objects, 0}'))),
  ('another digest', jsonb_set(document('after'), '{digest}', to_jsonb(repeat('0', 64)))),
  ('ours', document('after'))) as bad (what, document), refused(document);
select proapp.compare_manifests(null, document('after'));
\echo :LAST_ERROR_SQLSTATE
-- Deep nesting is refused or read, never a crash.
select (refused(('{"proapp_manifest": 1, "postgresql": 15, "objects": [{"kind": "table", "identity": "t", "digest": "", "definition": {"a": ' || repeat('[', 3000) || repeat(']', 3000) || '}}]}')::jsonb)).code;

\c contrib_regression
drop database proapp_documents;
