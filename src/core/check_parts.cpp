#include "core/check_parts.hpp"

#include "core/routine_text.hpp"

#include <algorithm>

namespace proapp::core {

std::string_view grantees(const Facts &facts, Reach reach, std::uint32_t privileges) {
  const bool anon = (reach.anon & privileges) != 0, authenticated = (reach.authenticated & privileges) != 0;
  bool has_anon = false, has_authenticated = false;
  for (const RoleFact *role : facts.roles) {
    has_anon = has_anon || role->name == "anon";
    has_authenticated = has_authenticated || role->name == "authenticated";
  }
  if (anon && authenticated) return "public, anon, authenticated";
  if (anon) return has_authenticated ? "anon" : "public, anon";
  return has_anon ? "authenticated" : "public, authenticated";
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

CallerAware::CallerAware(const Facts &facts) : facts_(facts), aware_(facts.arena.make<OidMap<bool>>(facts.arena)) {
  auto &names = facts.arena.make<Vector<std::string_view>>(facts.arena);
  for (const FunctionFact *function : facts.functions)
    if (is_of_caller(function->identity)) aware_.at(function->id) = true;
  // Each round finds those that call what the round before found.
  for (bool again = true; again;) {
    again = false;
    std::sort(names.begin(), names.end());
    const std::size_t known = names.size();
    for (const FunctionFact *function : facts.functions) {
      if (!is_own(*function) || aware_.find(function->id) != nullptr || !asks(*function, names)) continue;
      aware_.at(function->id) = true;
      names.push_back(function->name);
      again = true;
      if (names.size() > known) std::sort(names.begin(), names.end());
    }
  }
}

bool CallerAware::asks(const FunctionFact &function, const Vector<std::string_view> &names) const {
  for (const Query *query : function.queries)
    if (any_part(*query, [&](const Term &part) { return term(part); })) return true;
  if (function.source.empty()) return false;
  auto &tokens = facts_.arena.make<Vector<RoutineToken>>(facts_.arena);
  read_routine(function.source, tokens);
  if (asks_for_caller(tokens)) return true;
  for (std::size_t i = 0; i + 1 < tokens.size(); ++i)
    if (tokens[i + 1].is("(") && tokens[i].kind == RoutineToken::Kind::word && std::binary_search(names.begin(), names.end(), tokens[i].text)) return true;
  return false;
}

bool CallerAware::term(const Term &term) const { return term.kind == Term::Kind::call && aware_.find(term.id) != nullptr; }

bool CallerAware::conditions(const Query &query) const {
  const auto aware = [&](const Term &part) { return term(part); };
  for (const Term *condition : query.conditions)
    if (any_part(*condition, aware)) return true;
  for (const Source &source : query.sources)
    if (source.query != nullptr && conditions(*source.query)) return true;
  return false;
}

}  // namespace proapp::core
