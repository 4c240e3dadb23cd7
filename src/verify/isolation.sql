create function proapp.prove_isolation(variadic selectors text[] default '{}')
  returns table(relation text, command text, actor text, victim text, verdict text, rows_reached bigint, through text)
  language c volatile parallel unsafe as 'MODULE_PATHNAME', 'proapp_prove_isolation';
comment on function proapp.prove_isolation(text[]) is
  'Can one user of the application reach another''s rows? Tried, not read: for each table it takes two pairs of users who have nothing to do with each other, and nobody signed in (role anon), and runs SELECT, INSERT, INSERT RETURNING, INSERT ON CONFLICT, '
  'UPDATE and DELETE as the one on rows of the other, reads and writes through views, calls functions (EXECUTE) and hangs rows on them by foreign keys (REFERENCES); TRUNCATE goes by privilege. '
  'verdict: LEAK with the number of rows reached and what let them through, isolated, or skipped with the reason; command is null where a whole table is skipped. Worst first. '
  'Users are those of proapp.map_users() and their organizations those of proapp.map_members(), or else the accounts of auth.users; they come in as the role proapp.isolation_role. '
  'Everything is rolled back, but for sequences and what functions and triggers do outside of the database. Takes proapp.isolation_budget milliseconds at most; locks at most three rows at a time, for the time of one attempt. '
  'Errors: 42501 where the caller is restricted by policies of a table with users'' rows or may not become one of the roles; 42704 for a role that does not exist; 25006 in a read-only transaction; of selectors as elsewhere.';
