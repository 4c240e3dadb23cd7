#include "core/rules.hpp"

namespace proapp::core {

using enum Change;
using enum Severity;

static constexpr Rule all[] = {
    {"table", "", missing, high, "the table and its rows are gone"},
    {"table", "", unexpected, medium, "nobody reviewed its policies and grants"},
    {"table", "rls_enabled", lost, critical, "every role with a grant sees every row"},
    {"table", "rls_enabled", gained, high, "without policies nobody but the owner sees a row"},
    {"table", "rls_forced", lost, critical, "the owner, and definer functions of the owner, bypass the policies"},
    {"table", "rls_forced", gained, medium, "the owner now obeys the policies"},
    {"table", "persistence", changed, high, "an unlogged table loses its rows in a crash"},
    {"table", "partition_key", changed, high, "rows are stored by other rules"},
    {"table", "partition_bound", changed, high, "other rows belong to the partition"},
    {"table", "partition_of", changed, high, "its rows left or joined a partitioned table"},
    {"table", "inherits", changed, high, "its rows left or joined another table"},
    {"table", "replica_identity", changed, medium, "subscribers and Realtime get other old values"},
    {"column", "", missing, high, "the column and its values are gone"},
    {"column", "", unexpected, medium, "inserts and select * see another column"},
    {"column", "type", changed, high, "values were converted, or no longer fit"},
    {"column", "not_null", lost, high, "rows without a value can come in"},
    {"column", "not_null", gained, medium, "inserts without a value fail"},
    {"column", "default", changed, medium, "new rows get another value"},
    {"column", "generated", changed, high, "the value is computed by another rule, or no longer"},
    {"column", "identity", changed, medium, "keys are given by another rule"},
    {"column", "collation", changed, medium, "order and uniqueness follow other rules"},
    {"*", "column_order", changed, low, "only select * and inserts without column names notice"},
    {"column", "statistics", changed, low, "only plans notice"},
    {"column", "storage", changed, low, "only size and speed notice"},
    {"column", "compression", changed, low, "only size and speed notice"},
    {"constraint", "", missing, high, "rows that break it can come in"},
    {"constraint", "", unexpected, medium, "writes that used to pass may fail"},
    {"constraint", "on_delete", changed, high, "deletions take other rows along, or fail"},
    {"constraint", "on_delete_columns", changed, high, "deletions change other columns"},
    {"constraint", "on_update", changed, high, "changed keys take other rows along, or fail"},
    {"constraint", "columns", changed, high, "other rows are accepted"},
    {"constraint", "references", changed, high, "other rows are accepted"},
    {"constraint", "referenced_columns", changed, high, "other rows are accepted"},
    {"constraint", "expression", changed, high, "other rows are accepted"},
    {"constraint", "type", changed, high, "other rows are accepted"},
    {"constraint", "validated", lost, high, "rows that break it may be there"},
    {"constraint", "validated", gained, low, "it now holds for every row"},
    {"index", "", missing, medium, "queries slow down; a unique one no longer keeps duplicates out"},
    {"index", "", unexpected, low, "writes slow down; a unique one refuses duplicates"},
    {"index", "unique", lost, high, "duplicates can come in"},
    {"index", "unique", gained, medium, "duplicates are refused"},
    {"index", "predicate", changed, medium, "it covers other rows"},
    {"index", "columns", changed, medium, "it serves other queries"},
    {"index", "valid", lost, high, "an invalid index serves no query and may enforce nothing"},
    {"policy", "", missing, critical, "rows are visible or writable by other rules"},
    {"policy", "", unexpected, critical, "rows are visible or writable by other rules"},
    {"policy", "using", changed, critical, "other rows are visible or writable"},
    {"policy", "check", changed, critical, "other rows can be written"},
    {"policy", "check", lost, critical, "any row that the policy covers can be written"},
    {"policy", "roles", gained, critical, "the policy opens rows to more roles"},
    {"policy", "roles", lost, high, "roles lost what the policy opened to them, or a restriction"},
    {"policy", "command", changed, critical, "other commands are covered"},
    {"policy", "restrictive", lost, critical, "what used to narrow now widens"},
    {"policy", "restrictive", gained, high, "what used to open rows now narrows"},
    {"function", "", missing, high, "callers and policies that use it fail"},
    {"function", "", unexpected, medium, "nobody reviewed what it may do"},
    {"function", "body", changed, medium, "it does something else"},
    {"function", "security_definer", gained, critical, "its callers act with its owner's rights"},
    {"function", "security_definer", lost, high, "its callers lost its owner's rights"},
    {"function", "search_path", lost, critical, "the caller's search_path decides what its names mean"},
    {"function", "search_path", changed, high, "its names may mean other objects"},
    {"function", "volatility", changed, medium, "it is evaluated at other times"},
    {"function", "leakproof", gained, critical, "it sees rows before policies hide them"},
    {"function", "arguments", changed, medium, "callers fail or mean something else"},
    {"function", "returns", changed, high, "callers get another type"},
    {"function", "cost", changed, low, "only plans notice"},
    {"function", "rows", changed, low, "only plans notice"},
    {"trigger", "", missing, high, "what it guarded or kept up to date is not any more"},
    {"trigger", "", unexpected, medium, "writes do something more"},
    {"trigger", "enabled", changed, high, "what it guarded or kept up to date is not any more, or fires at other times"},
    {"trigger", "function", changed, high, "it does something else"},
    {"view", "", missing, high, "its readers fail"},
    {"view", "", unexpected, medium, "it shows rows with its owner's rights unless it is a security_invoker view"},
    {"view", "query", changed, medium, "it shows other rows"},
    {"view", "security_invoker", lost, critical, "it reads with its owner's rights, past the reader's policies"},
    {"view", "security_invoker", gained, medium, "its readers need rights of their own"},
    {"view", "security_barrier", lost, high, "functions of the reader see rows before the view hides them"},
    {"view", "check_option", lost, high, "rows can be written through it that it does not show"},
    {"materialized view", "", missing, high, "its readers fail"},
    {"materialized view", "query", changed, medium, "it shows other rows"},
    {"materialized view", "populated", lost, high, "its readers fail until it is refreshed"},
    {"enum", "", missing, high, "columns of the type are gone with it"},
    {"enum", "values", lost, high, "rows with the value cannot be"},
    {"enum", "values", changed, medium, "other values are accepted, or sort otherwise"},
    {"enum", "values", gained, medium, "more values are accepted"},
    {"sequence", "", missing, high, "inserts that need it fail"},
    {"domain", "", missing, high, "columns of the type are gone with it"},
    {"domain", "", unexpected, low, "columns that use it tell"},
    {"domain", "type", changed, high, "other values are accepted"},
    {"domain", "not_null", lost, high, "rows without a value can come in"},
    {"domain", "not_null", gained, medium, "writes without a value fail"},
    {"domain", "default", changed, medium, "new rows get another value"},
    {"domain", "collation", changed, medium, "order and uniqueness follow other rules"},
    {"composite type", "", missing, high, "columns and functions of the type are gone with it"},
    {"composite type", "attributes", lost, high, "values lost a part"},
    {"composite type", "attributes", changed, high, "rows and callers have values of another shape"},
    {"composite type", "attribute_comments", changed, low, "only readers notice"},
    {"range type", "", missing, high, "columns of the type are gone with it"},
    {"range type", "subtype", changed, high, "its values are of another type"},
    {"range type", "operator_class", changed, high, "its values sort and overlap by other rules"},
    {"range type", "collation", changed, high, "its values sort and overlap by other rules"},
    {"range type", "canonical", changed, high, "equal ranges may differ, or different ones be equal"},
    {"range type", "subtype_diff", changed, low, "only the speed of indexes notices"},
    {"base type", "", missing, high, "columns of the type are gone with it"},
    {"base type", "input", changed, high, "its values are read by another rule"},
    {"base type", "output", changed, high, "its values are written by another rule"},
    {"base type", "length", changed, high, "stored values are read by another rule"},
    {"base type", "passed_by_value", changed, high, "stored values are read by another rule"},
    {"base type", "alignment", changed, high, "stored values are read by another rule"},
    {"base type", "analyze", changed, low, "only plans notice"},
    {"base type", "storage", changed, low, "only size and speed notice"},
    {"collation", "", missing, high, "columns and queries that use it fail"},
    {"collation", "version", changed, low, "the operating system gives it; indexes of text may need a REINDEX"},
    {"collation", "provider", changed, high, "order and uniqueness follow other rules, and indexes may be wrong"},
    {"collation", "locale", changed, high, "order and uniqueness follow other rules, and indexes may be wrong"},
    {"collation", "lc_collate", changed, high, "order and uniqueness follow other rules, and indexes may be wrong"},
    {"collation", "lc_ctype", changed, high, "order and uniqueness follow other rules, and indexes may be wrong"},
    {"collation", "rules", changed, high, "order and uniqueness follow other rules, and indexes may be wrong"},
    {"collation", "nondeterministic", changed, high, "order and uniqueness follow other rules, and indexes may be wrong"},
    {"conversion", "function", changed, high, "text is converted by another rule"},
    {"aggregate", "", missing, high, "queries that use it fail"},
    {"aggregate", "", unexpected, low, "nobody reviewed it"},
    {"aggregate", "returns", changed, high, "callers get another type"},
    {"aggregate", "sspace", changed, low, "only plans notice"},
    {"aggregate", "msspace", changed, low, "only plans notice"},
    {"operator", "", missing, high, "queries, indexes and policies that use it fail"},
    {"operator", "", unexpected, medium, "a search_path may make expressions mean it"},
    {"operator", "function", changed, high, "expressions and policies that use it mean something else"},
    {"operator", "returns", changed, high, "expressions that use it get another type"},
    {"operator", "restrict", changed, low, "only plans notice"},
    {"operator", "join", changed, low, "only plans notice"},
    {"operator class", "", missing, high, "indexes that use it are gone with it"},
    {"operator class", "operators", changed, high, "indexes serve other conditions, or answer wrongly"},
    {"operator class", "functions", changed, high, "indexes sort by other rules, and those that are there may be wrong"},
    {"operator class", "storage", changed, high, "indexes store another type"},
    {"operator class", "default", changed, medium, "new indexes use another one"},
    {"operator family", "", missing, medium, "conditions between types no longer use indexes"},
    {"cast", "", missing, high, "expressions that use it fail"},
    {"cast", "", unexpected, medium, "expressions may choose other operators and functions"},
    {"cast", "function", changed, high, "values are converted by another rule"},
    {"cast", "method", changed, high, "values are converted by another rule"},
    {"transform", "", missing, high, "functions that use it fail"},
    {"transform", "from_sql", changed, high, "functions get values by another rule"},
    {"transform", "to_sql", changed, high, "functions return values by another rule"},
    {"language", "", missing, high, "its functions are gone with it"},
    {"language", "", unexpected, medium, "it runs code that nobody reviewed"},
    {"language", "trusted", gained, critical, "whoever has USAGE may write functions in it, whatever these can reach"},
    {"language", "trusted", lost, medium, "only superusers may write functions in it"},
    {"language", "handler", changed, high, "its functions are run by other code"},
    {"access method", "", missing, high, "indexes or tables that use it are gone with it"},
    {"access method", "handler", changed, high, "indexes or tables that use it are run by other code"},
    {"text search configuration", "", missing, high, "searches that use it fail"},
    {"text search dictionary", "", missing, high, "configurations that use it fail"},
    {"text search dictionary", "options", changed, medium, "searches find other words"},
    {"text search parser", "", missing, high, "configurations that use it fail"},
    {"text search template", "", missing, high, "dictionaries that use it fail"},
    {"statistics object", "", missing, low, "only plans notice"},
    {"statistics object", "", unexpected, low, "only plans notice"},
    {"statistics object", "kinds", changed, low, "only plans notice"},
    {"statistics object", "columns", changed, low, "only plans notice"},
    {"statistics object", "expressions", changed, low, "only plans notice"},
    {"statistics object", "target", changed, low, "only plans notice"},
    {"schema", "", missing, high, "everything in it is gone"},
    {"schema", "", unexpected, low, "nobody reviewed its grants"},
    {"extension", "", missing, high, "what uses it fails"},
    {"extension", "", unexpected, low, "its functions are there for everybody who may call them"},
    {"extension", "version", changed, low, "extensions are updated with the server; a restore installs the server's default"},
    {"publication", "", missing, high, "subscribers get nothing"},
    {"publication", "all_tables", gained, high, "every table is published"},
    {"publication", "operations", changed, high, "subscribers miss changes or get more"},
    {"publication member", "", missing, medium, "subscribers and Realtime miss its changes"},
    {"publication member", "", unexpected, high, "its rows go to every subscriber"},
    {"publication member", "filter", changed, high, "other rows go to subscribers"},
    {"publication member", "columns", changed, high, "other columns go to subscribers"},
    {"default privileges", "", missing, low, "new objects get other grants"},
    {"default privileges", "", unexpected, medium, "new objects get other grants"},
    {"unmodelled", "count", changed, medium, "objects of a kind that manifests do not compare came or went"},
    {"*", "grants", gained, high, "roles can do more"},
    {"*", "grants", lost, medium, "roles can do less"},
    {"*", "owner", changed, high, "the owner may do everything and is not bound by policies that are not forced"},
    {"*", "comment", changed, low, "only readers notice"},
    {"*", "options", changed, low, "storage parameters change speed, not results"},
    {"*", "tablespace", changed, low, "it is stored elsewhere"},
    {"*", "clustered", changed, low, "only CLUSTER notices"},
    {"*", "", missing, medium, "it is gone"},
    {"*", "", unexpected, low, "it is new"},
    {"*", "*", changed, medium, "it behaves differently"},
};

std::span<const Rule> rules() { return all; }

std::string_view name(Severity severity) {
  static constexpr std::string_view names[] = {"critical", "high", "medium", "low"};
  return names[static_cast<std::size_t>(severity)];
}

std::string_view name(Change change) {
  static constexpr std::string_view names[] = {"missing", "unexpected", "changed", "lost", "gained"};
  return names[static_cast<std::size_t>(change)];
}

// Procedures obey the rules of functions, foreign tables those of tables.
static std::string_view rule_kind(std::string_view kind) {
  if (kind == "procedure") return "function";
  if (kind == "foreign table") return "table";
  return kind;
}

const Rule &find_rule(std::string_view kind, std::string_view attribute, Change change) {
  const Rule *best = nullptr;
  int best_score = -1;
  for (const Rule &rule : all) {
    const bool own_kind = rule.kind == rule_kind(kind);
    if (!own_kind && rule.kind != "*") continue;
    const bool any_attribute = rule.attribute == "*" && !attribute.empty();
    if (rule.attribute != attribute && !any_attribute) continue;
    const bool own_change = rule.change == change;
    if (!own_change && (rule.change != changed || attribute.empty())) continue;
    const int score = (own_kind ? 4 : 0) + (any_attribute ? 0 : 2) + (own_change ? 1 : 0);
    if (score > best_score) {
      best = &rule;
      best_score = score;
    }
  }
  return *best;
}

bool is_aside(std::string_view kind, std::string_view attribute) { return attribute == "column_order" || (attribute == "version" && (kind == "extension" || kind == "collation")); }

}  // namespace proapp::core
