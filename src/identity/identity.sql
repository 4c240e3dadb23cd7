create function proapp.map_users(mapping text, users_table regclass, auth_column name, id_column name default 'id', claim text default 'sub')
  returns table(item text, value bigint, next text)
  language c volatile parallel unsafe as 'MODULE_PATHNAME', 'proapp_map_users';
comment on function proapp.map_users(text, regclass, name, name, text) is
  'Registers where the signed-in user is found: the row of users_table whose auth_column equals the claim. Called again with other arguments it replaces the mapping, with the same it changes nothing. '
  'Answers how many users have an auth id, how many have none, how many rows of auth.users have no user, and each policy that compares a mapped id with the auth id. '
  'mapping: a name of your choice for the functions that policies call; id_column: the id that other tables reference; claim: a name, or a dotted path such as app_metadata.tenant_id. '
  'Errors: 42809 for what is no permanent, logged, plain table; 42703 for a missing column; 42804 for a type other than uuid, text, varchar, integer, bigint; 0A000 for a nondeterministic collation; '
  '55000 without a usable unique index on auth_column, or while restoring; 42501 without SELECT on the columns or where row-level security restricts the caller; 22023 for a claim that cannot be one.';

create function proapp.unmap_users(mapping text) returns void
  language c volatile parallel unsafe as 'MODULE_PATHNAME', 'proapp_unmap_users';
comment on function proapp.unmap_users(text) is
  'Forgets a mapping. Policies that still call proapp.current_user_id() or proapp.current_user_key() with its name raise 42704 from then on. Errors: 42704 for a mapping that does not exist.';

create function proapp.current_user_id(mapping text) returns uuid
  language c stable strict parallel safe as 'MODULE_PATHNAME', 'proapp_current_user_id';
comment on function proapp.current_user_id(text) is
  'The id of the signed-in user in the table that proapp.map_users() registered under this name. Null when nobody is signed in, the claims are malformed, no row maps or the id is no uuid; '
  'proapp.whoami() says which. Errors: 42704 for a mapping that does not exist.';

create function proapp.current_user_key(mapping text) returns text
  language c stable strict parallel safe as 'MODULE_PATHNAME', 'proapp_current_user_key';
comment on function proapp.current_user_key(text) is
  'As proapp.current_user_id(), for ids of any type, as text. Null when nobody is signed in, the claims are malformed or no row maps. Errors: 42704 for a mapping that does not exist.';

create function proapp.auth_id() returns text
  language c stable strict parallel safe as 'MODULE_PATHNAME', 'proapp_auth_id';
comment on function proapp.auth_id() is
  'The claim sub as text: the setting request.jwt.claim.sub if it is set, else the member sub of request.jwt.claims. Null when there is none or the claims are malformed; raises no errors.';

create function proapp.whoami() returns table(mapping text, auth_id text, user_key text, reason text)
  language c stable strict parallel safe as 'MODULE_PATHNAME', 'proapp_whoami';
comment on function proapp.whoami() is
  'Who the signed-in user is, one row for each mapping: the claim, the user''s id as text, or the reason why there is none. One row without a mapping where none is registered. Raises no errors.';

create function proapp.user_mappings()
  returns table(mapping text, users_table text, auth_column text, id_column text, claim text, problem text)
  language c stable strict parallel safe as 'MODULE_PATHNAME', 'proapp_user_mappings';
comment on function proapp.user_mappings() is
  'The rows of view proapp.user_mappings.';

create view proapp.user_mappings as select * from proapp.user_mappings();
comment on view proapp.user_mappings is
  'What proapp.map_users() registered; problem says why a mapping finds nobody although its registration was accepted: the table, its columns or its unique index changed.';
