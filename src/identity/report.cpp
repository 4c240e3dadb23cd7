#include "pg/boundary.hpp"

#include "identity/policies.hpp"
#include "identity/registering.hpp"
#include "identity/report.hpp"
#include "pg/compat.hpp"
#include "pg/session.hpp"
#include "pg/spi.hpp"

extern "C" {
#include <catalog/namespace.h>
#include <catalog/pg_type.h>
#include <nodes/pg_list.h>
}

namespace proapp::identity {

namespace {

struct Names {  // quoted, for SQL and for the reader
  const char *table, *auth, *id, *call;
};

}  // namespace

static int64 count(const char *sql) {
  pg::spi_run(sql);
  return DatumGetInt64(pg::spi_datum(0, 1).value_or(0));
}

static void report_users(const Names &names, pg::Rows &rows) {
  rows.put({"users", count(psprintf("select pg_catalog.count(%s) from only %s", names.auth, names.table)), psprintf("compare with (select %s) in policies", names.call)});
  const int64 without = count(psprintf("select pg_catalog.count(*) from only %s where %s is null", names.table, names.auth));
  rows.put({"users without auth id", without, without > 0 ? pg::Cell(psprintf("select %s from %s where %s is null", names.id, names.table, names.auth)) : pg::Cell::null()});
}

// Supabase's table of accounts; its id is the claim sub.
static void report_accounts(const Names &names, pg::Rows &rows) {
  static const char item[] = "auth.users without user";
  const Oid schema = get_namespace_oid("auth", true);
  const Oid accounts = OidIsValid(schema) ? get_relname_relid("users", schema) : InvalidOid;
  if (!OidIsValid(accounts) || get_attnum(accounts, "id") == InvalidAttrNumber) return;
  if (may_read_all("auth", "users")) {
    const char *missing = psprintf("from auth.users a where not exists (select from only %s u where u.%s::pg_catalog.text = a.id::pg_catalog.text)", names.table, names.auth);
    const int64 unmapped = count(psprintf("select pg_catalog.count(*) %s", missing));
    rows.put({item, unmapped, unmapped > 0 ? pg::Cell(psprintf("select a.id %s", missing)) : pg::Cell::null()});
  } else {
    rows.put({item, pg::Cell::null(), "not counted: call as a role that may read all of auth.users"});
  }
}

static void report_policies(const Registration &registration, const Target &target, const Names &names, pg::Rows &rows) {
  const List *wrong = target.key == target.value ? NIL : policies_with_auth_id(RelationGetRelid(target.table), target.value);
  rows.put({"policies comparing with the auth id", static_cast<int64>(list_length(wrong)),
            wrong != NIL ? pg::Cell(psprintf("%s is another id than the auth id: to be rewritten", column_text(registration.source, registration.source.value_column)))
                         : pg::Cell::null()});
  const ListCell *cell;
  foreach (cell, wrong) {
    const auto *policy = static_cast<const WrongPolicy *>(lfirst(cell));
    const char *table = quote_qualified_identifier(get_namespace_name(get_rel_namespace(policy->relation)), get_rel_name(policy->relation));
    rows.put({psprintf("policy %s on %s", quote_identifier(policy->policy), table), pg::Cell::null(), psprintf("compare %s with (select %s)", policy->column, names.call)});
  }
}

void report(const Registration &registration, const Target &target, pg::Rows &rows) {
  const Names names = {table_text(registration.source), quote_identifier(registration.source.key_column), quote_identifier(registration.source.value_column),
                       psprintf("proapp.current_user_%s(%s)", target.value_type == UUIDOID ? "id" : "key", quote_literal_cstr(registration.mapping))};
  const int pin = pg::pin_search_path();
  report_users(names, rows);
  if (strcmp(registration.claim, "sub") == 0) report_accounts(names, rows);
  report_policies(registration, target, names, rows);
  pg::unpin_search_path(pin);
}

}  // namespace proapp::identity
