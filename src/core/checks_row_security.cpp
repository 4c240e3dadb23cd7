// Policies and row-level security: who can see which rows, and who cannot.
#include "core/check.hpp"

namespace proapp::core {

static void rls_disabled(const Facts &facts, Findings &findings) {
  for (const TableFact *table : facts.tables) {
    if (!table->is_table() || table->rls || !table->exposed || table->reach.either() == 0 || !table->extension.empty()) continue;
    const bool everybody = table->reach.anon != 0;
    findings.add(table, table->identity, facts.text({everybody ? "everybody" : "every signed-in user", " reaches all rows: row-level security is off"}),
                 facts.text({"alter table ", table->identity, " enable row level security"}));
  }
}

static constexpr Check checks[] = {
    {"rls_disabled", FindingSeverity::critical, "row-level security is off on a table that requests reach",
     "Policies do not apply while it is off: whoever has the privilege reads or writes every tenant's rows.", rls_disabled},
};

std::span<const Check> row_security_checks() { return checks; }

}  // namespace proapp::core
