create function proapp.status() returns table(concern text, state text, detail text, next text)
  language c stable as 'MODULE_PATHNAME', 'proapp_status';
comment on function proapp.status() is
  'How things stand, one row a concern, worst first: mappings, baselines, the last drift check of each baseline and what it found, jobs of pg_cron, migrations, and the health check of what is expected. state is OK, none, or says what is wrong; next is what to type. '
  'A check is stale when its job has not run for longer than its schedule says. Raises no errors of its own.';
