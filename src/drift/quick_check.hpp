// What drift() answers when nothing happened since this backend last compared: the same again, at once.
#pragma once
#include "pg/postgres.hpp"

#include "core/diff.hpp"

#include <optional>
#include <span>
#include <string_view>

namespace proapp::drift {

void define_settings();  // proapp.quick_check

// The differences that this backend found when it last compared with that baseline, where comparing again must find the same; null where that is in doubt,
// and with proapp.quick_check off. They live until the next begin_comparison().
std::optional<std::span<const core::Difference>> known_differences(std::string_view baseline);

// Around a full comparison: begin before anything is read, then say what it found.
void begin_comparison(std::string_view baseline);
void end_comparison(std::span<const core::Difference> found);

}  // namespace proapp::drift
