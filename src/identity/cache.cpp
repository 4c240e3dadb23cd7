#include "pg/boundary.hpp"

#include "identity/cache.hpp"

namespace proapp::identity {

static constexpr size_t largest_claims = 64 * 1024;

static bool are_the_same(const ClaimSettings &settings, pg::Setting &legacy) {
  const ClaimSettings now = read_claim_settings(legacy);
  return strcmp(now.legacy, settings.legacy) == 0 && strcmp(now.claims, settings.claims) == 0;
}

bool still_hold(Circumstances &then, Snapshot snapshot) { return pg::is_now(then.moment, snapshot) && are_the_same(then.settings, then.legacy); }

bool may_be_kept(Snapshot snapshot, const ClaimSettings &settings) {
  return pg::can_be_recognised(snapshot) && strlen(settings.legacy) + strlen(settings.claims) <= largest_claims;
}

bool differ_in_time_only(Circumstances &then, Snapshot snapshot) { return pg::differs_in_time_only(then.moment, snapshot) && are_the_same(then.settings, then.legacy); }

void take_time(Circumstances &then, Snapshot snapshot) { pg::take_time(then.moment, snapshot); }

Circumstances keep_circumstances(uint64 generation, Snapshot snapshot, const char *legacy, const ClaimSettings &settings) {
  return {pg::keep_moment(generation, snapshot), legacy != nullptr ? pg::Setting(pstrdup(legacy)) : pg::Setting(), {pstrdup(settings.legacy), pstrdup(settings.claims)}};
}

}  // namespace proapp::identity
