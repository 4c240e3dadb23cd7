#include "core/policy_text.hpp"

#include <algorithm>

namespace proapp::core {

std::string_view policy_name(const PolicyFact &policy) {
  // policy NAME on TABLE
  const std::size_t around = std::string_view("policy ").size() + std::string_view(" on ").size() + policy.table->identity.size();
  return policy.identity.size() <= around ? policy.identity : policy.identity.substr(7, policy.identity.size() - around);
}

std::string_view quoted_name(const Facts &facts, std::string_view name) { return facts.text({"\"", replaced(facts, name, "\"", "\"\""), "\""}); }

std::string_view alter_policy(const Facts &facts, const PolicyFact &policy, std::string_view qual, std::string_view check) {
  const bool has_qual = policy.qual != nullptr && !qual.empty() && qual != std::string_view(policy.qual_text), has_check = policy.check != nullptr && !check.empty() && check != std::string_view(policy.check_text);
  if (!has_qual && !has_check) return {};
  return facts.text({"alter policy ", policy_name(policy), " on ", policy.table->identity, has_qual ? " using (" : "", has_qual ? qual : "", has_qual ? ")" : "",
                     has_check ? " with check (" : "", has_check ? check : "", has_check ? ")" : ""});
}

std::string_view policy_to_authenticated(const Facts &facts, const PolicyFact &policy) {
  const bool everybody = std::find(policy.roles.begin(), policy.roles.end(), 0u) != policy.roles.end();
  for (const RoleFact *role : facts.roles)
    if (everybody && role->name == "authenticated") return facts.text({"alter policy ", policy_name(policy), " on ", policy.table->identity, " to authenticated"});
  return {};
}

std::string_view policy_roles(const Facts &facts, const PolicyFact &policy) {
  std::string_view found;
  for (const Oid id : policy.roles) {
    const RoleFact *role = Facts::get(facts.role_of, id);
    const bool plain = role != nullptr && std::all_of(role->name.begin(), role->name.end(), [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
    const std::string_view one = role == nullptr ? "public" : plain ? role->name : quoted_name(facts, role->name);
    found = found.empty() ? one : facts.text({found, ", ", one});
  }
  return found;
}

std::string_view in_organizations(const Facts &facts, const ColumnFact &column, const MembershipFact &membership) {
  return facts.text({column.quoted, " = any (proapp.current_organizations('", replaced(facts, membership.name, "'", "''"), "'))"});
}

std::string_view replaced(const Facts &facts, std::string_view text, std::string_view from, std::string_view to) {
  std::string_view done;
  for (std::size_t at = text.find(from); at != std::string_view::npos; at = text.find(from)) {
    done = facts.text({done, text.substr(0, at), to});
    text = text.substr(at + from.size());
  }
  return done.empty() ? text : facts.text({done, text});
}

std::size_t closing(std::string_view text, std::size_t open) {
  std::size_t depth = 0;
  char quote = 0;
  for (std::size_t i = open; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '\'' || c == '"') {
      quote = c;
    } else if (c == '(') {
      ++depth;
    } else if (c == ')' && --depth == 0) {
      return i;
    }
  }
  return text.size();
}

std::size_t find_outside_quotes(std::string_view text, std::string_view what, std::size_t from) {
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (quote == 0 && i >= from && text.substr(i).starts_with(what)) return i;
    const char c = text[i];
    if (quote != 0)
      quote = c == quote ? '\0' : quote;
    else if (c == '\'' || c == '"')
      quote = c;
  }
  return std::string_view::npos;
}

std::string_view with_calls_selected(const Facts &facts, std::string_view text, std::string_view function, std::string_view type) {
  const std::string_view call = facts.text({function, "("});
  std::string_view done;
  std::size_t from = 0;
  for (std::size_t at = find_outside_quotes(text, call); at != std::string_view::npos; at = find_outside_quotes(text, call, from)) {
    const std::size_t end = std::min(closing(text, at + function.size()) + 1, text.size());
    const bool is_name = at > 0 && (text[at - 1] == '.' || text[at - 1] == '_' || (text[at - 1] >= 'a' && text[at - 1] <= 'z'));
    const bool selected = text.substr(0, at).ends_with("SELECT ") || is_name;
    const bool as_array = text.substr(0, at).ends_with(" ANY (");
    done = facts.text({done, text.substr(from, at - from), selected ? "" : "(select ", text.substr(at, end - at), selected ? "" : ")", !selected && as_array ? "::" : "",
                       !selected && as_array ? type : ""});
    from = end;
  }
  return facts.text({done, text.substr(from)});
}

std::string_view with_arrays(const Facts &facts, std::string_view text) {
  static constexpr std::string_view in = " IN ( SELECT ";
  for (std::size_t at = find_outside_quotes(text, in); at != std::string_view::npos; at = find_outside_quotes(text, in)) {
    const std::size_t open = at + 4, end = closing(text, open);
    if (end >= text.size()) break;
    text = facts.text({text.substr(0, at), " = ANY (ARRAY", text.substr(open, end - open), "))", text.substr(end + 1)});
  }
  return text;
}

}  // namespace proapp::core
