-- drift: what differs from the baseline, and how bad it is

create function proapp.drift(baseline text default null)
  returns table(severity text, kind text, identity text, change text, attribute text, expected text, actual text, changed_by text, changed_at timestamptz, fix text)
  language c volatile as 'MODULE_PATHNAME', 'proapp_drift';
comment on function proapp.drift(text) is
  'What differs between a baseline and the database, attribute by attribute, worst first; no row: nothing. Null means the only baseline there is. '
  'severity: critical, high, medium or low, as drift_rules() says; change: missing, unexpected, renamed or changed; fix: the statement that takes the difference back, where one can. '
  'What hangs on a missing, unexpected or renamed relation is not listed again. changed_by is who logged in, with the role whose rights were used where that is another; it and changed_at come from ddl_log and are null where nothing recorded the change. '
  'Errors: 42704 for an unknown baseline, 22023 where several exist and none is named, 55000 where there is none.';

create function proapp.drift_summary(baseline text default null)
  returns table(category text, expected_count bigint, actual_count bigint, status text)
  language c stable as 'MODULE_PATHNAME', 'proapp_drift_summary';
comment on function proapp.drift_summary(text) is
  'The checklist: one row a category (tables, policies, indexes, ...) with the objects that the baseline has and the database has; status is OK or says how many are missing, unexpected or changed. '
  'What a restore may change (order of columns, versions of extensions) does not count as changed. Null means the only baseline there is. Errors as for drift().';

create function proapp.compare_manifests(expected jsonb, actual jsonb)
  returns table(severity text, kind text, identity text, change text, attribute text, expected text, actual text, changed_by text, changed_at timestamptz, fix text)
  language c stable as 'MODULE_PATHNAME', 'proapp_compare_manifests';
comment on function proapp.compare_manifests(jsonb, jsonb) is
  'What differs between two documents of manifest_document(), from wherever they come: the rows of drift(). '
  'Errors: 22004 for null, 22023 for what is no such document, was changed since it was written, or has a newer format.';

create function proapp.drift_rules()
  returns table(kind text, attribute text, change text, severity text, reason text)
  language c stable as 'MODULE_PATHNAME', 'proapp_drift_rules';
comment on function proapp.drift_rules() is
  'How bad each difference is, and why: by kind of object (* is any), attribute (null is the object itself) and change (missing, unexpected, changed; lost and gained where the direction matters).';
