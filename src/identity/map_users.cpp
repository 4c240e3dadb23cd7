// map_users, unmap_users and what view user_mappings shows.
#include "pg/boundary.hpp"

#include "core/claims.hpp"
#include "identity/membership.hpp"
#include "identity/registering.hpp"
#include "identity/registration.hpp"
#include "identity/report.hpp"
#include "pg/context_arena.hpp"
#include "pg/rows.hpp"

extern "C" {
#include <access/relation.h>
#include <utils/inval.h>
}

using namespace proapp;

namespace proapp::identity {

static void check_claim(const char *claim) {
  pg::ContextArena arena("proapp claim");
  if (core::parse_claim_path(claim, arena)) return;
  ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("\"%s\" names no claim", claim),
                  errdetail("A claim is a name, or up to eight names with dots between them for one inside of objects: app_metadata.tenant_id."),
                  errhint("Put a name that holds dots into double quotes: '\"https://example.com/claims\".tenant_id'.")));
}

static uint64 run(const char *sql, const Registration &r) {
  return state::run(sql, {r.mapping, r.source.schema, r.source.table, r.source.key_column, r.source.value_column, r.claim});
}

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

static void check_unused(const char *mapping) {
  for (state::Scan scan(memberships, GetActiveSnapshot()); scan.next();) {
    const char *used = scan.text("mapping");
    if (used == nullptr || strcmp(used, mapping) != 0) continue;
    const char *membership = scan.text("membership");
    ereport(ERROR, (errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST), errmsg("mapping \"%s\" is used by membership \"%s\"", mapping, membership),
                    errhint("Forget that first: select proapp.unmap_members(%s).", quote_literal_cstr(membership))));
  }
}

static void remove(const char *mapping) {
  const Oid table = state::find(user_mappings);
  find_registration(mapping, GetActiveSnapshot());  // raises where there is none
  check_unused(mapping);
  state::refuse_while_restoring();
  pg::spi_begin();
  state::run("delete from proapp_data.user_mappings where mapping = $1", {mapping});
  pg::spi_end();
  CacheInvalidateRelcacheByRelid(table);
}

static const char *current_problem(const Source &source) {
  Target target;
  const Problem problem = open_target(source, target);
  if (!problem) close_target(target);
  return problem_text(problem);
}

}  // namespace proapp::identity

PROAPP_FUNCTION(proapp_map_users) {
  pg::Rows rows(fcinfo);
  identity::Registration registration{};
  identity::Source &source = registration.source;
  registration.mapping = pg::required_text(fcinfo, 0, "mapping");
  const Oid relation = DatumGetObjectId(pg::required(fcinfo, 1, "users_table"));
  source.key_column = identity::required_name(fcinfo, 2, "auth_column");
  source.value_column = identity::required_name(fcinfo, 3, "id_column");
  source.unique = true;
  registration.claim = pg::required_text(fcinfo, 4, "claim");
  identity::check_claim(registration.claim);

  Relation table = identity::open_named(relation, source);
  identity::Target target;
  if (const identity::Problem problem = identity::inspect_target(source, table, target)) identity::raise(problem);
  identity::check_may_read(source, table, list_make2_int(target.key, target.value));

  pg::spi_begin();
  identity::save(registration);
  identity::report(registration, target, rows);
  pg::spi_end();

  index_close(target.index, NoLock);
  relation_close(table, NoLock);
  return rows.done();
}

PROAPP_FUNCTION(proapp_unmap_users) {
  identity::remove(pg::required_text(fcinfo, 0, "mapping"));
  PG_RETURN_VOID();
}

PROAPP_FUNCTION(proapp_user_mappings) {
  pg::Rows rows(fcinfo);
  const List *all = identity::all_registrations(GetActiveSnapshot());
  const ListCell *cell;
  foreach (cell, all) {
    const auto &r = *static_cast<const identity::Registration *>(lfirst(cell));
    rows.put({r.mapping, identity::table_text(r.source), r.source.key_column, r.source.value_column, r.claim, identity::current_problem(r.source)});
  }
  return rows.done();
}
