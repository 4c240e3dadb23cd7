create function proapp.hoist(internal) returns internal
  language c strict immutable parallel safe as 'MODULE_PATHNAME', 'proapp_hoist';
comment on function proapp.hoist(internal) is
  'Planner support: makes a call of proapp.current_user_id() and the like one question a statement. Not to be called.';

create function proapp.hoist_is_member(internal) returns internal
  language c strict immutable parallel safe as 'MODULE_PATHNAME', 'proapp_hoist_is_member';
comment on function proapp.hoist_is_member(internal) is
  'Planner support: makes a call of proapp.is_member() a comparison that can use an index. Not to be called.';

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
  'Forgets a mapping. Policies that still call proapp.current_user_id() or proapp.current_user_key() with its name raise 42704 from then on. Errors: 42704 for a mapping that does not exist, 2BP01 while a membership uses it.';

create function proapp.current_user_id(mapping text) returns uuid
  language c stable strict parallel safe support proapp.hoist as 'MODULE_PATHNAME', 'proapp_current_user_id';
comment on function proapp.current_user_id(text) is
  'The id of the signed-in user in the table that proapp.map_users() registered under this name. Null when nobody is signed in, the claims are malformed, no row maps or the id is no uuid; '
  'proapp.whoami() says which. Errors: 42704 for a mapping that does not exist.';

create function proapp.current_user_key(mapping text) returns text
  language c stable strict parallel safe support proapp.hoist as 'MODULE_PATHNAME', 'proapp_current_user_key';
comment on function proapp.current_user_key(text) is
  'As proapp.current_user_id(), for ids of any type, as text. Null when nobody is signed in, the claims are malformed or no row maps. Errors: 42704 for a mapping that does not exist.';

create function proapp.auth_id() returns text
  language c stable strict parallel safe support proapp.hoist as 'MODULE_PATHNAME', 'proapp_auth_id';
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

create function proapp.map_members(membership text, members_table regclass, user_column name, organization_column name, role_column name default null, mapping text default null,
    active_condition text default null)
  returns table(item text, value bigint, next text)
  language c volatile parallel unsafe as 'MODULE_PATHNAME', 'proapp_map_members';
comment on function proapp.map_members(text, regclass, name, name, name, text, text) is
  'Registers where it is found for which organizations the signed-in user may act: the rows of members_table whose user_column is the user. Called again with other arguments it replaces the membership, '
  'with the same it changes nothing. Answers how many members, organizations and members of each role there are, and how many the mapping does not know. '
  'membership: a name of your choice for the functions that policies call; role_column: a text or an enum; mapping: whose ids user_column holds, without one it holds the claim sub itself; '
  'active_condition: which rows count, made of columns of the table, IS NULL, IS TRUE, comparisons and IN with literals, AND, OR and NOT. '
  'Errors: as of proapp.map_users(), an index that begins with user_column being enough; 42704 for a mapping that does not exist; 42804 where mapping and user_column have different types, '
  'organizations are no uuid, roles no text; 22023 for an active_condition that is more than that.';

create function proapp.unmap_members(membership text) returns void
  language c volatile parallel unsafe as 'MODULE_PATHNAME', 'proapp_unmap_members';
comment on function proapp.unmap_members(text) is
  'Forgets a membership. Policies that still call proapp.current_organizations() or proapp.is_member() with its name raise 42704 from then on. Errors: 42704 for a membership that does not exist.';

create function proapp.current_organizations(membership text, variadic roles text[] default '{}') returns uuid[]
  language c stable strict parallel safe support proapp.hoist as 'MODULE_PATHNAME', 'proapp_current_organizations';
comment on function proapp.current_organizations(text, text[]) is
  'The organizations for which the signed-in user may act, by the membership that proapp.map_members() registered under this name, for organization_id = any (…): those with a row that counts, '
  'of one of the roles where some are named. Empty for a user without any; null when nobody is signed in or the user is not known. Errors: 42704 for a membership that does not exist, 22023 for roles where it has no role column.';

create function proapp.is_member(membership text, organization uuid, variadic roles text[] default '{}') returns boolean
  language c stable strict parallel safe support proapp.hoist_is_member as 'MODULE_PATHNAME', 'proapp_is_member';
comment on function proapp.is_member(text, uuid, text[]) is
  'Is the organization one of proapp.current_organizations(membership, roles)? Null when nobody is signed in, the user is not known or the organization is null, so that neither it nor its negation lets anybody in. '
  'Errors: as of that function.';

create function proapp.memberships()
  returns table(membership text, members_table text, user_column text, organization_column text, role_column text, mapping text, active_condition text, problem text)
  language c stable strict parallel safe as 'MODULE_PATHNAME', 'proapp_memberships';
comment on function proapp.memberships() is
  'The rows of view proapp.memberships.';

create view proapp.memberships as select * from proapp.memberships();
comment on view proapp.memberships is
  'What proapp.map_members() registered; problem says why nobody is a member although the registration was accepted: the table, its columns or its index changed.';
