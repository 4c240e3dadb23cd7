// Becoming a user of the application: the claims that say who, and the role with which a door such as PostgREST would come in.
#pragma once
#include "pg/postgres.hpp"

#include "pg/session.hpp"

#include <type_traits>

namespace proapp::pg {

struct Identity {
  const char *auth_id;  // null: nobody is signed in
  const char *role;
  Datum claims;  // jsonb: an object, what the claims hold beside sub and role
};

// No further claims.
Datum no_claims();

// The claims, until the end of the transaction or of the settings' nest level: request.jwt.claims, and none of the legacy settings, which would win.
// By the statement SET LOCAL, which Citus passes on to workers; set_config() it does not. Raises 22023 where claims are no object.
void set_claims(const Identity &identity);

// SET LOCAL ROLE, with the rights that this statement has. Raises 42704 for a role that does not exist, 42501 for one that may not be set.
void set_role(const char *role);

// What becomes of all that is done meanwhile.
enum class Effects {
  kept,       // so nothing may be left behind that runs later, with the caller's rights again: deferred triggers and cursors WITH HOLD are refused
  taken_back  // in a subtransaction that is rolled back
};

struct Impersonation {
  int settings;
  User before;
  struct List *former;  // the settings of before
};
static_assert(std::is_trivially_destructible_v<Impersonation>);

// Is that user until stop(), for statements of others too: they cannot set the role, so they do not get back to the caller's. On an error the abort
// of the (sub)transaction ends it. Raises as set_role() does, where the caller is no member of the role.
Impersonation impersonate(const Identity &identity, Effects effects);
void stop(const Impersonation &impersonation);

}  // namespace proapp::pg
