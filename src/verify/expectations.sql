-- expectations: what must exist, registered once and checked as often as you like

create function proapp.expect(category text, item text, expected jsonb default '{}') returns void
  language c volatile parallel unsafe as 'MODULE_PATHNAME', 'proapp_expect';
comment on function proapp.expect(text, text, jsonb) is
  'Registers what must exist for proapp.health_check() and proapp.assert_healthy(): an object of a category, and what it must be like. It need not exist yet. Called again with the same arguments it changes nothing; '
  'another expected replaces. category: table, column, function, foreign key, constraint, index, policy, trigger, view, enum, sequence, schema, publication, publication member, extension, role, event trigger, cron job or count; '
  'item: as the manifest prints it; expected: an object with keys of the category, such as type, not_null, on_delete, security, rls; what is left out may be anything. '
  'Errors: 22023 for a category, item, key or value that cannot be meant (DETAIL says what can), 22004 for null, 55000 while the database is being restored.';

create function proapp.unexpect(category text, item text) returns void
  language c volatile parallel unsafe as 'MODULE_PATHNAME', 'proapp_unexpect';
comment on function proapp.unexpect(text, text) is
  'Forgets an expectation. Errors: 42704 where nothing is expected of the item, 22023 for a category or item that cannot be meant, 22004 for null, 55000 while the database is being restored.';

create function proapp.expectations()
  returns table(category text, item text, expected jsonb, registered_at timestamptz, registered_by text)
  language c stable as 'MODULE_PATHNAME', 'proapp_expectations';
comment on function proapp.expectations() is 'The rows of view proapp.expectations.';

create view proapp.expectations as select * from proapp.expectations();
comment on view proapp.expectations is 'What proapp.expect() registered, with its values as they are compared, when and by whom.';

create function proapp.health_check()
  returns table(category text, item text, expected text, actual text, status text)
  language c stable as 'MODULE_PATHNAME', 'proapp_health_check';
comment on function proapp.health_check() is
  'Is everything there that must be? One row an expectation, those that are not met first, then by category and item; status is OK or says what is wrong. '
  'Rows of their own have mappings, memberships, protections, blockers and references with a problem, and a database that is being restored. Raises no errors of its own.';

create function proapp.assert_healthy() returns void
  language c stable as 'MODULE_PATHNAME', 'proapp_assert_healthy';
comment on function proapp.assert_healthy() is
  'Does nothing where every status of proapp.health_check() is OK, for jobs and scripts. Errors: 55000 otherwise, with everything that is not OK in DETAIL.';
