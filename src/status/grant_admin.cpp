// grant_admin: a role that may do what the extension is for.
#include "pg/boundary.hpp"

#include "pg/arguments.hpp"
#include "pg/session.hpp"
#include "pg/spi.hpp"
#include "state/tables.hpp"

extern "C" {
#include <catalog/catalog.h>
#include <commands/extension.h>
#include <utils/acl.h>
}

namespace proapp::status {

// What PostgreSQL calls by itself (triggers, planner support) needs no EXECUTE, and what the role was granted before needs no second grant: ACLs stay as they are.
static constexpr char missing_grants[] =
    "with member as ("
    "  select d.classid, d.objid from pg_depend d join pg_extension e on d.refclassid = 'pg_extension'::regclass and d.refobjid = e.oid"
    "  where e.extname = 'proapp_schema' and d.deptype = 'e'),"
    " object (place, what, privilege, acl) as ("
    "  select 1, format('schema %I', nspname), 'USAGE', coalesce(nspacl, acldefault('n', nspowner)) from pg_namespace where nspname = 'proapp'"
    "  union all"
    "  select 2, format('%s %s', case prokind when 'p' then 'procedure' else 'function' end, p.oid::regprocedure), 'EXECUTE', coalesce(proacl, acldefault('f', proowner))"
    "  from member join pg_proc p on classid = 'pg_proc'::regclass and p.oid = objid"
    "  where prorettype <> 'event_trigger'::regtype and 'internal'::regtype <> all (proargtypes)"
    "  union all"
    "  select 3, format('table %s', c.oid::regclass), 'SELECT', coalesce(relacl, acldefault('r', relowner))"
    "  from member join pg_class c on classid = 'pg_class'::regclass and c.oid = objid where relkind = 'v')"
    " select format('grant %s on %s to %I', privilege, what, $1) from object"
    " where not exists (select from aclexplode(acl) a where a.privilege_type = privilege and a.grantee = $2)"
    "  and not (place = 2 and exists (select from aclexplode(acl) a where a.privilege_type = privilege and a.grantee = 0))"
    " order by place, what collate \"C\"";

static void check_caller() {
  const Oid owner = state::extension_owner();
  if (has_privs_of_role(GetUserId(), owner)) return;
  ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("permission denied to appoint administrators of proapp_schema"),
                  errdetail("The extension belongs to \"%s\".", GetUserNameFromId(owner, false)), errhint("Call as that role, or as a superuser.")));
}

static void grant(const char *role, Oid oid) {
  const int pin = pg::pin_search_path();
  pg::spi_begin();
  const uint64 count = pg::spi_run(missing_grants, {pg::Argument(role), pg::Argument(OIDOID, ObjectIdGetDatum(oid))});
  SPITupleTable *statements = SPI_tuptable;
  for (uint64 i = 0; i < count; ++i) pg::spi_run(SPI_getvalue(statements->vals[i], statements->tupdesc, 1));
  pg::spi_end();
  pg::unpin_search_path(pin);
}

}  // namespace proapp::status

namespace proapp {

PROAPP_FUNCTION(proapp_grant_admin) {
  const char *role = pstrdup(NameStr(*DatumGetName(pg::required(fcinfo, 0, "role"))));
  status::check_caller();
  if (strcmp(role, "public") == 0 || IsReservedName(role))
    ereport(ERROR,
            (errcode(ERRCODE_RESERVED_NAME), errmsg("\"%s\" cannot administer proapp_schema", role), errdetail("PUBLIC is everybody, and roles named pg_… are PostgreSQL's own."),
             errhint("Make a role for it: create role proapp_admin; grant that role to people.")));
  const Oid oid = get_role_oid(role, false);

  // Inside of an extension's script PostgreSQL would take the grants for a part of that extension, and no dump would hold them.
  pg::outside_of_extension([=] { status::grant(role, oid); });
  PG_RETURN_VOID();
}

}  // namespace proapp
