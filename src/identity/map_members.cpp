// map_members, unmap_members and what view memberships shows.
#include "pg/boundary.hpp"

#include "identity/membership.hpp"
#include "identity/registering.hpp"
#include "identity/registration.hpp"
#include "pg/compat.hpp"
#include "pg/rows.hpp"
#include "pg/session.hpp"

extern "C" {
#include <access/relation.h>
#include <catalog/pg_type.h>
#include <utils/inval.h>
}

using namespace proapp;

namespace proapp::identity {

static uint64 run(const char *sql, const Membership &m) {
  return state::run(sql, {m.membership, m.source.schema, m.source.table, m.source.key_column, m.source.value_column, m.role_column, m.mapping, m.active_condition});
}

static void save(const Membership &membership) {
  const Oid table = state::find_or_make(memberships);
  if (run("select from proapp_data.memberships where membership = $1 and (table_schema, table_name, user_column, organization_column) = ($2, $3, $4, $5)"
          " and (role_column, mapping, active_condition) is not distinct from ($6, $7, $8)",
          membership) > 0)
    return;
  run("insert into proapp_data.memberships (membership, table_schema, table_name, user_column, organization_column, role_column, mapping, active_condition)"
      " values ($1, $2, $3, $4, $5, $6, $7, $8)"
      " on conflict (membership) do update set table_schema = excluded.table_schema, table_name = excluded.table_name, user_column = excluded.user_column,"
      " organization_column = excluded.organization_column, role_column = excluded.role_column, mapping = excluded.mapping, active_condition = excluded.active_condition,"
      " registered_at = pg_catalog.now()",
      membership);
  CacheInvalidateRelcacheByRelid(table);
}

static void remove(const char *membership) {
  const Oid table = state::find(memberships);
  find_membership(membership, GetActiveSnapshot());  // raises where there is none
  state::refuse_while_restoring();
  pg::spi_begin();
  state::run("delete from proapp_data.memberships where membership = $1", {membership});
  pg::spi_end();
  CacheInvalidateRelcacheByRelid(table);
}

static char class_of(Oid type) { return type == UUIDOID ? 'u' : type == INT4OID || type == INT8OID ? 'i' : 't'; }

// The mapping's ids and the user column hold the same kind of value.
static void check_mapping(const Membership &membership, const Members &members) {
  if (membership.mapping == nullptr) return;
  const Registration registration = find_registration(membership.mapping, GetActiveSnapshot());
  Target users;
  if (const Problem problem = open_target(registration.source, users)) raise(problem);
  const Oid type = users.value_type;
  close_target(users);
  if (class_of(type) == class_of(members.target.key_type)) return;
  ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                  errmsg("column %s is of type %s", column_text(membership.source, membership.source.key_column), format_type_be(members.target.key_type)),
                  errdetail("Mapping \"%s\" gives ids of type %s.", membership.mapping, format_type_be(type)),
                  errhint("Name the column that references %s, or leave out the mapping where the column holds the auth id.", table_text(registration.source))));
}

static const List *columns_read(const Members &members) {
  List *columns = list_make2_int(members.target.key, members.target.value);
  if (members.role != InvalidAttrNumber) columns = lappend_int(columns, members.role);
  for (size_t i = 0; i < members.condition.tests.size(); ++i) columns = lappend_int(columns, members.tests[i].column);
  return columns;
}

static int64 count(const char *sql) {
  pg::spi_run(sql);
  return DatumGetInt64(pg::spi_datum(0, 1).value_or(0));
}

// Members whose user the mapping does not know: they never sign in.
static void report_strangers(const Membership &membership, const char *table, const char *user, pg::Rows &rows) {
  if (membership.mapping == nullptr) return;
  const Source users = find_registration(membership.mapping, GetActiveSnapshot()).source;
  const char *item = psprintf("members without auth id in mapping \"%s\"", membership.mapping);
  if (!may_read_all(users.schema, users.table)) {
    rows.put({item, pg::Cell::null(), psprintf("not counted: call as a role that may read all of %s", table_text(users))});
    return;
  }
  const char *strangers =
      psprintf("from only %s m where m.%s is not null and not exists (select from only %s u where u.%s::pg_catalog.text = m.%s::pg_catalog.text and u.%s is not null)", table, user,
               table_text(users), quote_identifier(users.value_column), user, quote_identifier(users.key_column));
  const int64 found = count(psprintf("select pg_catalog.count(*) %s", strangers));
  rows.put({item, found, found > 0 ? pg::Cell(psprintf("select m.%s %s", user, strangers)) : pg::Cell::null()});
}

