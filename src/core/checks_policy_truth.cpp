// Policies that let through what they should not.
#include "core/check.hpp"
#include "core/policy_reasoning.hpp"
#include "core/policy_text.hpp"

#include <algorithm>

namespace proapp::core {

using Kind = Term::Kind;

// Policies that are in force, of tables that are not an extension's.
template <class Visit>
static void each_policy(const Facts &facts, const Visit &visit) {
  for (const PolicyFact *policy : facts.policies)
    if (policy->table->rls && policy->table->extension.empty()) visit(*policy);
}

static bool reads(const PolicyFact &policy) { return policy.command == '*' || policy.command == 'r'; }
static bool writes(const PolicyFact &policy) { return policy.command != 'r'; }

static std::uint32_t reach_of(const TableFact &table, Actor actor) { return actor == Actor::anon ? table.reach.anon : table.reach.authenticated; }

// ---- always true ----

static constexpr std::uint32_t write_bits = may_insert | may_update | may_delete;

// Whether the actor may write every row by it: rows as they are, or what takes their place. What an update is held to afterwards is another check's.
static bool writes_all(const PolicyReasoning &reasoning, const PolicyFact &policy, Actor actor, Actor truth) {
  if (!writes(policy) || (reach_of(*policy.table, actor) & write_bits) == 0) return false;
  const bool written = (policy.command == '*' || policy.command == 'a') && reasoning.always_true(PolicyReasoning::written(policy), truth);
  return written || (policy.command != 'a' && reasoning.always_true(policy.qual, truth));
}
static bool reads_all(const PolicyReasoning &reasoning, const PolicyFact &policy, Actor actor, Actor truth) {
  return reads(policy) && (reach_of(*policy.table, actor) & may_select) != 0 && reasoning.always_true(policy.qual, truth);
}

static std::string_view owners_fix(const Facts &facts, const PolicyReasoning &reasoning, const PolicyFact &policy) {
  const std::string_view condition = reasoning.owner_condition(*policy.table);
  if (condition.empty()) return {};
  const std::string_view to = policy_to_authenticated(facts, policy);
  return facts.text({to.empty() ? facts.text({"alter policy ", policy_name(policy), " on ", policy.table->identity}) : to, policy.qual != nullptr ? " using (" : "",
                     policy.qual != nullptr ? condition : "", policy.qual != nullptr ? ")" : "", policy.check != nullptr ? " with check (" : "",
                     policy.check != nullptr ? condition : "", policy.check != nullptr ? ")" : ""});
}

static void policy_always_true(const Facts &facts, Findings &findings) {
  const PolicyReasoning reasoning(facts);
  each_policy(facts, [&](const PolicyFact &policy) {
    if (!policy.permissive) return;
    // What is so for nobody in particular is so for everybody; what is so for anon alone is another check's.
    for (const Actor actor : {Actor::anon, Actor::signed_in}) {
      if (!reasoning.is_met(policy, actor)) continue;
      const Actor truth = actor == Actor::anon ? Actor::everybody : Actor::signed_in;
      const bool all_written = writes_all(reasoning, policy, actor, truth), all_read = reads_all(reasoning, policy, actor, truth);
      if (!all_written && !all_read) continue;
      const bool anon = actor == Actor::anon, owned = reasoning.has_owners(*policy.table);
      // Whoever fills in a form writes a row of nobody.
      const bool form = policy.command == 'a' && !owned;
      const FindingSeverity severity = form          ? FindingSeverity::medium
                                       : all_written ? (anon || owned ? FindingSeverity::critical : FindingSeverity::high)
                                       : owned       ? FindingSeverity::high
                                       : anon        ? FindingSeverity::medium
                                                     : FindingSeverity::low;
      findings.add(severity, policy.table, nullptr, policy.identity,
                   facts.text({"its condition is true for every row: ", anon ? "everybody" : "every signed-in user",
                               policy.command == 'a' ? " may add any"
                               : all_written         ? " may write them all"
                                                     : " reads them all"}),
                   owners_fix(facts, reasoning, policy));
      return;
    }
  });
}

// ---- true for who is not signed in ----

static bool trusts_null(const PolicyReasoning &reasoning, const Term &outer) {
  const Term &term = bare(outer);
  if (term.kind == Kind::all) return std::any_of(term.arguments.begin(), term.arguments.end(), [&](const Term *part) { return trusts_null(reasoning, *part); });
  // Not to be among the blocked is no guard for anybody.
  if (term.kind == Kind::negation && !term.arguments.empty() && bare(*term.arguments[0]).kind == Kind::sub_select) return false;
  return reasoning.speaks_of_user(term) && reasoning.always_true(&term, Actor::anon) && !reasoning.always_true(&term, Actor::everybody) && term.kind != Kind::is_null;
}

static void true_for_anon(const Facts &facts, Findings &findings) {
  const PolicyReasoning reasoning(facts);
  each_policy(facts, [&](const PolicyFact &policy) {
    if (!reasoning.is_met(policy, Actor::anon)) return;
    for (const Term *condition : {policy.qual, policy.check}) {
      if (condition == nullptr || reasoning.always_true(condition, Actor::everybody)) continue;
      const bool whole = policy.permissive && reasoning.always_true(condition, Actor::anon);
      if (!whole && !trusts_null(reasoning, *condition)) continue;
      findings.add(whole ? FindingSeverity::critical : FindingSeverity::medium, policy.table, nullptr, policy.identity,
                   whole ? "its condition is true for every row where nobody is signed in" : "a part of its condition that asks for the user is true where nobody is signed in",
                   policy_to_authenticated(facts, policy));
      return;
    }
  });
}

// ---- negated ----

// Without NOT: `negative` says whether it is meant the other way round.
static bool is_negated_binding(const Facts &facts, const PolicyReasoning &reasoning, const Term &outer, const TableFact &table, bool negative) {
  const Term &term = bare(outer);
  if (term.kind == Kind::negation && term.arguments.size() == 1) return is_negated_binding(facts, reasoning, *term.arguments[0], table, !negative);
  const auto own = [&](const Term &of) { return any_part(of, [&](const Term &part) { return part.kind == Kind::column && part.id == table.id; }); };
  if (term.kind == Kind::operation && term.arguments.size() == 2) {
    const std::string_view name = facts.operator_name(term.id);
    const bool differs = term.number == 3 || name == "<>";
    if (differs == negative || (!differs && name != "=")) return false;
    return reasoning.speaks_of_user(term) && own(term);
  }
  if (!negative) return false;
  if (term.kind == Kind::sub_select && term.number == 2) return reasoning.speaks_of_user(term) && own(term);
  return term.kind == Kind::call && reasoning.speaks_of_user(term) && own(term);
}

static bool lets_others_in(const Facts &facts, const PolicyReasoning &reasoning, const Term &outer, const TableFact &table) {
  const Term &term = bare(outer);
  if (term.kind == Kind::any) return std::any_of(term.arguments.begin(), term.arguments.end(), [&](const Term *part) { return lets_others_in(facts, reasoning, *part, table); });
  if (term.kind != Kind::all) return is_negated_binding(facts, reasoning, term, table, false);
  bool negated = false;
  for (const Term *part : term.arguments) {
    const bool one = is_negated_binding(facts, reasoning, *part, table, false);
    negated = negated || one;
    if (!one && reasoning.speaks_of_user(*part) && bare(*part).kind != Kind::is_not_null) return false;
  }
  return negated;
}

static void negated_membership(const Facts &facts, Findings &findings) {
  const PolicyReasoning reasoning(facts);
  each_policy(facts, [&](const PolicyFact &policy) {
    if (!policy.permissive) return;
    for (const Term *condition : {policy.qual, policy.check})
      if (condition != nullptr && lets_others_in(facts, reasoning, *condition, *policy.table))
        findings.add(policy.table, policy.identity, "it lets a user in where they are not the owner or no member: everybody else's rows", owners_fix(facts, reasoning, policy));
  });
}

// ---- what is written against what is seen ----

static void check_wider_than_using(const Facts &facts, Findings &findings) {
  const PolicyReasoning reasoning(facts);
  each_policy(facts, [&](const PolicyFact &policy) {
    if (!policy.permissive || policy.qual == nullptr || policy.check == nullptr || (policy.command != 'w' && policy.command != '*')) return;
    if (!reasoning.is_met(policy, Actor::signed_in) && !reasoning.is_met(policy, Actor::anon)) return;
    for (std::size_t i = 1; i <= policy.table->columns.size(); ++i) {
      const int column = static_cast<int>(i);
      if (policy.table->column(column) == nullptr || !reasoning.binds(*policy.qual, *policy.table, column) || reasoning.binds(*policy.check, *policy.table, column)) continue;
      if (std::string_view(policy.qual_text) == std::string_view(policy.check_text)) return;
      findings.add(policy.table, policy.identity,
                   facts.text({"USING ties ", policy.table->column(column)->quoted, " to the user, WITH CHECK does not: a row can be given to anybody"}),
                   alter_policy(facts, policy, policy.qual_text, policy.qual_text));
      return;
    }
  });
}

// What everybody who reads is held to, and who adds a row is not.
static void insert_unscoped(const Facts &facts, Findings &findings) {
  const PolicyReasoning reasoning(facts);
  each_policy(facts, [&](const PolicyFact &policy) {
    if (!policy.permissive || policy.command != 'a' || policy.check == nullptr || reasoning.always_true(policy.check, Actor::signed_in)) return;
    if (!reasoning.is_met(policy, Actor::signed_in) && !reasoning.is_met(policy, Actor::anon)) return;
    const TableFact &table = *policy.table;
    bool tied = false;
    for (std::size_t i = 1; i <= table.columns.size(); ++i) tied = tied || reasoning.binds(*policy.check, table, static_cast<int>(i));
    // Who is let in by what they are, administrators, may add for others.
    if (!tied && reasoning.speaks_of_user(*policy.check)) return;
    for (std::size_t i = 1; i <= table.columns.size(); ++i) {
      const int column = static_cast<int>(i);
      const PolicyFact *tying = nullptr;
      for (const PolicyFact *other : *Facts::get(facts.policies_of, table.id)) {
        if (!other->applies_to('r') || other->qual == nullptr) continue;
        const bool ties = reasoning.binds(*other->qual, table, column);
        if (ties) tying = other;
        if (!ties && other->permissive && reasoning.applies(*other, Actor::signed_in)) {
          tying = nullptr;
          break;
        }
      }
      if (tying == nullptr || reasoning.binds(*policy.check, table, column)) continue;
      findings.add(tied ? FindingSeverity::medium : FindingSeverity::high, &table, nullptr, policy.identity,
                   facts.text({"rows are read by ", table.column(column)->quoted, ", and who adds one may write any there"}),
                   alter_policy(facts, policy, {}, facts.text({policy.check_text, " and ", tying->qual_text})));
      return;
    }
  });
}

static void policies_widen(const Facts &facts, Findings &findings) {
  const PolicyReasoning reasoning(facts);
  each_policy(facts, [&](const PolicyFact &wide) {
    const Term *condition = wide.command == 'a' ? wide.check : wide.qual;
    if (!wide.permissive || !reasoning.is_met(wide, Actor::signed_in) || !reasoning.always_true(condition, Actor::signed_in)) return;
    for (const PolicyFact *narrow : *Facts::get(facts.policies_of, wide.table->id)) {
      const bool meet = wide.command == '*' || wide.command == narrow->command;  // one for all commands still narrows the others
      if (narrow == &wide || !narrow->permissive || !meet || !reasoning.applies(*narrow, Actor::signed_in)) continue;
      const Term *other = narrow->command == 'a' ? narrow->check : narrow->qual;
      if (other == nullptr || reasoning.always_true(other, Actor::signed_in) || !reasoning.speaks_of_user(*other)) continue;
      findings.add(wide.table, wide.identity, facts.text({"permissive policies add up: beside it, policy ", policy_name(*narrow), " narrows nothing"}), {});
      return;
    }
  });
}

// ---- whom and what they are about ----

static void policy_for_public(const Facts &facts, Findings &findings) {
  const PolicyReasoning reasoning(facts);
  if (reasoning.role(Actor::signed_in) == 0) return;
  each_policy(facts, [&](const PolicyFact &policy) {
    if (!policy.permissive || std::find(policy.roles.begin(), policy.roles.end(), 0u) == policy.roles.end()) return;
    const Term *condition = policy.qual != nullptr ? policy.qual : policy.check;
    if (condition == nullptr || !reasoning.speaks_of_user(*condition)) return;
    for (const Term *one : {policy.qual, policy.check})
      if (one != nullptr && !reasoning.never_true(*one, Actor::anon)) return;
    findings.add(policy.table, policy.identity, "it is for PUBLIC, though only signed-in users can meet its condition", policy_to_authenticated(facts, policy));
  });
}

static void policy_without_condition(const Facts &facts, Findings &findings) {
  each_policy(facts, [&](const PolicyFact &policy) {
    if (policy.permissive && policy.qual == nullptr && policy.check == nullptr) findings.add(policy.table, policy.identity, "it has no condition, and lets nobody through", {});
  });
}

static void policy_without_own_column(const Facts &facts, Findings &findings) {
  const PolicyReasoning reasoning(facts);
  each_policy(facts, [&](const PolicyFact &policy) {
    if (!policy.permissive) return;
    const auto own = [&](const Term &part) { return part.kind == Kind::column && part.id == policy.table->id; };
    for (const Term *condition : {policy.qual, policy.check}) {
      if (condition == nullptr || bare(*condition).kind == Kind::constant || any_part(*condition, own)) continue;
      if (reasoning.always_true(condition, Actor::signed_in) || reasoning.always_true(condition, Actor::anon)) continue;
      const bool of_user = reasoning.speaks_of_user(*condition) || bare(*condition).kind == Kind::call;
      findings.add(of_user ? FindingSeverity::low : FindingSeverity::medium, policy.table, nullptr, policy.identity,
                   of_user ? "it looks at the user only, at no column of the table: all rows or none" : "it looks at no column of the table: all rows or none", {});
      return;
    }
  });
}

// How often it is read from. Where that is more than once, columns that read alike may belong to two occurrences.
static std::size_t occurrences(const Term &condition, Oid relation) {
  std::size_t count = 0;
  const auto look = [&](const Query &query, const auto &again) -> void {
    for (const Source &source : query.sources) {
      count += source.relation == relation;
      if (source.query != nullptr) again(*source.query, again);
    }
  };
  any_part(condition, [&](const Term &part) {
    if (part.query != nullptr) look(*part.query, look);
    return false;
  });
  return count;
}

// member.org_id = member.org_id, where member has a column of the name that was meant for the policy's table.
static const Term *compared_with_itself(const Facts &facts, const Term &condition, const TableFact &table) {
  const Term *found = nullptr;
  any_part(condition, [&](const Term &part) {
    if (part.kind != Kind::sub_select || part.query == nullptr) return false;
    std::size_t relations = 0;
    for (const Source &source : part.query->sources) relations += source.kind == Source::Kind::relation;
    if (relations != 1) return false;
    for (const Term *one : part.query->conditions)
      any_part(*one, [&](const Term &inner) {
        if (inner.kind != Kind::operation || inner.number != 0 || inner.arguments.size() != 2 || facts.operator_name(inner.id) != "=") return false;
        const Term &left = bare(*inner.arguments[0]), &right = bare(*inner.arguments[1]);
        if (left.kind != Kind::column || left.id == table.id || !PolicyReasoning::equal(left, right) || occurrences(condition, left.id) != 1) return false;
        found = &left;
        return true;
      });
    return found != nullptr;
  });
  return found;
}

// m.org_id = m.org_id becomes m.org_id = notes.org_id.
static std::string_view with_own_column(const Facts &facts, std::string_view text, std::string_view column, const TableFact &table) {
  for (std::size_t at = find_outside_quotes(text, " = "); at != std::string_view::npos; at = find_outside_quotes(text, " = ", at + 3)) {
    const std::size_t start = text.find_last_of(" (", at - 1) + 1;
    const std::string_view left = text.substr(start, at - start);
    if (left.ends_with(facts.text({".", column})) && text.substr(at + 3).starts_with(left))
      return facts.text({text.substr(0, at + 3), table.identity, ".", column, text.substr(at + 3 + left.size())});
  }
  return text;
}

static void column_compared_with_itself(const Facts &facts, Findings &findings) {
  each_policy(facts, [&](const PolicyFact &policy) {
    for (const Term *condition : {policy.qual, policy.check}) {
      const Term *column = condition == nullptr ? nullptr : compared_with_itself(facts, *condition, *policy.table);
      const TableFact *of = column == nullptr ? nullptr : facts.table(column->id);
      if (of == nullptr || of->column(column->number) == nullptr) continue;
      const ColumnFact &inner = *of->column(column->number);
      const bool has_own = std::any_of(policy.table->columns.begin(), policy.table->columns.end(), [&](const ColumnFact &own) { return own.name == inner.name; });
      findings.add(policy.table, policy.identity,
                   facts.text({"in a sub-select it compares ", of->identity, ".", inner.quoted, " with itself: a name without its table is the inner one"}),
                   has_own ? alter_policy(facts, policy, with_own_column(facts, policy.qual_text, inner.quoted, *policy.table),
                                          with_own_column(facts, policy.check_text, inner.quoted, *policy.table))
                           : std::string_view{});
      return;
    }
  });
}

// Tables that a policy asks and that the asked-about can write.
static void policy_reads_open_table(const Facts &facts, Findings &findings) {
  const auto look = [&](const PolicyFact &policy, const Query &query, const auto &again) -> void {
    for (const Source &source : query.sources) {
      if (source.query != nullptr) again(policy, *source.query, again);
      const TableFact *table = source.relation == 0 ? nullptr : facts.table(source.relation);
      if (table == nullptr || table == policy.table || !table->is_table() || table->rls || (table->reach.either() & write_bits) == 0) continue;
      findings.add(policy.table, policy.identity, facts.text({"it relies on ", table->identity, ", whose rows requests may write: row-level security is off there"}),
                   facts.text({"revoke insert, update, delete, truncate on ", table->identity, " from public", PolicyReasoning(facts).role(Actor::anon) != 0 ? ", anon" : "",
                               PolicyReasoning(facts).role(Actor::signed_in) != 0 ? ", authenticated" : ""}));
    }
  };
  each_policy(facts, [&](const PolicyFact &policy) {
    for (const Term *condition : {policy.qual, policy.check})
      if (condition != nullptr)
        any_part_called(facts, *condition, [&](const Term &part) {
          if (part.query != nullptr) look(policy, *part.query, look);
          if (const FunctionFact *function = part.kind == Kind::call ? facts.function(part.id) : nullptr)
            for (const Query *query : function->queries) look(policy, *query, look);
          return false;
        });
  });
}

static void storage_without_bucket(const Facts &facts, Findings &findings) {
  const PolicyReasoning reasoning(facts);
  each_policy(facts, [&](const PolicyFact &policy) {
    if (!policy.permissive || policy.table->identity != "storage.objects") return;
    for (const Term *condition : {policy.qual, policy.check}) {
      if (condition == nullptr) continue;
      const bool names_bucket = any_part_called(facts, *condition, [&](const Term &part) {
        const ColumnFact *column = part.kind == Kind::column && part.id == policy.table->id ? policy.table->column(part.number) : nullptr;
        return (column != nullptr && column->name == "bucket_id") || (part.kind == Kind::column && part.id == policy.table->id && part.number == 0);
      });
      if (names_bucket || reasoning.never_true(*condition, Actor::everybody)) continue;
      std::string_view fix;
      if (facts.buckets.size() == 1) {
        const std::string_view bucket = facts.text({"bucket_id = '", replaced(facts, facts.buckets[0]->name, "'", "''"), "' and ("});
        fix = alter_policy(facts, policy, policy.qual == nullptr ? std::string_view{} : facts.text({bucket, policy.qual_text, ")"}),
                           policy.check == nullptr ? std::string_view{} : facts.text({bucket, policy.check_text, ")"}));
      }
      findings.add(reasoning.speaks_of_user(*condition) ? FindingSeverity::medium : FindingSeverity::high, policy.table, nullptr, policy.identity,
                   "it names no bucket: it holds for the files of all buckets, of those to come too", fix);
      return;
    }
  });
}

static constexpr Check checks[] = {
    {"policy_always_true", FindingSeverity::critical, "a policy is true for every row",
     "Written out or by construction (x = x, or true, coalesce(…, true)), or true for whoever is signed in. Critical where rows are written; for reading high where rows are "
     "users', else lower.",
     policy_always_true},
    {"true_for_anon", FindingSeverity::critical, "a policy is true for who is not signed in",
     "A guard the wrong way round: nobody's id is null, so `uid is null or …` and coalesce(uid = owner, true) open the table to requests without a user.", true_for_anon},
    {"negated_membership", FindingSeverity::critical, "a policy lets in whoever is not the owner or no member",
     "`uid <> owner` and `not is_member(…)` grant everybody else's rows.", negated_membership},
    {"check_wider_than_using", FindingSeverity::high, "what may be written is wider than what is seen",
     "Who may update a row can give it to another user or organization, or take it into one. Without WITH CHECK an update is held to USING.", check_wider_than_using},
    {"insert_unscoped", FindingSeverity::high, "rows can be added for others",
     "What policies for select tie to the user, WITH CHECK of the insert leaves open: a row appears among another user's or organization's. Medium where it ties another column.",
     insert_unscoped},
    {"column_compared_with_itself", FindingSeverity::high, "a sub-select in a policy compares a column with itself",
     "A name without its table belongs to the innermost query that has it, so the sub-select is not about the row at hand: one membership opens all rows.",
     column_compared_with_itself},
    {"policy_reads_open_table", FindingSeverity::critical, "a policy relies on a table that requests may write", "Whoever adds a row there lets themselves in.",
     policy_reads_open_table},
    {"storage_without_bucket", FindingSeverity::high, "a policy on storage.objects names no bucket", "It holds for all buckets, private ones and future ones too.",
     storage_without_bucket},
    {"policies_widen", FindingSeverity::medium, "a policy makes a narrower one meaningless", "Permissive policies are joined by OR: the widest one counts.", policies_widen},
    {"policy_for_public", FindingSeverity::low, "a policy that only signed-in users can meet is for PUBLIC",
     "TO authenticated keeps requests without a user out before any condition is evaluated, and says who is meant.", policy_for_public},
    {"policy_without_condition", FindingSeverity::medium, "a policy has no condition", "A policy without USING and WITH CHECK lets nobody through.", policy_without_condition},
    {"policy_without_own_column", FindingSeverity::medium, "a policy looks at no column of its table",
     "It lets all rows through or none. Right for administrators; elsewhere the tie to the row was forgotten.", policy_without_own_column},
};

std::span<const Check> policy_truth_checks() { return checks; }

}  // namespace proapp::core
