// Some objects of the database, whatever selectors say.
#pragma once
#include "pg/postgres.hpp"

#include "drift/dependents.hpp"

namespace proapp::drift {

// Those of `keys` (sorted) and what hangs on their views and foreign tables, with all texts, sorted by core::before. With the active snapshot.
std::span<core::Object> pick(pg::ContextArena &arena, std::span<const Key> keys);

}  // namespace proapp::drift