static void report_roles(const char *table, const char *role, const char *active, const char *name, pg::Rows &rows) {
  const uint64 roles =
      pg::spi_run(psprintf("select r, pg_catalog.count(*) from (select %s::pg_catalog.text as r from only %s where %s is not null%s) rows"
                           " group by r order by r collate \"C\" limit 20",
                           role, table, role, active));
  for (uint64 i = 0; i < roles; ++i) {
    const char *found = pstrdup(SPI_getvalue(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1));
    rows.put({psprintf("role %s", found), DatumGetInt64(pg::spi_datum(i, 2).value_or(0)), psprintf("proapp.current_organizations(%s, %s)", name, quote_literal_cstr(found))});
  }
}

static void report(const Membership &membership, pg::Rows &rows) {
  const char *table = table_text(membership.source), *name = quote_literal_cstr(membership.membership);
  const char *user = quote_identifier(membership.source.key_column), *organization = quote_identifier(membership.source.value_column);
  const char *active = membership.active_condition != nullptr ? psprintf(" and (%s)", membership.active_condition) : "";
  const int pin = pg::pin_search_path();
  rows.put({"members", count(psprintf("select pg_catalog.count(*) from only %s", table)),
            psprintf("compare with organization_id = any (proapp.current_organizations(%s)) in policies", name)});
  if (membership.active_condition != nullptr)
    rows.put({"active members", count(psprintf("select pg_catalog.count(*) from only %s where true%s", table, active)), pg::Cell::null()});
  rows.put({"organizations", count(psprintf("select pg_catalog.count(distinct %s) from only %s where %s is not null%s", organization, table, user, active)), pg::Cell::null()});
  if (membership.role_column != nullptr) report_roles(table, quote_identifier(membership.role_column), active, name, rows);
  report_strangers(membership, table, user, rows);
  pg::unpin_search_path(pin);
}

static const char *current_problem(const Membership &membership) {
  Members members;
  const Problem problem = open_members(membership, members);
  if (!problem) close_target(members.target);
  return problem_text(problem);
}

}  // namespace proapp::identity

PROAPP_FUNCTION(proapp_map_members) {
  pg::Rows rows(fcinfo);
  identity::Membership membership{};
  identity::Source &source = membership.source;
  membership.membership = pg::required_text(fcinfo, 0, "membership");
  const Oid relation = DatumGetObjectId(pg::required(fcinfo, 1, "members_table"));
  source.key_column = identity::required_name(fcinfo, 2, "user_column");
  source.value_column = identity::required_name(fcinfo, 3, "organization_column");
  membership.role_column = identity::optional_name(fcinfo, 4);
  membership.mapping = identity::optional_text(fcinfo, 5, "mapping");
  membership.active_condition = identity::optional_text(fcinfo, 6, "active_condition");

  Relation table = identity::open_named(relation, source);
  identity::Members members;
  if (const identity::Problem problem = identity::inspect_members(membership, table, members)) identity::raise(problem);
  identity::check_may_read(source, table, identity::columns_read(members));
  identity::check_mapping(membership, members);

  pg::spi_begin();
  identity::save(membership);
  identity::report(membership, rows);
  pg::spi_end();

  index_close(members.target.index, NoLock);
  relation_close(table, NoLock);
  return rows.done();
}

PROAPP_FUNCTION(proapp_unmap_members) {
  identity::remove(pg::required_text(fcinfo, 0, "membership"));
  PG_RETURN_VOID();
}

PROAPP_FUNCTION(proapp_memberships) {
  pg::Rows rows(fcinfo);
  const List *all = identity::all_memberships(GetActiveSnapshot());
  const ListCell *cell;
  foreach (cell, all) {
    const auto &m = *static_cast<const identity::Membership *>(lfirst(cell));
    rows.put(
        {m.membership, identity::table_text(m.source), m.source.key_column, m.source.value_column, m.role_column, m.mapping, m.active_condition, identity::current_problem(m)});
  }
  return rows.done();
}
