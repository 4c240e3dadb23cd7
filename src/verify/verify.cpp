// verify, checks, accept_finding: what is wrong, what is looked for, and what is meant to be so.
#include "pg/boundary.hpp"

#include "catalog/manifest.hpp"
#include "core/check.hpp"
#include "core/selector.hpp"
#include "pg/context_arena.hpp"
#include "pg/rows.hpp"
#include "pg/session.hpp"
#include "pg/spi.hpp"
#include "verify/accepted.hpp"
#include "verify/facts.hpp"

namespace proapp::verify {

template <class Visit>
static void each_check(Visit visit) {
  for (const auto family : {core::row_security_checks(), core::policy_truth_checks(), core::policy_style_checks(), core::policy_cost_checks(), core::recursion_checks(),
                            core::identity_checks(), core::view_checks(), core::function_checks(), core::reach_checks(), core::integrity_checks(), core::operation_checks()})
    for (const core::Check &check : family) visit(check);
}

bool is_check(std::string_view id) {
  bool found = false;
  each_check([&](const core::Check &check) { found = found || check.id == id; });
  return found;
}

// What hangs on a table is selected with it; what hangs on none is of the whole database, and there where nothing is selected.
static bool is_wanted(core::Selection &selection, const core::Facts &facts, const core::Finding &finding) {
  if (finding.table != nullptr) {
    const core::SchemaFact *schema = finding.table->of_schema;
    const std::string_view kind = finding.table->kind == 'v' ? "view" : finding.table->kind == 'm' ? "materialized view" : finding.table->kind == 'f' ? "foreign table" : "table";
    return selection.wants({kind, schema != nullptr ? schema->name : std::string_view{}, finding.table->name, {}, {}, finding.table->extension});
  }
  if (finding.function != nullptr) {
    const core::SchemaFact *schema = core::Facts::get(facts.schema_of, finding.function->schema);
    return selection.wants({"function", schema != nullptr ? schema->name : std::string_view{}, finding.function->name, {}, {}, finding.function->extension});
  }
  return selection.wants({"database", {}, finding.object, {}, {}, {}});
}

static void put_findings(FunctionCallInfo fcinfo, pg::Rows &rows) {
  pg::ContextArena arena("proapp verify");
  auto &selection = arena.make<core::Selection>(arena, catalog::selectors(arena, fcinfo->args[0]));
  const core::Facts &facts = read_facts(arena);
  core::Findings &findings = arena.make<core::Findings>(arena);
  each_check([&](const core::Check &check) { findings.run(facts, check); });
  do print_texts(facts);
  while (findings.again(facts));
  // Whether a selector matches anything is asked of everything there is, not of what is wrong.
  for (const core::TableFact *table : facts.tables) is_wanted(selection, facts, {nullptr, {}, {}, {}, {}, table, nullptr});
  for (const core::FunctionFact *function : facts.functions) is_wanted(selection, facts, {nullptr, {}, {}, {}, {}, nullptr, function});
  selection.insist_on_matches();
  const Accepted accepted(arena);
  for (const core::Finding &finding : findings.sorted())
    if (is_wanted(selection, facts, finding) && !accepted.covers(finding.check->id, finding.object))
      rows.put({core::severity_text(finding.severity), finding.check->id, finding.object, finding.problem, pg::Cell::text_or_null(finding.fix)});
}

}  // namespace proapp::verify

namespace proapp {

PROAPP_FUNCTION(proapp_verify) {
  pg::Rows rows(fcinfo);
  const int pin = pg::pin_search_path();
  pg::spi_begin();
  verify::put_findings(fcinfo, rows);
  pg::spi_end();
  pg::unpin_search_path(pin);
  return rows.done();
}

PROAPP_FUNCTION(proapp_checks) {
  pg::Rows rows(fcinfo);
  verify::each_check([&](const core::Check &check) { rows.put({check.id, core::severity_text(check.severity), check.title, check.reason}); });
  return rows.done();
}

}  // namespace proapp
