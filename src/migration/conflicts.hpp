// Names that a script needs and somebody has.
#pragma once
#include "migration/script.hpp"

namespace proapp::migration {

// Before anything is made: raises 42710 with every object that a CREATE of the script would meet, and its owner. What the script itself drops or renames
// first is not in its way; OR REPLACE and IF NOT EXISTS are the guard's. Raises nothing where the script cannot be parsed: running it will.
void insist_on_free_names(const Script &script);

}  // namespace proapp::migration
