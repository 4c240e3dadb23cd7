// act_as: the rest of the transaction as a user of the application.
#include "pg/boundary.hpp"

#include "pg/arguments.hpp"
#include "pg/impersonate.hpp"
#include "pg/rows.hpp"

extern "C" {
#include <access/xact.h>
}

using namespace proapp;

static const char *note(const char *call) {
  if (!IsTransactionBlock()) return psprintf("lost at the end of this statement: begin; %s; …; rollback;", call);
  return "until the end of this transaction; reset role brings your own rights back before that, and leaves the claims";
}

static const char *call_text(const pg::Identity &identity) {
  const char *who = identity.auth_id != nullptr ? quote_literal_cstr(identity.auth_id) : "null";
  return psprintf("select * from proapp.act_as(%s, %s)", who, quote_literal_cstr(identity.role));
}

// No nest level of settings may be open around these two: they would end with it.
PROAPP_FUNCTION(proapp_act_as) {
  const pg::Identity identity = {pg::optional_text(fcinfo, 0), NameStr(*DatumGetName(pg::required(fcinfo, 1, "role"))), pg::required(fcinfo, 2, "claims")};
  pg::Rows rows(fcinfo);
  pg::set_claims(identity);
  pg::set_role(identity.role);
  rows.put({pg::Cell::of(PG_GETARG_DATUM(1)), identity.auth_id != nullptr ? pg::Cell(identity.auth_id) : pg::Cell::null(), note(call_text(identity))});
  return rows.done();
}
