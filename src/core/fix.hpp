// The statement that takes one difference back, where a single statement (or two) can: the last column of drift.
#pragma once
#include "core/object.hpp"
#include "core/rules.hpp"

namespace proapp::core {

// For an object that is missing or unexpected. Empty where it takes more than a statement (a dropped table's rows are in a backup),
// and where the statement would lose rows.
std::string_view fix(Arena &arena, const Object &object, Change change);

// For one attribute: makes `actual` what `expected` is.
std::string_view fix(Arena &arena, const Object &expected, const Object &actual, std::string_view attribute);

}  // namespace proapp::core
