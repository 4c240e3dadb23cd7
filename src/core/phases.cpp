#include "core/phases.hpp"

#include "core/ddl_parts.hpp"

namespace proapp::core::phase {

namespace {

// Kinds in the order in which they are made: each may need those before it. They are taken away the other way round.
constexpr std::string_view order[] = {"schema",
                                      "extension",
                                      "language",
                                      "access method",
                                      "collation",
                                      "conversion",
                                      "enum",
                                      "composite type",
                                      "base type",
                                      "range type",
                                      "foreign data wrapper",
                                      "foreign server",
                                      "user mapping",
                                      "sequence",
                                      "function",
                                      "aggregate",
                                      "procedure",
                                      "domain",
                                      "operator",
                                      "operator family",
                                      "operator class",
                                      "cast",
                                      "transform",
                                      "text search template",
                                      "text search parser",
                                      "text search dictionary",
                                      "text search configuration",
                                      "table",
                                      "foreign table",
                                      "column",
                                      "constraint",
                                      "index",
                                      "view",
                                      "materialized view",
                                      "statistics object",
                                      "rule",
                                      "trigger",
                                      "partition trigger",
                                      "policy",
                                      "publication",
                                      "publication member",
                                      "default privileges",
                                      "database setting",
                                      "subscription",
                                      "event trigger"};
constexpr int count = static_cast<int>(std::size(order));

int place(std::string_view kind) {
  for (int i = 0; i < count; ++i)
    if (order[i] == kind) return i;
  return count;
}

}  // namespace

// What holds rows goes last of all: by then whatever of it is wanted was moved or renamed.
int take_away(std::string_view kind) {
  const bool holds_rows = kind == "table" || kind == "column" || kind == "sequence" || kind == "schema" || kind == "extension";
  return (holds_rows ? 700 : make_room) + 2 + count - place(kind);
}

int change(std::string_view attribute) {
  if (attribute == "type") return changes;
  if (attribute == "owner") return 600;  // its rights end with it
  if (attribute == "grants") return 610;
  if (attribute == "comment") return 620;
  return changes + 10;
}

// Keys that others refer to come before those that refer.
int make(const Object &object) { return makes + 2 * place(object.kind) + (text(object, "type") == "foreign key"); }

}  // namespace proapp::core::phase
