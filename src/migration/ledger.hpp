// Which versions were applied: proapp_data.migrations, and what migrate_up() and migrate_down() do before and after a script.
#pragma once
#include "migration/script.hpp"
#include "state/tables.hpp"

namespace proapp::migration {

extern const state::Table ledger;

// App, version and script of a call. Raises 22004 for null and 22023 for an empty one; the script may be null where `script` is null, too.
Script read_script(FunctionCallInfo fcinfo, const char *script);

// Nothing is done while the database is being restored: says so.
void warn_restoring(const Script &script);

// One migration at a time: a second session waits here, and then finds in the ledger what the first one did. Between spi_begin() and spi_end(), as the rest.
void lock_ledger();

// Was it applied, with the same script? Raises 55000 where it was another one.
bool is_applied(const Script &script, const char *checksum);
const char *checksum_of(const Script &script);
void enter(const Script &script, const char *checksum);

// Raises 55000 where it is not the app's newest version.
void insist_on_newest(const Script &script);
void strike_out(const Script &script);

}  // namespace proapp::migration
