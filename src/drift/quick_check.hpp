// What drift() answers when nothing happened since it last found nothing: at once.
#pragma once
#include "pg/postgres.hpp"

#include <string_view>

namespace proapp::drift {

void define_settings();  // proapp.quick_check

// Did this backend find no drift from that baseline, and has nothing changed since? Never true where it is in doubt, nor with proapp.quick_check off.
bool known_to_be_equal(std::string_view baseline);

// Around a full comparison: begin before anything is read, then say whether it found no difference.
void begin_comparison(std::string_view baseline);
void end_comparison(bool equal);

}  // namespace proapp::drift
