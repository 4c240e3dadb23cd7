// Which missing object is an unexpected one under another name: where all the rest is the same, and nothing else could be meant.
#pragma once
#include "core/object.hpp"

namespace proapp::core {

struct Rename {
  const Object *expected, *actual;
};

// Of tables (with all that hangs on them), views, columns, constraints, indexes, policies, triggers, functions and types; also when they moved to another schema.
// Both sides sorted by before().
std::span<const Rename> find_renames(Arena &arena, std::span<const Object> expected, std::span<const Object> actual);

// ALTER … RENAME TO, and SET SCHEMA where that is what differs.
void rename_back(const Rename &rename, Bytes &out);

}  // namespace proapp::core
