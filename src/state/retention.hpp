// How long history is kept: the setting proapp.history_retention.
#pragma once
#include "state/tables.hpp"

namespace proapp::state {

void define_retention_setting();

// In days; 0 keeps for ever.
int history_retention();

// Deletes the rows of one of our tables whose timestamptz column `time` is older than that; none where it keeps for ever or the table is not there.
void forget_old(const Table &table, const char *time);

}  // namespace proapp::state
