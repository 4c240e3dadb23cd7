create function proapp.policy_matrix(variadic selectors text[] default '{}')
  returns table(relation text, role name, "select" text, "insert" text, "update" text, "delete" text)
  language c stable as 'MODULE_PATHNAME', 'proapp_policy_matrix';
comment on function proapp.policy_matrix(text[]) is
  'What each role can do to each table, as it really is, the most open first. A cell is - (no privilege, or none on the schema), all (every row, and why: row-level security is off, the owner, BYPASSRLS, a policy that is true), '
  'none (row-level security is on and no policy lets a row through), or the policies that let rows through, then the restrictive ones that all of them must pass; columns where the privilege is on those alone; '
  'TRUNCATE where that empties the table past the policies. Roles: anon, authenticated, service_role where they exist, PUBLIC where it was granted something, those named in a policy or granted something, and the owner; '
  'no superusers. Errors: 22023 for a selector that is none, 42704 for one that matches nothing, 22004 for null.';
