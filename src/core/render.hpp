// Values as people read them: expected and actual of a drift row.
#pragma once
#include "core/object.hpp"

namespace proapp::core {

// {"sql": …} is its SQL, a list its items, an object its members; nothing at all for an absent value.
std::string_view render(Arena &arena, const Value &value);

// An object in one line: what it is made of, without what is absent.
std::string_view render(Arena &arena, const Object &object);

}  // namespace proapp::core
