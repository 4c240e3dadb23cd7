// For which organizations the signed-in user may act, by a membership.
#pragma once
#include "pg/postgres.hpp"

#include "core/keys.hpp"

extern "C" {
#include <utils/array.h>
}

#include <string_view>
#include <type_traits>

namespace proapp::identity {

struct Organizations {
  bool signed_in;
  const core::Uuid *ids;  // sorted by bytes, each once
  int count;
  const char *legacy;  // the setting that may have carried the user's claim; null where there is none

  bool contain(const core::Uuid &id) const;
  Organizations copy() const;  // in the current memory context
  bool is_small() const { return count <= 64 * 1024; }
};
static_assert(std::is_trivially_destructible_v<Organizations>);

// Those with a row whose role is one of `roles`, or any where it is empty. Remembered as cache.hpp says; ids live in the current memory context or
// until the next call. Raises 42704 where `snapshot` sees no such membership, 22023 where it has no role column and roles are asked for.
Organizations current_organizations(std::string_view membership, ArrayType *roles, Snapshot snapshot);

}  // namespace proapp::identity
