-- manifest: what exactly is in this schema

create function proapp.manifest(variadic selectors text[] default '{}')
  returns table(kind text, identity text, parent text, definition jsonb, digest text)
  language c stable as 'MODULE_PATHNAME', 'proapp_manifest';
comment on function proapp.manifest(text[]) is
  'Every object that the selectors want, one row each, by kind, parent and identity: definition holds its attributes, digest is the SHA-256 of its canonical form. '
  'Selectors are patterns on schema.object (public.app_*), kind:pattern (function:public.f*, extension:pgcrypto), and !pattern to leave out; none means everything but system schemas. '
  'Errors: 22023 for a selector that is none, 42704 for one that matches nothing. With named notation write VARIADIC selectors => array[...].';

create function proapp.manifest_digest(variadic selectors text[] default '{}')
  returns text
  language c stable as 'MODULE_PATHNAME', 'proapp_manifest_digest';
comment on function proapp.manifest_digest(text[]) is
  'One SHA-256 (64 hexadecimal digits) over everything that the selectors want: the same in databases with the same schema, whatever dumps and restores, search_path or order of creation lie between, and another one when an attribute changes. '
  'What a restore may change (order of columns, versions of extensions) is left out. '
  'Selectors and errors as for manifest().';

create function proapp.manifest_document(variadic selectors text[] default '{}')
  returns jsonb
  language c stable as 'MODULE_PATHNAME', 'proapp_manifest_document';
comment on function proapp.manifest_document(text[]) is
  'The manifest as one portable JSON document: number of its format, major version of PostgreSQL, digest, selectors, objects with definitions and digests, and an environment (server, encoding, collation and extension versions) outside of the digest. '
  'compare_manifests() takes two of them. Selectors and errors as for manifest().';

create function proapp.manifest_summary(variadic selectors text[] default '{}')
  returns table(category text, object_count bigint)
  language c stable as 'MODULE_PATHNAME', 'proapp_manifest_summary';
comment on function proapp.manifest_summary(text[]) is
  'How many objects of each category (tables, columns, policies, foreign keys, ...) the selectors want. Selectors and errors as for manifest().';
