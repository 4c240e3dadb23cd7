-- baselines: manifests kept by name, with their revisions

create function proapp.save_baseline(baseline text, variadic selectors text[] default '{}')
  returns table(category text, object_count bigint)
  language c volatile as 'MODULE_PATHNAME', 'proapp_save_baseline';
comment on function proapp.save_baseline(text, text[]) is
  'Keeps the manifest of what the selectors want under a name, for drift() to compare with later; answers how many objects of each category it holds. '
  'Selectors as for manifest(). Errors: 42710 where the name is taken, 22023 and 42704 for selectors, 22004 and 22023 for a name that is null or empty, 55000 while the database is being restored.';

create function proapp.replace_baseline(baseline text, variadic selectors text[] default '{}')
  returns table(category text, object_count bigint)
  language c volatile as 'MODULE_PATHNAME', 'proapp_replace_baseline';
comment on function proapp.replace_baseline(text, text[]) is
  'Takes a baseline anew, as its next revision; the old one stays readable by baseline_document(). Without selectors those that the baseline has today stay, given ones take their place. '
  'Where nothing differs there is no new revision. Answers how many objects of each category it holds now. '
  'Errors: 42704 for an unknown baseline, 22023 and 42704 for selectors, 40001 at REPEATABLE READ where another revision came meanwhile, 55000 while the database is being restored.';

create function proapp.accept_drift(baseline text default null, identity text default null, reason text default null)
  returns bigint
  language c volatile as 'MODULE_PATHNAME', 'proapp_accept_drift';
comment on function proapp.accept_drift(text, text, text) is
  'Takes what differs into the baseline, as its next revision with the reason and the session''s user: one object by its identity as drift() prints it, with what hangs on it where the whole object is missing or unexpected, or everything. '
  'Answers how many differences were accepted, in rows of drift(); 0, and no revision, where nothing differs. Null means the only baseline there is. '
  'Errors: 42704 for an identity that is not among the differences; 40001 at REPEATABLE READ where another revision came meanwhile; 55000 while the database is being restored; else as for drift().';

create function proapp.accept_drift_except(baseline text, identities text[], reason text default null)
  returns bigint
  language c volatile as 'MODULE_PATHNAME', 'proapp_accept_drift_except';
comment on function proapp.accept_drift_except(text, text[], text) is
  'Takes everything that differs into the baseline, as accept_drift() does, but for the objects of these identities as drift() prints them, with what hangs on them where the whole object is missing, unexpected or renamed: they go on differing. '
  'Answers how many differences were accepted. Null for baseline means the only one there is. Errors: as for accept_drift().';

create function proapp.import_baseline(baseline text, document jsonb)
  returns table(category text, object_count bigint)
  language c volatile as 'MODULE_PATHNAME', 'proapp_import_baseline';
comment on function proapp.import_baseline(text, jsonb) is
  'Keeps a document of manifest_document() or baseline_document(), from wherever it comes, as a baseline of this database; it counts as imported until replace_baseline() takes it anew. '
  'Answers how many objects of each category it holds. '
  'Errors: 42710 where the name is taken; 22004 for null; 22023 for what is no such document, was changed since it was written, or has a newer format; 55000 while the database is being restored.';

create function proapp.baseline_document(baseline text default null, revision integer default null)
  returns jsonb
  language c stable as 'MODULE_PATHNAME', 'proapp_baseline_document';
comment on function proapp.baseline_document(text, integer) is
  'A baseline as a document like those of manifest_document(), to take elsewhere or to compare with another revision by compare_manifests(). Null means the only baseline there is, and its current revision. '
  'Errors: 42704 for an unknown baseline or revision, 22023 where several baselines exist and none is named, 55000 where there is none.';

create function proapp.drop_baseline(baseline text)
  returns void
  language c volatile as 'MODULE_PATHNAME', 'proapp_drop_baseline';
comment on function proapp.drop_baseline(text) is
  'Forgets a baseline and all its revisions. Errors: 42704 for an unknown one, 55000 while the database is being restored.';

create function proapp.read_baselines()
  returns table(baseline text, revision integer, selectors text[], postgresql integer, imported boolean, digest text, object_count bigint, saved_at timestamptz, saved_by text, reason text)
  language c stable as 'MODULE_PATHNAME', 'proapp_baselines';
comment on function proapp.read_baselines() is 'The rows of the view proapp.baselines.';

create view proapp.baselines as select * from proapp.read_baselines();
comment on view proapp.baselines is
  'The baselines, in their current revision: its number, the selectors, PostgreSQL''s major version, whether it was imported, the digest of everything in it, the number of objects, when and by whom it was saved or accepted, and why.';

create function proapp.read_baseline_revisions()
  returns table(baseline text, revision integer, selectors text[], postgresql integer, imported boolean, digest text, object_count bigint, saved_at timestamptz, saved_by text, reason text)
  language c stable as 'MODULE_PATHNAME', 'proapp_baseline_revisions';
comment on function proapp.read_baseline_revisions() is 'The rows of the view proapp.baseline_revisions.';

create view proapp.baseline_revisions as select * from proapp.read_baseline_revisions();
comment on view proapp.baseline_revisions is
  'Every revision of each baseline, the current one first: the columns of proapp.baselines.';
