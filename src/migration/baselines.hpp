// Baselines follow the migrations that change what they cover.
#pragma once
#include "migration/script.hpp"

extern "C" {
#include <nodes/pg_list.h>
}

namespace proapp::migration {

// Before the script runs: what differs already in each baseline is not its doing. Between spi_begin() and spi_end().
List *note_drift();

// After it has run: what differs now and did not, or differs otherwise, is taken into the baselines, with app and version as the reason; but not what
// somebody had made by hand and is back with its rows (identities as drift() prints them). Baselines of elsewhere (imported) and of another major version
// stay as they are.
void renew_baselines(const Script &script, const List *noted, const List *by_hand = NIL);

}  // namespace proapp::migration
