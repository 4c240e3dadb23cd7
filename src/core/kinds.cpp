#include "core/kinds.hpp"

#include <algorithm>

namespace proapp::core {

static constexpr Kind all[] = {
    {"schema", "schemas", Kind::Place::schema},
    {"extension", "extensions", Kind::Place::database},
    {"enum", "enums", Kind::Place::in_schema},
    {"domain", "domains", Kind::Place::in_schema},
    {"composite type", "composite types", Kind::Place::in_schema},
    {"range type", "range types", Kind::Place::in_schema},
    {"base type", "base types", Kind::Place::in_schema},
    {"collation", "collations", Kind::Place::in_schema},
    {"conversion", "conversions", Kind::Place::in_schema},
    {"sequence", "sequences", Kind::Place::beside},
    {"table", "tables", Kind::Place::in_schema},
    {"foreign table", "foreign tables", Kind::Place::in_schema},
    {"column", "columns", Kind::Place::on_table},
    {"constraint", "constraints", Kind::Place::on_table},
    {"index", "indexes", Kind::Place::beside},
    {"view", "views", Kind::Place::in_schema},
    {"materialized view", "materialized views", Kind::Place::in_schema},
    {"function", "functions", Kind::Place::in_schema},
    {"procedure", "procedures", Kind::Place::in_schema},
    {"aggregate", "aggregates", Kind::Place::in_schema},
    {"operator", "operators", Kind::Place::in_schema},
    {"operator class", "operator classes", Kind::Place::in_schema},
    {"operator family", "operator families", Kind::Place::in_schema},
    {"cast", "casts", Kind::Place::database},
    {"transform", "transforms", Kind::Place::database},
    {"language", "languages", Kind::Place::database},
    {"access method", "access methods", Kind::Place::database},
    {"text search configuration", "text search configurations", Kind::Place::in_schema},
    {"text search dictionary", "text search dictionaries", Kind::Place::in_schema},
    {"text search parser", "text search parsers", Kind::Place::in_schema},
    {"text search template", "text search templates", Kind::Place::in_schema},
    {"statistics object", "statistics objects", Kind::Place::beside},
    {"trigger", "triggers", Kind::Place::on_table},
    {"policy", "policies", Kind::Place::on_table},
    {"publication", "publications", Kind::Place::database},
    {"publication member", "publication members", Kind::Place::on_table},
    {"default privileges", "default privileges", Kind::Place::database},
    {"partition trigger", "partition triggers", Kind::Place::on_table},
    {"rule", "rules", Kind::Place::on_table},
    {"event trigger", "event triggers", Kind::Place::database},
    {"foreign data wrapper", "foreign data wrappers", Kind::Place::database},
    {"foreign server", "foreign servers", Kind::Place::database},
    {"user mapping", "user mappings", Kind::Place::database},
    {"subscription", "subscriptions", Kind::Place::database},
    {"database", "databases", Kind::Place::database},
    {"database setting", "database settings", Kind::Place::database},
    {"unmodelled", "unmodelled", Kind::Place::database},
};

std::span<const Kind> kinds() { return all; }

static bool same_letter(char typed, char name) { return typed == name || (typed == '_' && name == ' '); }

const Kind *find_kind(std::string_view name) {
  for (const Kind &kind : all)
    if (std::equal(name.begin(), name.end(), kind.name.begin(), kind.name.end(), same_letter)) return &kind;
  return nullptr;
}

std::string_view category(std::string_view kind, std::string_view subtype) {
  if (kind == "constraint") {
    if (subtype == "primary key") return "primary keys";
    if (subtype == "foreign key") return "foreign keys";
    if (subtype == "unique") return "unique constraints";
    if (subtype == "check") return "check constraints";
    if (subtype == "exclude") return "exclusion constraints";
    if (subtype == "trigger") return "constraint triggers";
  }
  const Kind *known = find_kind(kind);
  return known == nullptr ? kind : known->category;
}

}  // namespace proapp::core
