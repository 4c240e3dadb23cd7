// What was changed by hand on what a downgrade takes away: not in any script, and made again when the version is applied again.
#pragma once
#include "migration/script.hpp"

namespace proapp::migration {

// A script that drops a policy before its table has not changed the table by hand: its definition is remembered before a statement changes it in part.
// begin_remembering() forgets what an earlier downgrade of the transaction, or one that failed, remembered.
void begin_remembering();
void remember_definition(const Script &script, Oid table);

// Before a table goes, and any of those that go with it: its definition with all that hangs on it, as jsonb; for a partition also "parent", "bound" and,
// where it is partitioned itself, "key". As it is remembered, if it is. Between spi_begin() and spi_end(), as the caller.
const char *definition_of(const Script &script, Oid table);
// Before a column goes: the statements that make the indexes, constraints and rights again that go with it, as jsonb; null where there are none.
const char *statements_of_column(Oid table, AttrNumber column);

// A definition that was kept, when the script and the rows are back. The table becomes what it was; where that is
// not possible in all, a WARNING says why, and names the baseline that has what it was.
void restore_definition(const Script &script, const char *checksum, const char *table, const char *kept);
// Those whose objects the script has not made; a WARNING for each that fails.
void restore_statements(const char *kept);

}  // namespace proapp::migration
