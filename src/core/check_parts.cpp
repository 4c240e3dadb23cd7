#include "core/check_parts.hpp"

#include "core/ddl.hpp"
#include "core/routine_text.hpp"

#include <algorithm>

namespace proapp::core {

std::string_view literal_text(const Facts &facts, std::string_view text) {
  Bytes &out = facts.arena.make<Bytes>(facts.arena);
  literal(text, out);
  return out.view();
}

std::string_view grantees(const Facts &facts, Reach reach, std::uint32_t privileges) {
  const RoleFact *holders[2] = {};
  std::size_t roles = 0, count = 0;
  for (const RoleFact *role : facts.roles) {
    if (role->name != "anon" && role->name != "authenticated") continue;
    ++roles;
    if (((role->name == "anon" ? reach.anon : reach.authenticated) & privileges) != 0) holders[count++] = role;
  }
  // What PUBLIC has, all have. Roles that bypass policies keep what they have: that requests are their members is another finding.
  std::string_view text = count == roles ? "public" : "";
  const auto add = [&](std::string_view name) { text = text.empty() ? name : facts.text({text, ", ", name}); };
  for (std::size_t i = 0; i < count; ++i) add(holders[i]->quoted);
  for (const RoleFact *group : facts.roles) {
    if (group->superuser || group->bypasses_rls || group->name == "anon" || group->name == "authenticated") continue;
    const auto inherits = [&](const RoleFact *role) { return role != nullptr && std::find(role->member_of.begin(), role->member_of.end(), group->id) != role->member_of.end(); };
    if (std::any_of(std::begin(holders), std::end(holders), inherits)) add(group->quoted);
  }
  return text;
}

std::string_view privilege_names(const Facts &facts, std::uint32_t privileges) {
  static constexpr std::pair<std::uint32_t, std::string_view> names[] = {{may_select, "select"},   {may_insert, "insert"},     {may_update, "update"},
                                                                         {may_delete, "delete"},   {may_truncate, "truncate"}, {may_reference, "references"},
                                                                         {may_trigger, "trigger"}, {may_execute, "execute"}};
  std::string_view text;
  for (const auto &[bit, name] : names)
    if ((privileges & bit) != 0) text = text.empty() ? name : facts.text({text, ", ", name});
  return text;
}

static bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
static char small(char c) { return is_upper(c) ? static_cast<char>(c + 32) : c; }
static bool is_of_word(char c) { return is_upper(c) || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (static_cast<unsigned char>(c) & 0x80) != 0; }

bool has_word(std::string_view name, std::span<const std::string_view> words) {
  for (std::size_t from = 0; from < name.size();) {
    std::size_t end = from;
    while (end < name.size() && is_of_word(name[end]) && !(end > from && is_upper(name[end]) && !is_upper(name[end - 1]))) ++end;
    const std::string_view word = name.substr(from, end - from);
    const std::string_view singular = word.ends_with('s') || word.ends_with('S') ? word.substr(0, word.size() - 1) : word;
    const auto same = [](std::string_view a, std::string_view b) { return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return small(x) == y; }); };
    for (const std::string_view wanted : words)
      if (same(word, wanted) || same(singular, wanted)) return true;
    from = end == from || (end < name.size() && !is_of_word(name[end])) ? end + 1 : end;
  }
  return false;
}

std::string_view lowered(const Facts &facts, std::string_view name) {
  if (name.empty()) return {};
  auto *bytes = static_cast<char *>(facts.arena.allocate(name.size(), 1));
  std::transform(name.begin(), name.end(), bytes, small);
  return {bytes, name.size()};
}

static bool is_of_caller(std::string_view identity) {
  return identity.starts_with("auth.") || identity.starts_with("proapp.") || identity.starts_with("pg_catalog.current_setting(");
}

bool acts_for_requests(const Facts &facts, Oid role) {
  for (const RoleFact *of : facts.roles)
    if (of->name == "anon" || of->name == "authenticated")
      if (of->id == role || (!of->superuser && std::find(of->member_of.begin(), of->member_of.end(), role) != of->member_of.end())) return true;
  return false;
}

namespace {

// One function calls another by this name, or by this OID where its body can be read.
struct Call {
  Oid caller, callee;
  std::string_view name;
};

void gather_calls(const FunctionFact &function, std::span<const SqlToken> tokens, Vector<Call> &calls) {
  for (std::size_t i = 0; i + 1 < tokens.size(); ++i)
    if (tokens[i].is_name() && tokens[i + 1].is("(")) calls.push_back({function.id, 0, tokens[i].text});
  for (const Query *query : function.queries)
    any_part(*query, [&](const Term &part) {
      if (part.kind == Term::Kind::call) calls.push_back({function.id, part.id, {}});
      return false;
    });
}

}  // namespace

CallerAware::CallerAware(const Facts &facts) : facts_(facts), aware_(facts.arena.make<OidMap<bool>>(facts.arena)) {
  auto &calls = facts.arena.make<Vector<Call>>(facts.arena);
  auto &names = facts.arena.make<Vector<std::string_view>>(facts.arena);  // of own functions that ask
  for (const FunctionFact *function : facts.functions) {
    if (is_of_caller(function->identity)) aware_.at(function->id) = true;
    if (!is_own(*function)) continue;
    const std::span<const SqlToken> tokens = facts.tokens(*function);
    gather_calls(*function, tokens, calls);
    if (!asks_for_caller(tokens)) continue;
    aware_.at(function->id) = true;
    names.push_back(function->name);
  }
  // Each round finds those that call what the round before found.
  for (bool again = true; again;) {
    again = false;
    std::sort(names.begin(), names.end());
    const std::size_t known = names.size();
    for (const Call &call : calls) {
      const bool asks = call.callee != 0 ? aware_.find(call.callee) != nullptr : std::binary_search(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(known), call.name);
      if (!asks || aware_.find(call.caller) != nullptr) continue;
      aware_.at(call.caller) = true;
      names.push_back(facts.function(call.caller)->name);
      again = true;
    }
  }
}

const CallerAware &CallerAware::of(const Facts &facts) {
  if (facts.caller_aware == nullptr) facts.caller_aware = &facts.arena.make<CallerAware>(facts);
  return *facts.caller_aware;
}

bool CallerAware::tells_apart(const Term &term) const { return is_call(term) && facts_.called(term) != "auth.role()"; }

bool CallerAware::conditions(const Query &query) const {
  for (const Term *condition : query.conditions)
    if (any_part(*condition, [&](const Term &part) { return tells_apart(part); })) return true;
  for (const Source &source : query.sources)
    if (source.query != nullptr && conditions(*source.query)) return true;
  return false;
}

}  // namespace proapp::core
