// After a version's script ran again: what its downgrade took out comes back.
#pragma once
#include "migration/script.hpp"

extern "C" {
#include <nodes/pg_list.h>
}

namespace proapp::migration {

// Tables that the script made anew hold exactly the rows that they held, columns their values, sequences what they stood at. Triggers of the application do not
// fire. What finds no place any more stays in the archive, with a WARNING. Between spi_begin() and spi_end().
class Return;
Return *bring_back(const Script &script);

// Columns and partitions that somebody had added, as drift() names them.
const List *by_hand(const Return &back);

// What else had been changed by hand, where the script, whose checksum this is, is the one that was undone. Then the archive is empty of the version.
void make_by_hand(Return &back, const char *checksum);

// Before it runs: values of a column of another type that somebody has changed since its downgrade stay what they are, and what they had been is let go.
void forget_changed(const Script &script);

}  // namespace proapp::migration
