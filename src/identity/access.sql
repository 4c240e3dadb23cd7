create function proapp.act_as(auth_id text, role name default 'authenticated', claims jsonb default '{}')
  returns table(role name, auth_id text, note text)
  language c volatile parallel unsafe as 'MODULE_PATHNAME', 'proapp_act_as';
comment on function proapp.act_as(text, name, jsonb) is
  'The rest of the transaction as a user of the application: SET LOCAL of request.jwt.claims (claims, with auth_id as sub and role as role), then SET LOCAL ROLE. A convenience and no sandbox: RESET ROLE brings your rights back. '
  'auth_id: null for nobody signed in. note says how long it lasts, and what to type where that is this statement alone. '
  'Errors: 42501 for a role that you may not set; 42704 for one that does not exist; 22023 for claims that are no object; 22004 for a null role or null claims.';

create function proapp.query_as(auth_id text, sql text, role name default 'authenticated') returns setof jsonb
  language c volatile parallel unsafe as 'MODULE_PATHNAME', 'proapp_query_as';
comment on function proapp.query_as(text, text, name) is
  'One statement as a user of the application, who is gone when it ends: its rows as jsonb; for a statement without rows, one with its command and how many rows it changed. What it changes is part of your transaction, and kept. '
  'It runs with the rights of role, with row-level security, and cannot get back to yours; so SET ROLE, temporary tables, cursors WITH HOLD and deferred triggers are refused in it. auth_id: null for nobody signed in. '
  'Errors: what the statement raises; 42601 for no or several statements; 0A000 for COMMIT and the like, and for COPY; 42501 for a role of which you are no member; 42704 for one that does not exist; 22004 for null sql or role.';

create function proapp.try_as(test text, auth_id text, role name, statement text, expected text, claims jsonb default '{}') returns jsonb
  language c volatile parallel unsafe as 'MODULE_PATHNAME', 'proapp_try_as';
comment on function proapp.try_as(text, text, name, text, text, jsonb) is
  'A case of a self test: runs a statement as a user of the application (or with your own rights and no claims, where role is null) and compares the first value of its first row, as text, or the SQLSTATE of its error with what is expected. '
  'Answers {"test", "result", "detail"}: PASS, or FAIL with what came instead. What the statement changes is kept, but for an error, and so are settings that it makes: take these back around all cases, as the companions'' self tests do. '
  'The role is set as by SET ROLE and could be reset by the statement: it is for statements of your own. Errors: 42704 and 42501 for roles are outcomes, too; 22004 for null test, statement or claims.';

create function proapp.explain_access(relation regclass, key text, auth_id text, role name default 'authenticated')
  returns table(command text, allowed boolean, policy text, expression text, reason text)
  language c volatile parallel unsafe as 'MODULE_PATHNAME', 'proapp_explain_access';
comment on function proapp.explain_access(regclass, text, text, name) is
  'Why a user of the application may select, insert, update or delete a row. For each command the verdict (policy is null), and below it each policy for that command with its expression and what this says of the row, evaluated as that user. '
  'key: the primary key; for several columns a JSON object of them. The row is read as yourself. insert: a row with the same values; update: the row unchanged; update and delete name the row in WHERE. Triggers and constraints are not asked. Changes nothing. '
  'allowed is null for a row that does not exist or that you do not see, and for a policy of other roles. '
  'Errors: 42809 for what is no table; 55000 for a table without primary key; 22023 for a key of other columns; 0A000 for a row in a foreign table; 42501 for a table that you may not read, or a role of which you are no member; 42704 for a role that does not exist; 22004 for a null relation, key or role.';
