#include "pg/boundary.hpp"

#include "core/check.hpp"
#include "pg/rows.hpp"
#include "pg/spi.hpp"
#include "state/tables.hpp"
#include "verify/accepted.hpp"
#include "verify/facts.hpp"

namespace proapp::verify {

static const state::Table accepted_findings = {"accepted_findings",
                                               "check_id text, object text, reason text not null, until timestamptz, accepted_at timestamptz not null default pg_catalog.now(),"
                                               " accepted_by text not null default session_user, primary key (check_id, object)"};

Accepted::Accepted(core::Arena &arena) : entries_(arena.make<core::Vector<Entry>>(arena)) {
  if (!OidIsValid(state::find(accepted_findings))) return;
  const uint64 count = state::run("select check_id, object from proapp_data.accepted_findings where until is null or until > pg_catalog.now() order by 1, 2", {}, true);
  for (uint64 i = 0; i < count; ++i) entries_.push_back({arena.copy(pg::spi_text(i, 1)), arena.copy(pg::spi_text(i, 2))});
}

bool Accepted::covers(std::string_view check, std::string_view object) const {
  for (const Entry &entry : entries_)
    if (entry.check == check && entry.object == object) return true;
  return false;
}

}  // namespace proapp::verify

namespace proapp {

// accept_finding(check_id, object, reason, until): a null reason takes it back.
PROAPP_FUNCTION(proapp_accept_finding) {
  for (int i = 0; i < 2; ++i)
    if (PG_ARGISNULL(i)) ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("check and object of a finding must not be null")));
  const char *check = TextDatumGetCString(PG_GETARG_DATUM(0)), *object = TextDatumGetCString(PG_GETARG_DATUM(1));
  if (!verify::is_check(check))
    ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("check \"%s\" does not exist", check), errhint("select * from proapp.checks() lists those that do.")));
  pg::spi_begin();
  if (PG_ARGISNULL(2)) {
    if (OidIsValid(state::find(verify::accepted_findings))) {
      state::refuse_while_restoring();
      state::run("delete from proapp_data.accepted_findings where check_id = $1 and object = $2", {check, object});
    }
  } else {
    const char *reason = TextDatumGetCString(PG_GETARG_DATUM(2));
    if (strspn(reason, " \t\n") == strlen(reason))
      ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("a reason must not be empty"), errhint("Say why it is meant to be so, for whoever reads it next year.")));
    state::find_or_make(verify::accepted_findings);
    state::run(
        "insert into proapp_data.accepted_findings as a (check_id, object, reason, until) values ($1, $2, $3, $4)"
        " on conflict (check_id, object) do update set reason = excluded.reason, until = excluded.until, accepted_at = excluded.accepted_at, accepted_by = excluded.accepted_by"
        " where (a.reason, a.until) is distinct from (excluded.reason, excluded.until)",
        {check, object, reason, pg::Argument(TIMESTAMPTZOID, PG_GETARG_DATUM(3), PG_ARGISNULL(3))});
  }
  pg::spi_end();
  PG_RETURN_VOID();
}

PROAPP_FUNCTION(proapp_accepted_findings) {
  return state::rows(
      fcinfo, verify::accepted_findings,
      "select check_id, object, reason, until, accepted_at, accepted_by, coalesce(until <= pg_catalog.now(), false) from proapp_data.accepted_findings order by 1, 2");
}

}  // namespace proapp
