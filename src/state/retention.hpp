// How long what we record by ourselves is kept.
#pragma once

namespace proapp::state {

void define_retention_setting();  // proapp.history_retention

// In days; 0: for ever.
int history_retention_days();

}  // namespace proapp::state
