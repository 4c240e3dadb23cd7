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

  bool contain(const core::Uuid &id) const;
};
static_assert(std::is_trivially_destructible_v<Organizations>);

// Those with a row whose role is one of `roles`, or any where it is empty. Remembered as cache.hpp says; ids live in the current memory context or
// until the next call. Raises 42704 where `snapshot` sees no such membership, 22023 where it has no role column and roles are asked for.
Organizations current_organizations(std::string_view membership, ArrayType *roles, Snapshot snapshot);

}  // namespace proapp::identity
