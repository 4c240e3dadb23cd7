// After a version's script ran again: what its downgrade took out comes back.
#pragma once
#include "migration/script.hpp"

namespace proapp::migration {

// Tables that the script made anew hold exactly the rows that they held, columns their values, sequences what they stood at. Triggers of the application do not
// fire. What finds no place any more stays in the archive, with a WARNING. Between spi_begin() and spi_end().
void bring_back(const Script &script);

// Before it runs: values of a column of another type that somebody has changed since its downgrade stay what they are, and what they had been is let go.
void forget_changed(const Script &script);

}  // namespace proapp::migration
