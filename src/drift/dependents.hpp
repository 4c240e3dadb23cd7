// What depends on objects that go, by the database's own record of dependencies.
#pragma once
#include "pg/postgres.hpp"

#include "core/plan.hpp"
#include "pg/context_arena.hpp"

namespace proapp::drift {

struct Key {
  std::string_view kind, identity;
  auto operator<=>(const Key &) const = default;
};

// Everything that depends on one of them, also through others; not they themselves. Sorted. A column is among them where its default does, or its type.
// Reads the catalogs with SQL.
std::span<const Key> find_dependents(pg::ContextArena &arena, std::span<const core::Uprooted> uprooted);

}  // namespace proapp::drift
