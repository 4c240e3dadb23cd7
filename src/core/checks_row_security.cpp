// Row-level security on and off, and the policies that a table lacks.
#include "core/check.hpp"
#include "core/policy_reasoning.hpp"
#include "core/policy_text.hpp"

#include <algorithm>

namespace proapp::core {

static constexpr std::uint32_t writes = may_insert | may_update | may_delete | may_truncate;

static bool has_policies(const Facts &facts, const TableFact &table) {
  const auto *policies = Facts::get(facts.policies_of, table.id);
  return policies != nullptr && !policies->empty();
}

static bool is_reached(const TableFact &table) { return table.is_table() && table.exposed && table.reach.either() != 0 && table.extension.empty(); }

// Whether its rows are guarded by the one that it is a part of, if they are read through that.
static const TableFact *guarded_parent(const Facts &facts, const TableFact &table) {
  const TableFact *parent = table.parent == 0 ? nullptr : facts.table(table.parent);
  return parent != nullptr && parent->rls ? parent : nullptr;
}

static FindingSeverity open_severity(const PolicyReasoning &reasoning, const TableFact &table) {
  if ((table.reach.either() & writes) != 0) return FindingSeverity::critical;
  return reasoning.has_owners(table) ? FindingSeverity::high : FindingSeverity::medium;
}

static std::string_view opened(const Facts &facts, const TableFact &table) {
  const bool everybody = table.reach.anon != 0, written = (table.reach.either() & writes) != 0;
  return facts.text({everybody ? "everybody" : "every signed-in user", written ? " may write all rows" : " reads all rows"});
}

static std::string_view enable(const Facts &facts, const TableFact &table) { return facts.text({"alter table ", table.identity, " enable row level security"}); }

static void rls_disabled(const Facts &facts, Findings &findings) {
  const PolicyReasoning reasoning(facts);
  for (const TableFact *table : facts.tables)
    if (is_reached(*table) && !table->rls && !has_policies(facts, *table) && guarded_parent(facts, *table) == nullptr)
      findings.add(open_severity(reasoning, *table), table, nullptr, table->identity, facts.text({opened(facts, *table), ": row-level security is off"}), enable(facts, *table));
}

static void policies_without_rls(const Facts &facts, Findings &findings) {
  for (const TableFact *table : facts.tables) {
    if (!table->is_table() || table->rls || !has_policies(facts, *table) || !table->extension.empty()) continue;
    if (table->reach.either() != 0)
      findings.add(table, table->identity, facts.text({opened(facts, *table), ": the table has policies, but row-level security is off"}), enable(facts, *table));
    else
      findings.add(FindingSeverity::medium, table, nullptr, table->identity, "the table has policies, but row-level security is off", enable(facts, *table));
  }
}

static void partition_open(const Facts &facts, Findings &findings) {
  for (const TableFact *table : facts.tables) {
    if (!is_reached(*table) || table->rls || has_policies(facts, *table)) continue;
    if (const TableFact *parent = guarded_parent(facts, *table))
      findings.add((table->reach.either() & writes) != 0 ? FindingSeverity::critical : FindingSeverity::high, table, nullptr, table->identity,
                   facts.text({opened(facts, *table), " by its own name: the policies of ", parent->identity, " hold for those who go through that only"}), enable(facts, *table));
  }
}

static void rls_without_policy(const Facts &facts, Findings &findings) {
  for (const TableFact *table : facts.tables)
    if (is_reached(*table) && table->rls && !has_policies(facts, *table) && !table->of_schema->managed && guarded_parent(facts, *table) == nullptr)
      findings.add(table, table->identity, "row-level security is on and there is no policy: nobody but its owner and roles that bypass policies sees a row", {});
}

static void rls_not_forced(const Facts &facts, Findings &findings) {
  for (const TableFact *table : facts.tables) {
    const RoleFact *owner = Facts::get(facts.role_of, table->owner);
    if (!table->is_table() || !table->rls || table->forced || !table->extension.empty() || owner == nullptr || owner->superuser || owner->bypasses_rls) continue;
    if (table->of_schema == nullptr || table->of_schema->system || table->of_schema->managed || !has_policies(facts, *table)) continue;
    if (!owner->serves_requests && (facts.has_api_roles || !owner->can_login)) continue;
    findings.add(
        owner->serves_requests ? FindingSeverity::high : FindingSeverity::medium, table, nullptr, table->identity,
        facts.text({"role ", owner->name, owner->serves_requests ? " serves requests and owns the table" : " can log in and owns the table", ": policies do not hold for it"}),
        facts.text({"alter table ", table->identity, " force row level security"}));
  }
}

static void restrictive_only(const Facts &facts, Findings &findings) {
  for (const TableFact *table : facts.tables) {
    const auto *policies = Facts::get(facts.policies_of, table->id);
    if (policies == nullptr || !table->rls || std::any_of(policies->begin(), policies->end(), [](const PolicyFact *policy) { return policy->permissive; })) continue;
    findings.add(table, table->identity, "all policies are restrictive: they take away, and nothing gives", {});
  }
}

static bool has_permissive(const PolicyReasoning &reasoning, const Vector<PolicyFact *> &policies, char command, Actor actor) {
  return std::any_of(policies.begin(), policies.end(),
                     [&](const PolicyFact *policy) { return policy->permissive && policy->applies_to(command) && reasoning.applies(*policy, actor); });
}

// A policy for one command of a role that has none to read by.
static void without_select(const Facts &facts, Findings &findings, char command, std::string_view problem) {
  const PolicyReasoning reasoning(facts);
  for (const PolicyFact *policy : facts.policies) {
    if (!policy->permissive || policy->command != command || !policy->table->rls) continue;
    const auto &policies = *Facts::get(facts.policies_of, policy->table->id);
    const Term *condition = command == 'a' ? policy->check : policy->qual;
    for (const Actor actor : {Actor::signed_in, Actor::anon}) {
      if (!reasoning.is_met(*policy, actor) || condition == nullptr || has_permissive(reasoning, policies, 'r', actor)) continue;
      const bool open = reasoning.always_true(condition, Actor::anon) || reasoning.always_true(condition, Actor::signed_in);
      const std::string_view name = quoted_name(facts, facts.text({policy->name, " (select)"}));
      findings.add(policy->table, policy->identity, problem,
                   open ? std::string_view{}
                        : facts.text({"create policy ", name, " on ", policy->table->identity, " for select to ", policy_roles(facts, *policy), " using (",
                                      command == 'a' ? policy->check_text : policy->qual_text, ")"}));
      break;
    }
  }
}

static void update_without_select(const Facts &facts, Findings &findings) {
  without_select(facts, findings, 'w', "who updates has no policy to see the rows by: an UPDATE with a condition silently changes nothing");
}

static void delete_without_select(const Facts &facts, Findings &findings) {
  without_select(facts, findings, 'd', "who deletes has no policy to see the rows by: a DELETE with a condition silently deletes nothing");
}

static void insert_without_select(const Facts &facts, Findings &findings) {
  without_select(facts, findings, 'a', "who inserts has no policy to see the row by: INSERT … RETURNING and ON CONFLICT fail with 42501");
}

static constexpr Check checks[] = {
    {"rls_disabled", FindingSeverity::critical, "row-level security is off on a table that requests reach",
     "Without it whoever has the privilege reads or writes every tenant's rows. Critical where they are written, high where users' rows are read, else medium.", rls_disabled},
    {"policies_without_rls", FindingSeverity::critical, "a table has policies, but row-level security is off",
     "Policies do nothing until it is switched on, and whoever reads the schema believes that they do.", policies_without_rls},
    {"partition_open", FindingSeverity::critical, "a partition or child of a guarded table is reached by its own name",
     "Policies belong to the relation that a statement names: a partition read directly is read without its parent's.", partition_open},
    {"rls_without_policy", FindingSeverity::low, "row-level security is on, and no policy lets anybody in",
     "Right for tables that functions of their owner serve; elsewhere every query comes back empty and nothing says why.", rls_without_policy},
    {"rls_not_forced", FindingSeverity::high, "the owner of a guarded table serves requests", "Policies do not hold for a table's owner unless row-level security is forced.",
     rls_not_forced},
    {"restrictive_only", FindingSeverity::medium, "a table has restrictive policies only",
     "A row needs one permissive policy that lets it through before restrictive ones are asked.", restrictive_only},
    {"update_without_select", FindingSeverity::medium, "an update policy without one for select",
     "An UPDATE that reads columns, in its condition or RETURNING, needs select policies too; without any it reports success and changes nothing.", update_without_select},
    {"delete_without_select", FindingSeverity::medium, "a delete policy without one for select",
     "A DELETE that reads columns, in its condition or RETURNING, needs select policies too; without any it reports success and deletes nothing.", delete_without_select},
    {"insert_without_select", FindingSeverity::low, "an insert policy without one for select",
     "Right for tables that are only written. PostgREST asks for the new row unless told not to, and then the INSERT fails.", insert_without_select},
};

std::span<const Check> row_security_checks() { return checks; }

}  // namespace proapp::core
