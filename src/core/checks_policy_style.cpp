// What policies lean on: claims, settings, names and literals that somebody else can change, or that nobody is.
#include "core/check.hpp"
#include "core/policy_reasoning.hpp"
#include "core/policy_text.hpp"

#include <algorithm>

namespace proapp::core {

using Kind = Term::Kind;

template <class Visit>
static void each_condition(const Facts &facts, const Visit &visit) {
  for (const PolicyFact *policy : facts.policies)
    if (policy->table->rls && policy->table->extension.empty())
      for (const Term *condition : {policy->qual, policy->check})
        if (condition != nullptr && visit(*policy, *condition)) break;
}

static std::string_view column_name(const Facts &facts, const Term &term) {
  const TableFact *table = term.kind == Kind::column ? facts.table(term.id) : nullptr;
  const ColumnFact *column = table == nullptr ? nullptr : table->column(term.number);
  return column == nullptr ? std::string_view{} : column->name;
}

static std::string_view rewritten(const Facts &facts, const PolicyFact &policy, std::string_view from, std::string_view to) {
  const std::string_view qual = policy.qual_text, check = policy.check_text;
  if (qual.find(from) == std::string_view::npos && check.find(from) == std::string_view::npos) return {};
  return alter_policy(facts, policy, replaced(facts, qual, from, to), replaced(facts, check, from, to));
}

static void user_writable_claims(const Facts &facts, Findings &findings) {
  each_condition(facts, [&](const PolicyFact &policy, const Term &condition) {
    const bool claim = any_part_called(facts, condition, [&](const Term &part) { return part.kind == Kind::constant && part.text == "user_metadata"; });
    const bool column = any_part_called(facts, condition, [&](const Term &part) { return column_name(facts, part) == "raw_user_meta_data"; });
    const bool body = any_part_called(facts, condition, [&](const Term &part) {
      const FunctionFact *function = part.kind == Kind::call ? facts.function(part.id) : nullptr;
      return function != nullptr && function->queries.empty() &&
             (function->source.find("'user_metadata'") != std::string_view::npos || function->source.find("raw_user_meta_data") != std::string_view::npos);
    });
    if (!claim && !column && !body) return false;
    findings.add(policy.table, policy.identity, facts.text({"it trusts ", column ? "raw_user_meta_data" : "the claim user_metadata", ", which every user writes themselves"}),
                 body    ? std::string_view{}
                 : claim ? rewritten(facts, policy, "'user_metadata'", "'app_metadata'")
                         : rewritten(facts, policy, "raw_user_meta_data", "raw_app_meta_data"));
    return true;
  });
}

// A comparison of which one side is accepted by `is`, and the other is of the table.
template <class Is>
static bool compares_column_with(const Facts &facts, const Term &condition, const TableFact &table, const Is &is) {
  return any_part(condition, [&](const Term &part) {
    if (part.kind != Kind::operation || part.arguments.size() != 2 || facts.operator_name(part.id) != "=") return false;
    const Term &left = essence(*part.arguments[0]), &right = essence(*part.arguments[1]);
    const auto own = [&](const Term &side) { return any_part(side, [&](const Term &inner) { return inner.kind == Kind::column && inner.id == table.id; }); };
    return (is(left) && own(right)) || (is(right) && own(left));
  });
}

static void email_as_key(const Facts &facts, Findings &findings) {
  each_condition(facts, [&](const PolicyFact &policy, const Term &condition) {
    const auto email = [&](const Term &side) {
      return any_part_called(facts, side, [&](const Term &part) {
        if (facts.called(part) == "auth.email()") return true;
        return part.kind == Kind::operation && facts.operator_name(part.id) == "->>" && part.arguments.size() == 2 && bare(*part.arguments[1]).text == "email";
      });
    };
    if (!compares_column_with(facts, condition, *policy.table, email)) return false;
    findings.add(policy.table, policy.identity, "the e-mail address decides whose row it is: addresses change, are given to others, and may be unconfirmed", {});
    return true;
  });
}

static void session_user_as_key(const Facts &facts, Findings &findings) {
  if (!facts.has_api_roles) return;
  each_condition(facts, [&](const PolicyFact &policy, const Term &condition) {
    const auto session = [&](const Term &side) { return side.kind == Kind::session_value && side.number >= 9 && side.number <= 12; };
    if (!compares_column_with(facts, condition, *policy.table, session)) return false;
    findings.add(policy.table, policy.identity, "CURRENT_USER or SESSION_USER decides whose row it is: requests all come as the same role", {});
    return true;
  });
}

// A text constant of the form that ids have.
static bool is_literal_id(const Term &term) {
  if (term.kind != Kind::constant || term.is_null) return false;
  return term.text.size() == 36 && term.text[8] == '-' && term.text[13] == '-' && term.text[18] == '-' && term.text[23] == '-';
}
static bool is_literal_email(const Term &term) {
  return term.kind == Kind::constant && term.text.size() < 255 && term.text.find('@') != std::string_view::npos && term.text.find('.') != std::string_view::npos &&
         term.text.find_first_of("/ %") == std::string_view::npos;
}

static void literal_in_policy(const Facts &facts, Findings &findings) {
  each_condition(facts, [&](const PolicyFact &policy, const Term &condition) {
    if (!any_part_called(facts, condition, [](const Term &part) { return is_literal_id(part) || is_literal_email(part); })) return false;
    findings.add(policy.table, policy.identity, "somebody's id or address is written into it: it outlives them, and differs from database to database", {});
    return true;
  });
}

// ---- settings ----

static const Term *setting_call(const Facts &facts, const Term &term, std::string_view identity) {
  return term.kind == Kind::call && !term.arguments.empty() && facts.called(term) == identity ? &bare(*term.arguments[0]) : nullptr;
}

static void setting_raises(const Facts &facts, Findings &findings) {
  each_condition(facts, [&](const PolicyFact &policy, const Term &condition) {
    const Term *name = nullptr;
    any_part_called(facts, condition, [&](const Term &part) {
      const Term *found = setting_call(facts, part, "pg_catalog.current_setting(text)");
      if (found != nullptr && found->text.find('.') != std::string_view::npos) name = found;
      return name != nullptr;
    });
    if (name == nullptr) return false;
    const std::string_view call = facts.text({"current_setting('", name->text, "'::text)"});
    findings.add(policy.table, policy.identity, facts.text({"every query raises 42704 in a session where ", name->text, " is not set"}),
                 rewritten(facts, policy, call, facts.text({call.substr(0, call.size() - 1), ", true)"})));
    return true;
  });
}

static void tenant_setting(const Facts &facts, Findings &findings) {
  each_condition(facts, [&](const PolicyFact &policy, const Term &condition) {
    const Term *name = nullptr;
    any_part_called(facts, condition, [&](const Term &part) {
      for (const std::string_view one : {"pg_catalog.current_setting(text)", "pg_catalog.current_setting(text,boolean)"})
        if (const Term *found = setting_call(facts, part, one); found != nullptr && !found->text.empty() && !found->text.starts_with("request.")) name = found;
      return name != nullptr;
    });
    if (name == nullptr) return false;
    const bool prefixed = name->text.find('.') != std::string_view::npos;
    findings.add(prefixed ? FindingSeverity::low : FindingSeverity::medium, policy.table, nullptr, policy.identity,
                 prefixed ? facts.text({"the setting ", name->text, " decides: whoever runs SQL can set it, and a pooled connection keeps it unless it is set with SET LOCAL"})
                          : facts.text({"the setting ", name->text, " decides, which is PostgreSQL's own and the session's to change"}),
                 {});
    return true;
  });
}

static void immutable_reads_session(const Facts &facts, Findings &findings) {
  const PolicyReasoning reasoning(facts);
  for (const FunctionFact *function : facts.functions) {
    if (function->volatility != 'i' || function->of_schema == nullptr || function->of_schema->system || !function->extension.empty()) continue;
    Term call;
    call.kind = Kind::call;
    call.id = function->id;
    if (reasoning.speaks_of_user(call))
      findings.add(function, "it is IMMUTABLE and asks who is signed in: a plan may keep one user's answer for the next",
                   facts.text({"alter function ", function->identity, " stable"}));
  }
}

// ---- whom they are for ----

static void policy_inert(const Facts &facts, Findings &findings) {
  const PolicyReasoning reasoning(facts);
  for (const PolicyFact *policy : facts.policies) {
    if (!policy->table->rls || !policy->table->extension.empty() || policy->roles.empty()) continue;
    const bool bypass = std::all_of(policy->roles.begin(), policy->roles.end(), [&](Oid id) {
      const RoleFact *role = Facts::get(facts.role_of, id);
      return role != nullptr && (role->superuser || role->bypasses_rls);
    });
    const bool api =
        std::all_of(policy->roles.begin(), policy->roles.end(), [&](Oid id) { return id != 0 && (id == reasoning.role(Actor::anon) || id == reasoning.role(Actor::signed_in)); });
    const std::string_view drop = facts.text({"drop policy ", policy_name(*policy), " on ", policy->table->identity});
    if (bypass)
      findings.add(policy->table, policy->identity, "it is for a role that no policy holds for", drop);
    else if (api && !reasoning.is_met(*policy, Actor::anon) && !reasoning.is_met(*policy, Actor::signed_in))
      findings.add(policy->table, policy->identity, "its roles do not have the privilege that it is about", drop);
  }
}

static void nullable_tenant_column(const Facts &facts, Findings &findings) {
  const PolicyReasoning reasoning(facts);
  each_condition(facts, [&](const PolicyFact &policy, const Term &condition) {
    if (!policy.table->is_table()) return false;
    for (std::size_t i = 1; i <= policy.table->columns.size(); ++i) {
      const ColumnFact *column = policy.table->column(static_cast<int>(i));
      // Where several columns can open a row, each may be empty.
      if (column == nullptr || column->not_null || !reasoning.compares(condition, *policy.table, static_cast<int>(i)) ||
          !reasoning.binds(condition, *policy.table, static_cast<int>(i)))
        continue;
      if (policy.table->of_schema != nullptr && policy.table->of_schema->managed) continue;
      findings.add(policy.table, facts.text({policy.table->identity, ".", column->quoted}),
                   facts.text({"rows without ", column->quoted, " belong to nobody, and nobody sees them"}),
                   facts.text({"alter table ", policy.table->identity, " alter column ", column->quoted, " set not null"}));
    }
    return false;
  });
}

static constexpr Check checks[] = {
    {"user_writable_claims", FindingSeverity::critical, "a policy trusts what users write themselves",
     "user_metadata is changed by the user's own request to the sign-in service; app_metadata by the service alone.", user_writable_claims},
    {"immutable_reads_session", FindingSeverity::high, "a function that asks who is signed in is IMMUTABLE",
     "PostgreSQL evaluates it when it plans: a prepared statement, or a connection that serves many users, answers with somebody else's id.", immutable_reads_session},
    {"email_as_key", FindingSeverity::medium, "a policy goes by the e-mail address", "Whoever gets the address gets the rows. An id never changes hands.", email_as_key},
    {"session_user_as_key", FindingSeverity::medium, "a policy goes by CURRENT_USER or SESSION_USER", "Requests arrive as one role for all users: authenticated.",
     session_user_as_key},
    {"literal_in_policy", FindingSeverity::medium, "a policy names somebody", "Who may do something belongs in a table, where it can be seen, changed and taken back.",
     literal_in_policy},
    {"setting_raises", FindingSeverity::medium, "a policy reads a setting that may not be there",
     "current_setting(name) raises where the setting was never set; with true as second argument it is null.", setting_raises},
    {"tenant_setting", FindingSeverity::low, "a policy goes by a setting of the session",
     "Behind a transaction pooler a setting made with SET stays for the next client. SET LOCAL, or set_config(…, true), ends with the transaction.", tenant_setting},
    {"policy_inert", FindingSeverity::low, "a policy never holds for anybody", "It is for roles that bypass policies or lack the privilege: it only misleads whoever reads it.",
     policy_inert},
    {"nullable_tenant_column", FindingSeverity::low, "a column that says whose row it is may be null",
     "Such rows are lost to everybody, and a later `is null or …` opens them to all.", nullable_tenant_column},
};

std::span<const Check> policy_style_checks() { return checks; }

}  // namespace proapp::core
