// What policies cost: work that is done once a row and could be done once a query.
#include "core/check.hpp"
#include "core/policy_reasoning.hpp"
#include "core/policy_text.hpp"

#include <algorithm>

namespace proapp::core {

using Kind = Term::Kind;

static constexpr double big = 10000;  // rows from which it is felt

static FindingSeverity by_size(const TableFact &table) { return table.rows >= big ? FindingSeverity::medium : FindingSeverity::low; }

template <class Visit>
static void each_condition(const Facts &facts, const Visit &visit) {
  for (const PolicyFact *policy : facts.policies)
    if (policy->table->rls && policy->table->extension.empty())
      for (const Term *condition : {policy->qual, policy->check})
        if (condition != nullptr) visit(*policy, *condition);
}

// The planner support functions turn them into something that is done once a query.
static bool is_hoisted(const FunctionFact &function) { return function.of_schema != nullptr && function.of_schema->name == "proapp"; }

static bool has_column(const Term &term) {
  return any_part(term, [](const Term &part) { return part.kind == Kind::column; });
}

// Visits the calls that are made once a row: those in no sub-select of their own.
template <class Visit>
static void each_call_per_row(const Term &term, const Visit &visit) {
  if (term.kind == Kind::sub_select && term.query != nullptr) {
    for (const Term *argument : term.arguments) each_call_per_row(*argument, visit);
    if (term.number == 4 && term.query->sources.empty()) return;
    for (const Term *condition : term.query->conditions) each_call_per_row(*condition, visit);
    return;
  }
  if (term.kind == Kind::call) visit(term);
  for (const Term *argument : term.arguments) each_call_per_row(*argument, visit);
}

// Calls `visit(relation)` for each that sub-selects in the policy read from.
template <class Visit>
static void each_asked(const PolicyFact &policy, const Visit &visit) {
  for (const Term *condition : {policy.qual, policy.check})
    if (condition != nullptr)
      any_part(*condition, [&](const Term &part) {
        if (part.query != nullptr)
          for (const Source &source : part.query->sources)
            if (source.relation != 0) visit(source.relation);
        return false;
      });
}

// The tables that policies ask.
static const OidMap<bool> &asked_tables(const Facts &facts) {
  auto &asked = facts.arena.make<OidMap<bool>>(facts.arena);
  for (const PolicyFact *policy : facts.policies) each_asked(*policy, [&](Oid relation) { asked.at(relation) = true; });
  return asked;
}

static bool asks(const PolicyFact &policy) {
  bool found = false;
  each_asked(policy, [&](Oid) { found = true; });
  return found;
}

// PostgreSQL takes any sub-select in a policy for select for the beginning of a circle, where policies of the table lead back to it.
static bool may_not_select(const Facts &facts, const PolicyFact &policy, const OidMap<bool> &asked) {
  const auto &own = *Facts::get(facts.policies_of, policy.table->id);
  return policy.applies_to('r') && asked.find(policy.table->id) != nullptr && std::any_of(own.begin(), own.end(), [](const PolicyFact *one) { return asks(*one); });
}

namespace {
struct BareCall {
  std::string_view name, type;  // as SQL writes them
};
}  // namespace

// Calls of which each gives the same for all rows, and that are made for each.
static std::span<const BareCall> bare_calls(const Facts &facts, const PolicyReasoning &reasoning, const PolicyFact &policy) {
  Vector<BareCall> *found = nullptr;
  for (const Term *condition : {policy.qual, policy.check})
    if (condition != nullptr)
      each_call_per_row(*condition, [&](const Term &call) {
        const FunctionFact *function = facts.function(call.id);
        if (function == nullptr || function->volatility == 'v' || is_hoisted(*function) || has_column(call) || !reasoning.speaks_of_user(call)) return;
        const std::string_view full = function->identity.substr(0, function->identity.find('('));
        const std::string_view written = full.starts_with("pg_catalog.") ? full.substr(11) : full;
        if (found != nullptr && found->back().name == written) return;
        if (found == nullptr) found = &facts.arena.make<Vector<BareCall>>(facts.arena);
        found->push_back({written, facts.type_name(function->result)});
      });
  return found == nullptr ? std::span<const BareCall>{} : found->span();
}

static void call_per_row(const Facts &facts, Findings &findings) {
  const PolicyReasoning reasoning(facts);
  const OidMap<bool> &asked = asked_tables(facts);
  for (const PolicyFact *policy : facts.policies) {
    // A single new row is checked once.
    if (!policy->table->rls || !policy->table->extension.empty() || policy->command == 'a') continue;
    const std::span<const BareCall> calls = bare_calls(facts, reasoning, *policy);
    if (calls.empty()) continue;
    std::string_view fix;
    if (!may_not_select(facts, *policy, asked)) {
      std::string_view qual = policy->qual_text, check = policy->check_text;
      for (const BareCall &call : calls) {
        qual = with_calls_selected(facts, qual, call.name, call.type);
        check = with_calls_selected(facts, check, call.name, call.type);
      }
      fix = alter_policy(facts, *policy, qual, check);
    }
    findings.add(by_size(*policy->table), policy->table, nullptr, policy->identity,
                 facts.text({calls.back().name, "() is called once a row; in a sub-select of its own it is called once a query"}), fix);
  }
}

static void helper_per_row(const Facts &facts, Findings &findings) {
  const PolicyReasoning reasoning(facts);
  each_condition(facts, [&](const PolicyFact &policy, const Term &condition) {
    if (policy.command == 'a') return;
    each_call_per_row(condition, [&](const Term &call) {
      const FunctionFact *function = facts.function(call.id);
      if (function == nullptr || function->of_schema == nullptr || function->of_schema->system || !function->extension.empty() || !has_column(call) ||
          !reasoning.speaks_of_user(call))
        return;
      findings.add(by_size(*policy.table), policy.table, nullptr, policy.identity,
                   facts.text({function->identity, " is given a column and called once a row; one that returns an array of what the user may see is called once a query"}), {});
    });
  });
}

// ---- sub-selects ----

static void membership_sub_select(const Facts &facts, Findings &findings) {
  const PolicyReasoning reasoning(facts);
  each_condition(facts, [&](const PolicyFact &policy, const Term &condition) {
    if (policy.command == 'a') return;
    any_part(condition, [&](const Term &term) {
      if (term.kind != Kind::sub_select || term.number != 2 || term.query == nullptr || !reasoning.speaks_of_user(term)) return false;
      const ColumnFact *column = left_column(policy, term);
      const bool own = any_part(*term.query, [&](const Term &part) { return part.kind == Kind::column && part.id == policy.table->id; });
      if (column == nullptr || own) return false;
      const MembershipFact *membership = &term == &bare(condition) ? reasoning.same_membership(term) : nullptr;
      const std::string_view by_membership = membership == nullptr ? std::string_view{} : in_organizations(facts, *column, *membership);
      findings.add(by_size(*policy.table), policy.table, nullptr, policy.identity,
                   facts.text({column->quoted, " IN (SELECT …) reads the whole table: with = ANY of an array an index serves it"}),
                   membership != nullptr ? alter_policy(facts, policy, by_membership, by_membership)
                                         : alter_policy(facts, policy, with_arrays(facts, policy.qual_text), with_arrays(facts, policy.check_text)));
      return true;
    });
  });
}

// ---- indexes ----

static bool begins_an_index(const Facts &facts, const TableFact &table, int column) {
  const auto *indexes = Facts::get(facts.indexes_of, table.id);
  return indexes != nullptr && std::any_of(indexes->begin(), indexes->end(),
                                           [&](const IndexFact *index) { return index->valid && !index->partial() && !index->columns.empty() && index->columns[0] == column; });
}

static void policy_column_unindexed(const Facts &facts, Findings &findings) {
  const PolicyReasoning reasoning(facts);
  each_condition(facts, [&](const PolicyFact &policy, const Term &condition) {
    const TableFact &table = *policy.table;
    if (policy.command == 'a' || &condition != policy.qual || !table.is_table() || (table.of_schema != nullptr && table.of_schema->managed)) return;
    for (std::size_t i = 1; i <= table.columns.size(); ++i) {
      const ColumnFact *column = table.column(static_cast<int>(i));
      if (column == nullptr || begins_an_index(facts, table, static_cast<int>(i)) || !reasoning.compares(condition, table, static_cast<int>(i))) continue;
      findings.add(by_size(table), &table, nullptr, facts.text({table.identity, ".", column->quoted}),
                   facts.text({"policies compare ", column->quoted, " with the user, and no index begins with it"}),
                   facts.text({"create index on ", table.identity, " (", column->quoted, ")"}));
    }
  });
}

// ---- volatile ----

// Whether nothing that it does says that it must be called again and again.
static bool only_reads(const Facts &facts, const FunctionFact &function) {
  if (function.of_schema == nullptr || function.of_schema->system || !function.extension.empty()) return false;
  if (function.language == "sql")
    return !function.queries.empty() && std::all_of(function.queries.begin(), function.queries.end(), [&](const Query *query) {
      return query->command == 1 && !query->for_update && !any_part(*query, [&](const Term &part) {
               const FunctionFact *called = part.kind == Kind::call ? facts.function(part.id) : nullptr;
               return called != nullptr && called->volatility == 'v' && called != &function;
             });
    });
  if (function.language != "plpgsql") return false;
  for (const std::string_view word : {"insert", "update", "delete", "INSERT", "UPDATE", "DELETE", "execute", "EXECUTE", "set_config", "nextval", "random", "perform", "PERFORM"})
    if (function.source.find(word) != std::string_view::npos) return false;
  return true;
}

static void policy_volatile(const Facts &facts, Findings &findings) {
  each_condition(facts, [&](const PolicyFact &policy, const Term &condition) {
    if (policy.command == 'a') return;
    any_part(condition, [&](const Term &part) {
      const FunctionFact *function = part.kind == Kind::call ? facts.function(part.id) : nullptr;
      if (function == nullptr || function->volatility != 'v') return false;
      findings.add(policy.table, policy.identity, facts.text({function->identity, " is VOLATILE: it is called for every row, and no index serves a comparison with it"}),
                   only_reads(facts, *function) ? facts.text({"alter function ", function->identity, " stable"}) : std::string_view{});
      return true;
    });
  });
}

static constexpr Check checks[] = {
    {"policy_volatile", FindingSeverity::medium, "a policy calls a VOLATILE function",
     "Functions are VOLATILE unless created otherwise. One that only reads is STABLE, and may be called once a query.", policy_volatile},
    {"policy_call_per_row", FindingSeverity::medium, "a policy asks for every row who is signed in",
     "(select auth.uid()) is evaluated once a query. proapp.current_user_id() and its kin need no sub-select. Medium from 10,000 rows, low below.", call_per_row},
    {"policy_helper_per_row", FindingSeverity::medium, "a policy calls a function of yours for every row",
     "Given a column it cannot be called once. proapp.current_organizations() answers with an array. Medium from 10,000 rows, low below.", helper_per_row},
    {"policy_in_sub_select", FindingSeverity::medium, "a policy looks rows up with IN (SELECT …)",
     "It is evaluated for every row of the table; no index is used for it. Medium from 10,000 rows, low below.", membership_sub_select},
    {"policy_column_unindexed", FindingSeverity::medium, "no index begins with the column that a policy compares",
     "Every query of every user then reads the rows of all. Medium from 10,000 rows, low below.", policy_column_unindexed},
};

std::span<const Check> policy_cost_checks() { return checks; }

}  // namespace proapp::core
