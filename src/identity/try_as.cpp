// try_as: a case of a self test. A statement as somebody, and whether it did what it should.
#include "pg/boundary.hpp"

#include "pg/arguments.hpp"
#include "pg/attempt.hpp"
#include "pg/impersonate.hpp"
#include "pg/spi.hpp"

extern "C" {
#include <utils/builtins.h>
#include <utils/guc.h>
}

using namespace proapp;

namespace {

void set_local(const char *setting, const char *value) { set_config_option(setting, value, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_LOCAL, true, 0, false); }

const char *setting(const char *name) {
  const char *value = GetConfigOption(name, true, false);
  return value == nullptr ? "" : pstrdup(value);
}

void become(const pg::Identity &identity) {
  if (identity.role == nullptr) return set_local("request.jwt.claims", "");
  pg::set_claims(identity);
  pg::set_role(identity.role);
}

// The first value of the first row, as a cast to text has it; null where there is none.
const char *value_of(const char *statement, MemoryContext context) {
  pg::spi_begin();
  const uint64 count = pg::spi_run(statement);
  const char *value = count > 0 && SPI_tuptable != nullptr ? SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1) : nullptr;
  if (value != nullptr && SPI_gettypeid(SPI_tuptable->tupdesc, 1) == BOOLOID) value = *value == 't' ? "true" : "false";
  const char *kept = value == nullptr ? nullptr : MemoryContextStrdup(context, value);
  pg::spi_end();
  return kept;
}

// Or the SQLSTATE of the error that it ended in.
const char *outcome_of(const pg::Identity &identity, const char *statement) {
  const MemoryContext context = CurrentMemoryContext;
  const char *value = nullptr;
  const ErrorData *error = pg::attempt([&] {
    // Not by a nest level: other settings that the statement makes are for the cases after it.
    const char *claims = setting("request.jwt.claims"), *role = setting("role");
    become(identity);
    value = value_of(statement, context);
    set_local("role", role);
    set_local("request.jwt.claims", claims);
  });
  return error == nullptr ? value : pstrdup(unpack_sql_state(error->sqlerrcode));
}

bool same(const char *one, const char *other) { return one == nullptr || other == nullptr ? one == other : strcmp(one, other) == 0; }

const char *shown(const char *text) { return text == nullptr ? "null" : text; }

}  // namespace

PROAPP_FUNCTION(proapp_try_as) {
  const char *test = pg::required_text(fcinfo, 0, "test"), *auth_id = pg::optional_text(fcinfo, 1);
  const char *role = PG_ARGISNULL(2) ? nullptr : NameStr(*PG_GETARG_NAME(2));
  const char *statement = pg::required_text(fcinfo, 3, "statement"), *expected = pg::optional_text(fcinfo, 4);
  const char *actual = outcome_of({auth_id, role, pg::required(fcinfo, 5, "claims")}, statement);
  const bool passed = same(actual, expected);
  pg::spi_begin();
  pg::spi_run("select pg_catalog.jsonb_build_object('test', $1, 'result', $2, 'detail', $3)",
              {test, passed ? "PASS" : "FAIL", passed ? "" : static_cast<const char *>(psprintf("%s instead of %s", shown(actual), shown(expected)))});
  const Datum result = SPI_datumTransfer(*pg::spi_datum(0, 1), false, -1);
  pg::spi_end();
  return result;
}
