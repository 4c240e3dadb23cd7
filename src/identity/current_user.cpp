// current_user_id, current_user_key, auth_id, whoami: what policies call, and what a user asks who sees nothing.
#include "pg/boundary.hpp"

#include "identity/claims.hpp"
#include "identity/registration.hpp"
#include "identity/user.hpp"
#include "pg/rows.hpp"
#include "pg/text.hpp"

extern "C" {
#include <nodes/pg_list.h>
#include <utils/uuid.h>
}

using namespace proapp;

PROAPP_FUNCTION(proapp_current_user_id) {
  identity::StatementSnapshot snapshot;
  const identity::Id id = identity::current_user(pg::view(PG_GETARG_TEXT_PP(0)), snapshot.get()).id;
  snapshot.close();
  if (!id.has_uuid) PG_RETURN_NULL();
  PG_RETURN_UUID_P(static_cast<pg_uuid_t *>(memcpy(palloc(sizeof(pg_uuid_t)), &id.uuid, sizeof(pg_uuid_t))));
}

PROAPP_FUNCTION(proapp_current_user_key) {
  identity::StatementSnapshot snapshot;
  const identity::Id id = identity::current_user(pg::view(PG_GETARG_TEXT_PP(0)), snapshot.get()).id;
  snapshot.close();
  if (id.text == nullptr) PG_RETURN_NULL();
  PG_RETURN_DATUM(pg::text_datum(id.text));
}

PROAPP_FUNCTION(proapp_auth_id) {
  const char *claim = identity::read_sub().text;
  if (claim == nullptr) PG_RETURN_NULL();
  PG_RETURN_DATUM(pg::text_datum(claim));
}

PROAPP_FUNCTION(proapp_whoami) {
  pg::Rows rows(fcinfo);
  identity::StatementSnapshot snapshot;
  const List *all = identity::all_registrations(snapshot.get());
  const ListCell *cell;
  foreach (cell, all) {
    const char *mapping = static_cast<const identity::Registration *>(lfirst(cell))->mapping;
    const identity::User user = identity::look_up_user(mapping, snapshot.get());
    rows.put({mapping, user.claim, user.id.text, user.reason});
  }
  if (all == NIL) {
    const identity::Claim claim = identity::read_sub();
    rows.put({pg::Cell::null(), claim.text, pg::Cell::null(),
              psprintf("no mapping is registered%s%s; an administrator calls proapp.map_users('<mapping>', '<users table>', '<column with the auth id>')",
                       claim.reason != nullptr ? ", and " : "", claim.reason != nullptr ? claim.reason : "")});
  }
  snapshot.close();
  return rows.done();
}
