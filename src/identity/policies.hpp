// Policies that compare a mapped id with the auth id: two different values for every user, so they hide everything.
#pragma once
#include "pg/postgres.hpp"

namespace proapp::identity {

struct WrongPolicy {
  Oid relation;
  const char *policy;
  const char *column;  // that is compared with the auth id, with its table: public.audit.provider_id
};

// Elements are WrongPolicy *, by relation and name, in the current memory context. `users` and `id` are the mapped table and its id column.
struct List *policies_with_auth_id(Oid users, AttrNumber id);

}  // namespace proapp::identity
