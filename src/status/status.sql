create function proapp.status() returns table(concern text, state text, detail text, next text)
  language c stable as 'MODULE_PATHNAME', 'proapp_status';
comment on function proapp.status() is
  'How things stand, one row a concern, worst first: mappings, memberships, baselines, the last drift check of each baseline and what it found, jobs of pg_cron, migrations and what they have deferred, and the health check of what is expected. state is OK, none, or says what is wrong; next is what to type. '
  'A check is stale when its job has not run for longer than its schedule says. Raises no errors of its own.';

create function proapp.grant_admin(role name) returns void
  language c volatile parallel unsafe as 'MODULE_PATHNAME', 'proapp_grant_admin';
comment on function proapp.grant_admin(name) is
  'Lets a role do what an administrator does: USAGE on schema proapp, EXECUTE on all its functions and procedures, SELECT on its views. What the role may do to your own tables stays as it is: nothing here does more than its caller could. '
  'After an update of the extension call it again: it grants what is new. Only the extension''s owner and superusers appoint administrators. '
  'Errors: 42501 for other callers, 42704 for a role that does not exist, 42939 for PUBLIC and PostgreSQL''s own roles, 22004 for null.';
