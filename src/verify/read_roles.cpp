// Who comes in, and by which schemas.
#include "pg/boundary.hpp"

#include "verify/facts.hpp"

namespace proapp::verify {

static const char roles_sql[] =
    "select r.oid, r.rolname::text, r.rolsuper, r.rolbypassrls, r.rolcanlogin,"
    " r.rolname in ('anon', 'authenticated') or (not r.rolsuper and exists (select from pg_auth_members m join pg_roles a on a.oid = m.roleid"
    "  where m.member = r.oid and a.rolname in ('anon', 'authenticated'))),"
    " case when r.rolname in ('anon', 'authenticated') then array(select g.oid from pg_roles g where pg_has_role(r.oid, g.oid, 'usage')) end,"
    " (select quote_ident(g.rolname) from pg_auth_members m join pg_roles g on g.oid = m.roleid where m.member = r.oid and not r.rolsuper"
    "  and exists (select from pg_roles b where (b.rolbypassrls or b.rolsuper) and (g.oid = b.oid or not g.rolsuper and pg_has_role(g.oid, b.oid, 'MEMBER')))"
    "  order by g.rolname collate \"C\" limit 1), quote_ident(r.rolname)"
    " from pg_roles r order by r.rolname collate \"C\"";

// Schemas of the platform: Supabase's own, and those that extensions brought.
static const char schemas_sql[] =
    "with api as (select coalesce((select oid from pg_roles where rolname = 'anon'), 0) as anon, coalesce((select oid from pg_roles where rolname = 'authenticated'), 0) as "
    "authenticated,"
    "  nullif(current_setting('pgrst.db_schemas', true), '') as listed)"
    " select n.oid, n.nspname::text, n.nspname in ('pg_catalog', 'information_schema', 'pg_toast', 'proapp', 'proapp_data', 'proapp_archive') or n.nspname ~ "
    "'^pg_(temp|toast_temp)_',"
    "  n.nspname in ('auth', 'storage', 'realtime', '_realtime', 'extensions', 'graphql', 'graphql_public', 'vault', 'pgsodium', 'pgsodium_masks', 'supabase_functions', "
    "'supabase_migrations', 'net', 'cron', 'pgbouncer',"
    "   '_analytics', 'pgtle', 'pgmq') or exists (select from pg_depend d where d.classid = 'pg_namespace'::regclass and d.objid = n.oid and d.deptype = 'e'),"
    "  anon <> 0 and has_schema_privilege(anon, n.oid, 'USAGE'), authenticated <> 0 and has_schema_privilege(authenticated, n.oid, 'USAGE'),"
    "  case when listed is not null then n.nspname = any (regexp_split_to_array(btrim(listed), '\\s*,\\s*')) end,"
    "  anon <> 0 and has_schema_privilege(anon, n.oid, 'CREATE'), authenticated <> 0 and has_schema_privilege(authenticated, n.oid, 'CREATE'), quote_ident(n.nspname)"
    " from pg_namespace n, api order by n.nspname collate \"C\"";

static const char defaults_sql[] =
    "select quote_ident(r.rolname), coalesce(quote_ident(n.nspname), ''), d.defaclobjtype,"
    " (select bit_or(p.bit) from aclexplode(d.defaclacl) a join (values ('INSERT', 1), ('SELECT', 2), ('UPDATE', 4), ('DELETE', 8), ('TRUNCATE', 16), ('REFERENCES', 32), "
    "('TRIGGER', 64), ('EXECUTE', 128), ('USAGE', 256)) p (name, bit)"
    "  on p.name = a.privilege_type where a.grantee = 0 or a.grantee = (select oid from pg_roles where rolname = 'anon'))::bigint,"
    " (select bit_or(p.bit) from aclexplode(d.defaclacl) a join (values ('INSERT', 1), ('SELECT', 2), ('UPDATE', 4), ('DELETE', 8), ('TRUNCATE', 16), ('REFERENCES', 32), "
    "('TRIGGER', 64), ('EXECUTE', 128), ('USAGE', 256)) p (name, bit)"
    "  on p.name = a.privilege_type where a.grantee = 0 or a.grantee = (select oid from pg_roles where rolname = 'authenticated'))::bigint"
    " from pg_default_acl d join pg_roles r on r.oid = d.defaclrole left join pg_namespace n on n.oid = d.defaclnamespace order by 1, 2, 3";

void read_roles(core::Facts &facts) {
  const Result roles(roles_sql, facts.arena);
  for (uint64 i = 0; i < roles.count(); ++i) {
    auto &role = facts.arena.make<core::RoleFact>();
    role = {roles.oid(i, 1), roles.text(i, 2), roles.flag(i, 3), roles.flag(i, 4), roles.flag(i, 5), roles.flag(i, 6), roles.oids(i, 7), roles.text(i, 8), roles.text(i, 9)};
    facts.roles.push_back(&role);
    facts.role_of.at(role.id) = &role;
    facts.has_api_roles = facts.has_api_roles || role.name == "anon" || role.name == "authenticated";
  }

  const Result schemas(schemas_sql, facts.arena);
  for (uint64 i = 0; i < schemas.count(); ++i) {
    auto &schema = facts.arena.make<core::SchemaFact>();
    schema.id = schemas.oid(i, 1);
    schema.name = schemas.text(i, 2);
    schema.system = schemas.flag(i, 3);
    schema.managed = schemas.flag(i, 4);
    schema.reach = {schemas.flag(i, 5) ? core::may_use : 0u, schemas.flag(i, 6) ? core::may_use : 0u};
    if (schemas.flag(i, 8)) schema.reach.anon |= core::may_create;
    if (schemas.flag(i, 9)) schema.reach.authenticated |= core::may_create;
    schema.quoted = schemas.text(i, 10);
    schema.exposed = schemas.is_null(i, 7) ? (schema.reach.either() & core::may_use) != 0 && !schema.managed && !schema.system : schemas.flag(i, 7);
    facts.schemas.push_back(&schema);
    facts.schema_of.at(schema.id) = &schema;
  }

  const Result defaults(defaults_sql, facts.arena);
  for (uint64 i = 0; i < defaults.count(); ++i) {
    auto &fact = facts.arena.make<core::DefaultPrivilegeFact>();
    fact = {defaults.text(i, 1), defaults.text(i, 2), defaults.letter(i, 3), {static_cast<uint32>(defaults.integer(i, 4)), static_cast<uint32>(defaults.integer(i, 5))}};
    facts.defaults.push_back(&fact);
  }
}

}  // namespace proapp::verify
