// Functions: what they find under names that others choose, and what they do for callers with their owner's rights.
#include "core/check_parts.hpp"
#include "core/ddl_parts.hpp"
#include "core/routine_text.hpp"

namespace proapp::core {

// Those that C code implements resolve no names; a body that was parsed when it was created resolved them then.
static bool resolves_names(const FunctionFact &function) {
  return function.kind != 'a' && function.kind != 'w' && function.language != "c" && function.language != "internal" && !(function.language == "sql" && function.source.empty());
}

static bool is_callable(const FunctionFact &function) {
  return !function.returns_trigger && function.result != 3838 /* event_trigger */ && (function.reach.either() & may_execute) != 0;
}

static std::string_view alter(const Facts &facts, const FunctionFact &function, std::string_view what) {
  return facts.text({"alter ", function.kind == 'p' ? "procedure " : "function ", function.identity, what});
}

static void definer_search_path(const Facts &facts, Findings &findings) {
  for (const FunctionFact *function : facts.functions) {
    if (!is_own(*function) || !function->definer || function->pins_search_path || !resolves_names(*function)) continue;
    const bool callable = is_callable(*function);
    findings.add(
        callable ? FindingSeverity::high : FindingSeverity::medium, nullptr, function, function->identity,
        callable ? "it runs as its owner under the search_path of its caller" : "it runs as its owner under the search_path of its caller, though no request calls it by itself",
        alter(facts, *function, " set search_path = ''"));
  }
}

static void function_search_path_mutable(const Facts &facts, Findings &findings) {
  for (const FunctionFact *function : facts.functions)
    if (is_own(*function) && !function->definer && !function->pins_search_path && resolves_names(*function))
      findings.add(function, "what it finds under an unqualified name depends on its caller's search_path", alter(facts, *function, " set search_path = ''"));
}

// The items of a search_path, as the setting is written, without pg_temp.
static std::string_view path_without_temp(const Facts &facts, std::string_view path, bool &named, bool &last) {
  std::string_view text;
  named = last = false;
  while (!path.empty()) {
    const std::size_t comma = find_unquoted(path, ',');
    std::string_view item = path.substr(0, comma);
    path = comma == std::string_view::npos ? std::string_view{} : path.substr(comma + 1);
    while (item.starts_with(' ')) item.remove_prefix(1);
    while (item.ends_with(' ')) item.remove_suffix(1);
    last = item == "pg_temp" || item == "\"pg_temp\"";
    if (last) {
      named = true;
    } else if (!item.empty() && item != "\"\"") {
      text = text.empty() ? item : facts.text({text, ", ", item});
    }
  }
  return text;
}

static void definer_path_temp(const Facts &facts, Findings &findings) {
  for (const FunctionFact *function : facts.functions) {
    if (!is_own(*function) || !function->definer || !function->pins_search_path || !resolves_names(*function) || !is_callable(*function)) continue;
    bool named, last;
    const std::string_view path = path_without_temp(facts, function->search_path, named, last);
    if (last || path.empty()) continue;
    findings.add(named ? FindingSeverity::medium : FindingSeverity::low, nullptr, function, function->identity,
                 named ? "its search_path looks at temporary tables before others" : "its search_path does not name pg_temp, which is then looked at first",
                 alter(facts, *function, facts.text({" set search_path = ", path, ", pg_temp"})));
  }
}

static void definer_dynamic_sql(const Facts &facts, Findings &findings) {
  for (const FunctionFact *function : facts.functions) {
    if (!is_own(*function) || !function->definer || function->language != "plpgsql" || !is_callable(*function)) continue;
    switch (dynamic_sql(facts.tokens(*function), function->argument_names)) {
      case DynamicSql::argument:
        findings.add(FindingSeverity::critical, nullptr, function, function->identity,
                     facts.text({who(function->reach, may_execute), " may run any SQL as its owner: it executes an argument"}), {});
        break;
      case DynamicSql::assembled:
        findings.add(function, "it pastes values into SQL that it executes as its owner: use format() with %I and %L, or USING", {});
        break;
      case DynamicSql::none:
      case DynamicSql::safe:
        break;
    }
  }
}

// Does the function read or change anything that could need a check?
static bool touches_data(const FunctionFact &function) {
  if (function.queries.empty()) return true;
  bool touches = false;
  for (const Query *query : function.queries) {
    touches = touches || query->command != 1 || any_part(*query, [](const Term &term) { return term.kind == Term::Kind::call && term.id >= 16384; });
    each_source(*query, [&](Oid) { touches = true; });
  }
  return touches;
}

static void definer_without_caller_check(const Facts &facts, Findings &findings) {
  const CallerAware &aware = CallerAware::of(facts);
  for (const FunctionFact *function : facts.functions) {
    if (!is_own(*function) || !function->definer || !is_callable(*function) || !function->exposed || aware.function(*function) || !touches_data(*function)) continue;
    const bool everybody = (function->reach.anon & may_execute) != 0;
    findings.add(
        everybody ? FindingSeverity::high : FindingSeverity::medium, nullptr, function, function->identity,
        facts.text({who(function->reach, may_execute), " may call it, and it never asks who that is"}),
        facts.text({"revoke execute on ", function->kind == 'p' ? "procedure " : "function ", function->identity, " from ", grantees(facts, function->reach, may_execute)}));
  }
}

static void leakproof_function(const Facts &facts, Findings &findings) {
  for (const FunctionFact *function : facts.functions)
    if (is_own(*function) && function->leakproof && function->language != "internal")
      findings.add(function, "policies and security barriers let it see rows before they decide about them", alter(facts, *function, " not leakproof"));
}

static constexpr Check checks[] = {
    {"definer_search_path", FindingSeverity::high, "a SECURITY DEFINER function runs under its caller's search_path",
     "Whoever may create a table, function or operator in a schema on that path decides what the function does with its owner's rights.", definer_search_path},
    {"definer_path_temp", FindingSeverity::low, "a SECURITY DEFINER function looks at temporary tables first",
     "Everybody may create temporary tables and types: an unqualified name in the function finds the caller's before the real one, unless pg_temp stands last.", definer_path_temp},
    {"definer_dynamic_sql", FindingSeverity::high, "a SECURITY DEFINER function pastes values into SQL",
     "A value with a quote in it becomes a statement that runs with the owner's rights.", definer_dynamic_sql},
    {"definer_without_caller_check", FindingSeverity::high, "a SECURITY DEFINER function does not ask who calls",
     "Policies do not hold for its owner, so it does for everybody what it would do for one. PUBLIC may execute a new function until that is revoked.",
     definer_without_caller_check},
    {"leakproof_function", FindingSeverity::medium, "a function claims to be LEAKPROOF",
     "PostgreSQL evaluates such a function, and operators over it, before policies and security barriers; if it raises or writes what it sees, other tenants' rows leak.",
     leakproof_function},
    {"function_search_path_mutable", FindingSeverity::low, "a function runs under its caller's search_path",
     "It does something else for callers with another path: in triggers, indexes and constraints that breaks restores, for privileged callers it is a way in.",
     function_search_path_mutable},
};

std::span<const Check> function_checks() { return checks; }

}  // namespace proapp::core
