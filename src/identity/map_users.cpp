// map_users, unmap_users and what view user_mappings shows.
#include "pg/boundary.hpp"

#include "core/claims.hpp"
#include "identity/registration.hpp"
#include "identity/report.hpp"
#include "identity/target.hpp"
#include "pg/context_arena.hpp"
#include "pg/rows.hpp"
#include "pg/text.hpp"

extern "C" {
#include <access/relation.h>
#include <catalog/pg_type.h>
#include <nodes/pg_list.h>
#include <utils/acl.h>
#include <utils/inval.h>
#include <utils/rls.h>
}

using namespace proapp;

namespace proapp::identity {

static Datum required(FunctionCallInfo fcinfo, int argument, const char *name) {
  if (PG_ARGISNULL(argument)) ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("argument \"%s\" must not be null", name)));
  return PG_GETARG_DATUM(argument);
}

static const char *required_text(FunctionCallInfo fcinfo, int argument, const char *name) {
  const char *value = TextDatumGetCString(required(fcinfo, argument, name));
  if (*value == '\0') ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("argument \"%s\" must not be empty", name)));
  return value;
}

static const char *required_name(FunctionCallInfo fcinfo, int argument, const char *name) { return pstrdup(NameStr(*DatumGetName(required(fcinfo, argument, name)))); }

static void check_claim(const char *claim) {
  pg::ContextArena arena("proapp claim");
  if (core::parse_claim_path(claim, arena)) return;
  ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("\"%s\" names no claim", claim),
                  errdetail("A claim is a name, or up to eight names with dots between them for one inside of objects: app_metadata.tenant_id."),
                  errhint("Put a name that holds dots into double quotes: '\"https://example.com/claims\".tenant_id'.")));
}

static bool may_select(Oid relation, AttrNumber column, Oid user) {
  return pg_class_aclcheck(relation, user, ACL_SELECT) == ACLCHECK_OK || pg_attribute_aclcheck(relation, column, user, ACL_SELECT) == ACLCHECK_OK;
}

// A mapping tells everybody who holds an auth id the user's id, past privileges and policies: only who can read both may say so.
static void check_may_read(const Registration &registration, const Target &target) {
  const Oid relation = RelationGetRelid(target.table), user = GetUserId();
  if (!may_select(relation, target.auth, user) || !may_select(relation, target.id, user))
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("permission denied for table %s", table_text(registration)),
                    errdetail("Registering a mapping needs SELECT on its columns %s and %s.", quote_identifier(registration.auth_column), quote_identifier(registration.id_column)),
                    errhint("Call as the table's owner, or have SELECT granted to \"%s\".", GetUserNameFromId(user, false))));
  if (check_enable_rls(relation, InvalidOid, true) == RLS_ENABLED)
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("row-level security of table %s applies to \"%s\"", table_text(registration), GetUserNameFromId(user, false)),
                    errdetail("The signed-in user is looked up past the table's policies, so a mapping is registered by a role that they do not restrict."),
                    errhint("Call as a role with BYPASSRLS, or as the table's owner where row-level security is not forced.")));
}

[[noreturn]] static void raise(const Problem &problem) {
  ereport(ERROR, (errcode(problem.sqlstate), errmsg_internal("%s", problem.message), problem.detail != nullptr ? errdetail_internal("%s", problem.detail) : 0,
                  problem.hint != nullptr ? errhint("%s", problem.hint) : 0));
  pg_unreachable();
}

static uint64 run(const char *sql, const Registration &r) { return state::run(sql, {r.mapping, r.table_schema, r.table_name, r.auth_column, r.id_column, r.claim}); }

// Writes only where something is new, so that a script may be run twice.
static void save(const Registration &registration) {
  const Oid table = state::find_or_make(user_mappings);
  if (run("select from proapp_data.user_mappings"
          " where mapping = $1 and table_schema = $2 and table_name = $3 and auth_column = $4 and id_column = $5 and claim = $6",
          registration) > 0)
    return;
  run("insert into proapp_data.user_mappings as m (mapping, table_schema, table_name, auth_column, id_column, claim) values ($1, $2, $3, $4, $5, $6)"
      " on conflict (mapping) do update set table_schema = excluded.table_schema, table_name = excluded.table_name, auth_column = excluded.auth_column,"
      " id_column = excluded.id_column, claim = excluded.claim, registered_at = pg_catalog.now()",
      registration);
  CacheInvalidateRelcacheByRelid(table);
}

static void remove(const char *mapping) {
  const Oid table = state::find(user_mappings);
  find_registration(mapping, GetActiveSnapshot());  // raises where there is none
  state::refuse_while_restoring();
  pg::spi_begin();
  state::run("delete from proapp_data.user_mappings where mapping = $1", {mapping});
  pg::spi_end();
  CacheInvalidateRelcacheByRelid(table);
}

// What a registration's table is worth now; null where all is well.
static const char *current_problem(const Registration &registration) {
  Target target;
  const Problem problem = open_target(registration, target);
  if (!problem) {
    close_target(target);
    return nullptr;
  }
  return problem.detail != nullptr ? psprintf("%s: %s", problem.message, problem.detail) : problem.message;
}

}  // namespace proapp::identity

PROAPP_FUNCTION(proapp_map_users) {
  pg::Rows rows(fcinfo);
  identity::Registration registration{};
  registration.mapping = identity::required_text(fcinfo, 0, "mapping");
  const Oid relation = DatumGetObjectId(identity::required(fcinfo, 1, "users_table"));
  registration.auth_column = identity::required_name(fcinfo, 2, "auth_column");
  registration.id_column = identity::required_name(fcinfo, 3, "id_column");
  registration.claim = identity::required_text(fcinfo, 4, "claim");
  identity::check_claim(registration.claim);

  // The lock keeps the definition as it was checked until the registration is committed.
  Relation table = try_relation_open(relation, AccessShareLock);
  if (table == nullptr) ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE), errmsg("relation with OID %u does not exist", relation)));
  registration.table_schema = get_namespace_name_or_temp(RelationGetNamespace(table));
  registration.table_name = pstrdup(RelationGetRelationName(table));

  identity::Target target;
  if (const identity::Problem problem = identity::inspect_target(registration, table, target)) identity::raise(problem);
  identity::check_may_read(registration, target);

  pg::spi_begin();
  identity::save(registration);
  identity::report(registration, target, rows);
  pg::spi_end();

  index_close(target.index, NoLock);
  relation_close(table, NoLock);
  return rows.done();
}

PROAPP_FUNCTION(proapp_unmap_users) {
  identity::remove(identity::required_text(fcinfo, 0, "mapping"));
  PG_RETURN_VOID();
}

PROAPP_FUNCTION(proapp_user_mappings) {
  pg::Rows rows(fcinfo);
  const List *all = identity::all_registrations(GetActiveSnapshot());
  const ListCell *cell;
  foreach (cell, all) {
    const auto &r = *static_cast<const identity::Registration *>(lfirst(cell));
    const char *problem = identity::current_problem(r);
    rows.put({r.mapping, identity::table_text(r), r.auth_column, r.id_column, r.claim, problem != nullptr ? pg::Cell(problem) : pg::Cell::null()});
  }
  return rows.done();
}
