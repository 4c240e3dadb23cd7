// Who is the signed-in user of a mapping: read anew from claims, registration and table.
#pragma once
#include "pg/postgres.hpp"

#include "core/keys.hpp"
#include "identity/registration.hpp"

#include <type_traits>

namespace proapp::identity {

// The two settings that carry claims, as they are now. Never null: '' is unset, which is also what a rollback or RESET leaves.
struct ClaimSettings {
  const char *legacy;  // request.jwt.claim.<name>, which wins
  const char *claims;  // request.jwt.claims, a JSON object
};
// `legacy_name` is null for a claim that has no legacy form: one inside an object.
ClaimSettings read_claim_settings(const char *legacy_name);

// Texts live in the current memory context.
struct Answer {
  const char *key;  // the user's id as text; null where there is none
  core::Uuid uuid;  // the same, where has_uuid
  bool has_uuid;
  const char *claim;   // the claim's value; null where there is none
  const char *reason;  // why there is no key; null where there is one
  const char *legacy_name;
};
static_assert(std::is_trivially_destructible_v<Answer>);

Answer look_up(const Registration &registration, Snapshot snapshot);

// The claim at `path` as text, null where there is none; `reason` then says why.
const char *read_claim(const char *path, const char **reason);

}  // namespace proapp::identity
