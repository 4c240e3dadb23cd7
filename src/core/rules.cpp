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
    {"table", "replica_identity_index", changed, medium, "subscribers and Realtime get other old values"},
    {"table", "server", changed, high, "its rows come from another server"},
    {"table", "foreign_options", changed, high, "its rows come from elsewhere"},
    {"column", "foreign_options", changed, medium, "its values come from elsewhere"},
    {"constraint", "triggers_disabled", gained, high, "rows that break it can come in: the triggers that check it are switched off"},
    {"constraint", "not_enforced", gained, high, "rows that break it can come in"},
    {"constraint", "no_inherit", changed, medium, "tables that inherit are covered, or no longer"},
    {"constraint", "deferrable", changed, medium, "rows that break it for a moment are refused, or no longer"},
    {"partition trigger", "", missing, high, "a trigger that was switched on or off for the partition alone fires as on the partitioned table"},
    {"partition trigger", "", unexpected, high, "a trigger is switched on or off for the partition alone"},
    {"partition trigger", "enabled", changed, high, "a trigger is switched on or off for the partition alone"},
    {"constraint", "index_comment", changed, low, "only readers notice"},
    {"rule", "", missing, high, "statements on the relation do something else"},
    {"rule", "", unexpected, high, "statements on the relation do something else"},
    {"rule", "actions", changed, high, "statements on the relation do something else"},
    {"rule", "condition", changed, high, "statements on the relation do something else"},
    {"rule", "event", changed, high, "other statements on the relation are rewritten"},
    {"rule", "instead", changed, high, "the statement itself is carried out, or no longer"},
    {"rule", "enabled", changed, high, "statements on the relation do something else"},
    {"event trigger", "", missing, high, "what it guarded or recorded is not any more"},
    {"event trigger", "", unexpected, high, "it runs for every role's DDL, superusers' included"},
    {"event trigger", "event", changed, high, "it runs at other times"},
    {"event trigger", "tags", lost, medium, "it runs for other commands"},
    {"event trigger", "tags", gained, medium, "it runs for other commands"},
    {"event trigger", "function", changed, high, "it does something else"},
    {"event trigger", "enabled", changed, high, "what it guarded or recorded is not any more, or it fires at other times"},
    {"foreign data wrapper", "handler", changed, high, "other code reads foreign tables"},
    {"foreign data wrapper", "validator", changed, medium, "other options are accepted"},
    {"foreign data wrapper", "options", changed, medium, "foreign tables are read in another way"},
    {"foreign server", "", missing, high, "its foreign tables cannot be read"},
    {"foreign server", "", unexpected, medium, "rows can leave for it"},
    {"foreign server", "options", changed, high, "rows come from another place, or go there"},
    {"foreign server", "wrapper", changed, high, "its foreign tables are read by other code"},
    {"user mapping", "", missing, medium, "the role cannot read its foreign tables"},
    {"user mapping", "", unexpected, high, "the role acts on the server by its credentials"},
    {"user mapping", "options", changed, high, "the role acts on the server as another user"},
    {"subscription", "", missing, high, "its tables get no more changes"},
    {"subscription", "", unexpected, high, "rows come in from another server"},
    {"subscription", "enabled", lost, high, "its tables get no more changes; a restore leaves subscriptions disabled"},
    {"subscription", "enabled", gained, medium, "its tables get changes"},
    {"subscription", "connection", changed, high, "rows come in from another server"},
    {"subscription", "publications", lost, high, "tables get no more changes"},
    {"subscription", "publications", gained, high, "rows of more tables come in"},
    {"subscription", "slot", changed, high, "changes are read from another place in the stream, or not at all"},
    {"database", "owner", changed, high, "the owner may grant everything on the database, and drop it"},
    {"database", "connection_limit", changed, medium, "sessions are refused, or no longer"},
    {"database", "refuses_connections", gained, high, "nobody can connect"},
    {"database setting", "", missing, medium, "sessions run with another value"},
    {"database setting", "", unexpected, medium, "sessions run with another value"},
    {"database setting", "value", changed, medium, "sessions run with another value"},
    {"unmodelled", "count", changed, medium, "objects of a kind that manifests do not compare came or went"},
    {"*", "security_label", changed, high, "the label's provider treats it by other rules"},
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

// No dump carries what is set on a database, and a restored subscription waits to be enabled.
bool is_aside(std::string_view kind, std::string_view attribute) {
  return attribute == "column_order" || (kind == "extension" && attribute == "version") || kind == "database" || (kind == "subscription" && attribute == "enabled");
}

}  // namespace proapp::core
