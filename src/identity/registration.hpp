// What map_users() registered: names only, in our own table proapp_data.user_mappings.
#pragma once
#include "pg/postgres.hpp"

#include "identity/target.hpp"
#include "state/scan.hpp"

#include <string_view>

namespace proapp::identity {

extern const state::Table user_mappings;

struct Registration {
  const char *mapping;
  Source source;
  const char *claim;  // a path, as core/claims.hpp reads it
};

// Raises 42704 where `snapshot` sees no such mapping. Texts live in the current memory context. `row`, where wanted, is for recognising it.
Registration find_registration(std::string_view mapping, Snapshot snapshot, pg::KeptRow *row = nullptr);

// All of them, by name; elements are Registration *, in the current memory context.
struct List *all_registrations(Snapshot snapshot);

// 42704, with what `snapshot` sees registered. `what` is the word for it and the column of `table` with its name; `call` registers one, %s being the name.
[[noreturn]] void raise_unregistered(const state::Table &table, const char *what, std::string_view name, Snapshot snapshot, const char *call);

}  // namespace proapp::identity
