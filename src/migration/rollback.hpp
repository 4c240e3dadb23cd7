// While the script of a downgrade runs, nothing is lost: what it drops is taken out first, and what would lose rows in another way is refused.
#pragma once
#include "migration/script.hpp"

extern "C" {
#include <nodes/plannodes.h>
#include <tcop/utility.h>
}

namespace proapp::migration {

// Once a backend, when the library is loaded.
void install_rollback();

// Runs the script of migrate_down(); between spi_begin() and spi_end().
void run_back(const Script &script);

// Of a utility statement that runs meanwhile. True: it was done here, and in another way.
using Utility = void (*)(PlannedStmt *statement, void *context);
bool roll_back_by(PlannedStmt *statement, Utility utility, void *context);

// A statement of ours that deletes rows which are kept. What it sets off may change none.
uint64 delete_kept(const char *sql);

// The downgrade that is running. Raises 55000 where there is none.
const Script &current_rollback(const char *function);

}  // namespace proapp::migration
