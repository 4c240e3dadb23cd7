// What differs between two sets of objects, attribute by attribute, worst first.
#pragma once
#include "core/object.hpp"
#include "core/rules.hpp"
#include "core/watch.hpp"

namespace proapp::core {

struct Difference {
  Severity severity;
  std::string_view kind, identity;
  Change change;               // missing, unexpected, renamed or changed
  std::string_view attribute;  // empty where the whole object differs; "name" of a renamed one
  std::string_view expected, actual;
  std::string_view fix;  // DDL that puts the attribute back; empty where one statement cannot
};

// Both sides sorted by before(). What hangs on a relation that is itself missing, unexpected or renamed is left out: its row says enough.
// The texts live in `arena` and in the objects.
std::span<const Difference> diff(Arena &arena, std::span<const Object> expected, std::span<const Object> actual, const Watch &watch);

}  // namespace proapp::core
