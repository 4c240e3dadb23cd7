// In which order the steps of a round are tried: what goes first clears the way for the others.
#pragma once
#include "core/object.hpp"

namespace proapp::core::phase {

inline constexpr int rename = 0, make_room = 100, changes = 300, makes = 400, last = 900;

int take_away(std::string_view kind);
int change(std::string_view attribute);
int make(const Object &object);

}  // namespace proapp::core::phase
