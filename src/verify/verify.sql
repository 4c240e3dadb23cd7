create function proapp.verify(variadic selectors text[] default '{}') returns table(severity text, check_id text, object text, problem text, fix text)
  language c stable parallel unsafe as 'MODULE_PATHNAME', 'proapp_verify';
comment on function proapp.verify(text[]) is
  'What is wrong with policies, grants, keys and functions, one row an object and check, worst first: severity is critical, high, medium or low; fix is the statement to type, null where it takes a decision first. '
  'selectors: as of proapp.manifest(); without any, everything. What proapp.accept_finding() accepted is left out. proapp.checks() says what is looked for and why. '
  'Nothing is executed: proapp.prove_isolation() tries what can be reached. Errors: 22023 and 42704 for selectors.';

create function proapp.checks() returns table(check_id text, severity text, title text, reason text)
  language c stable parallel safe as 'MODULE_PATHNAME', 'proapp_checks';
comment on function proapp.checks() is
  'Every check that proapp.verify() makes: its severity, what is wrong where it finds something, and why that matters. Raises no errors.';

create function proapp.accept_finding(check_id text, object text, reason text, until timestamptz default null) returns void
  language c volatile parallel unsafe as 'MODULE_PATHNAME', 'proapp_accept_finding';
comment on function proapp.accept_finding(text, text, text, timestamptz) is
  'Leaves a finding out of proapp.verify(), because it is meant to be so; until: a time after which it comes back. Called again it replaces reason and time, with a null reason it takes the acceptance back. '
  'object: as verify() names it; it need not be found now. Errors: 42704 for a check that does not exist, 22004 for a null check or object, 22023 for an empty reason, 55000 while restoring.';

create function proapp.accepted_findings()
  returns table(check_id text, object text, reason text, until timestamptz, accepted_at timestamptz, accepted_by text, expired boolean)
  language c stable parallel unsafe as 'MODULE_PATHNAME', 'proapp_accepted_findings';
comment on function proapp.accepted_findings() is
  'The rows of view proapp.accepted_findings.';

create view proapp.accepted_findings as select * from proapp.accepted_findings();
comment on view proapp.accepted_findings is
  'What proapp.accept_finding() accepted, why, until when, and by whom. expired: the time is over, the finding comes back.';
