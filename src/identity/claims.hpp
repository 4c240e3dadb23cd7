// The claims of whoever is signed in, as the settings carry them.
#pragma once
#include "pg/postgres.hpp"

#include "core/arena.hpp"
#include "core/claims.hpp"
#include "pg/setting.hpp"

#include <optional>

namespace proapp::identity {

struct ClaimName {
  const char *text;  // as registered: sub, app_metadata.tenant_id
  core::ClaimPath path;
  const char *legacy;  // the setting request.jwt.claim.<name>; null for a claim inside an object, which has none
};

// Texts live in the arena or in `text`. Nothing where it names no claim.
std::optional<ClaimName> parse_claim_name(const char *text, core::Arena &arena);

// The two settings as they are now. Never null: '' is unset, which is also what a rollback or RESET leaves.
struct ClaimSettings {
  const char *legacy;  // which wins
  const char *claims;  // request.jwt.claims, a JSON object
};
ClaimSettings read_claim_settings(pg::Setting &legacy);

// In the current memory context.
struct Claim {
  const char *text;    // null where there is none
  const char *reason;  // why not; or, with a text, why it can be nobody's id
};
Claim read_claim(const ClaimName &name, const ClaimSettings &settings, core::Arena &arena);

// The claim sub.
Claim read_sub();

}  // namespace proapp::identity
