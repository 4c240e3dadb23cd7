// What a statement of a repair may cost, and how to find out whether it does: queries with one boolean answer.
#pragma once
#include "core/plan.hpp"

namespace proapp::core {

// Does the relation hold a row?
std::string_view rows_of(Arena &arena, std::string_view relation);
// Would dropping the object lose rows or values? Empty for kinds that hold none.
std::string_view loss_guard(Arena &arena, const Object &object);
// Would a value of the column be another one after it was converted to the column's wanted type and back?
std::string_view lossy_conversion(Arena &arena, const Object &column, std::string_view type_now);
// Is there a value that `expression` would not give?
std::string_view other_values(Arena &arena, const Object &column, std::string_view expression);
// Is a column of the type in a table that takes up space?
std::string_view values_of_type(Arena &arena, std::string_view type);

// What a reader should know of the statement beforehand: locks, scans, what cannot be taken back.
void add_notes(std::string_view statement, Vector<Hazard> &hazards);

}  // namespace proapp::core
