// Tables, foreign tables, materialized views.
#include "core/ddl_parts.hpp"

namespace proapp::core {

namespace {

const Object *column_named(std::span<const Object> columns, std::string_view name) {
  for (const Object &column : columns)
    if (own_name(column) == name) return &column;
  return nullptr;
}

// In the order of the table's; those that it does not tell come last.
void define_columns(const Object &table, std::span<const Object> columns, Bytes &out) {
  std::string_view separator = " (";
  const auto define = [&](const Object &column) {
    define_column(column, out.raw(separator));
    separator = ", ";
  };
  const auto order = items(table, "column_order");
  for (const Value &name : order)
    if (const Object *column = column_named(columns, name.text())) define(*column);
  for (const Object &column : columns) {
    bool told = false;
    for (const Value &name : order) told |= name.text() == own_name(column);
    if (!told) define(column);
  }
  out.raw(separator == ", " ? ")" : " ()");
}

void inheritance(const Object &table, std::string_view attribute, bool into, Bytes &out) {
  for (const Value &parent : items(table, attribute)) {
    if (out.size() > 0) out.raw(' ');
    if (attribute == "partition_of")
      out.raw("alter table ").raw(parent.text()).raw(into ? " attach partition " : " detach partition ").raw(table.identity);
    else
      out.raw("alter table ").raw(table.identity).raw(into ? " inherit " : " no inherit ").raw(parent.text());
    if (attribute == "partition_of" && into) out.raw(' ').raw(sql(table, "partition_bound"));
    out.raw(';');
  }
}

// Parents that `these` has and `those` has not.
void inheritance_difference(const Object &these, const Object &those, bool into, Bytes &out) {
  for (const Value &parent : items(these, "inherits")) {
    if (holds(items(those, "inherits"), parent)) continue;
    if (out.size() > 0) out.raw(' ');
    out.raw("alter table ").raw(these.identity).raw(into ? " inherit " : " no inherit ").raw(parent.text()).raw(';');
  }
}

std::string_view tablespace(const Object &object) { return text(object, "tablespace").empty() ? std::string_view("pg_default") : text(object, "tablespace"); }

std::string_view word(const Object &object) {
  return object.kind == "materialized view" ? "alter materialized view " : object.kind == "foreign table" ? "alter foreign table " : "alter table ";
}

}  // namespace

void create_table(const Object &table, std::span<const Object> columns, Bytes &out) {
  out.raw("create ").raw(text(table, "persistence") == "unlogged" ? "unlogged " : "").raw(table.kind).raw(' ').raw(table.identity);
  define_columns(table, columns, out);
  if (table.kind == "foreign table") {
    out.raw(" server ").raw(text(table, "server"));
    create_options(table, "foreign_options", out);
  } else {
    if (!sql(table, "partition_key").empty()) out.raw(" partition by ").raw(sql(table, "partition_key"));
    if (!text(table, "access_method").empty()) out.raw(" using ").raw(text(table, "access_method"));
    storage_options(table, out);
    if (!text(table, "tablespace").empty()) out.raw(" tablespace ").raw(text(table, "tablespace"));
  }
  out.raw(';');
}

void create_materialized_view(const Object &view, Bytes &out) {
  out.raw("create materialized view ").raw(view.identity);
  storage_options(view, out);
  if (!text(view, "tablespace").empty()) out.raw(" tablespace ").raw(text(view, "tablespace"));
  out.raw(" as ").raw(sql(view, "query")).raw(flag(view, "populated") ? " with data;" : " with no data;");
}

void alter_table(const Object &expected, const Object &actual, std::string_view attribute, Bytes &out) {
  const auto start = [&]() -> Bytes & { return out.raw(word(expected)).raw(expected.identity); };
  if (attribute == "rls_enabled") {
    start().raw(flag(expected, attribute) ? " enable" : " disable").raw(" row level security;");
  } else if (attribute == "rls_forced") {
    start().raw(flag(expected, attribute) ? " force" : " no force").raw(" row level security;");
  } else if (attribute == "persistence") {
    start().raw(text(expected, attribute) == "unlogged" ? " set unlogged;" : " set logged;");
  } else if (attribute.starts_with("replica_identity")) {
    start().raw(" replica identity ");
    if (text(expected, "replica_identity") == "index")
      out.raw("using index ").raw(text(expected, "replica_identity_index")).raw(';');
    else
      out.raw(text(expected, "replica_identity")).raw(';');
  } else if (attribute == "options") {
    Bytes prefix(out.arena());
    alter_storage_options(expected, actual, prefix.raw(word(expected)).raw(expected.identity).view(), out);
  } else if (attribute == "tablespace") {
    start().raw(" set tablespace ").raw(tablespace(expected)).raw(';');
  } else if (attribute == "access_method") {
    start().raw(" set access method ").raw(text(expected, attribute)).raw(';');
  } else if (attribute == "inherits") {
    inheritance_difference(actual, expected, false, out);
    inheritance_difference(expected, actual, true, out);
  } else if (attribute == "partition_of" || (attribute == "partition_bound" && items(expected, "partition_of").size() == items(actual, "partition_of").size())) {
    inheritance(actual, "partition_of", false, out);
    inheritance(expected, "partition_of", true, out);
  } else if (attribute == "of_type") {
    text(expected, attribute).empty() ? start().raw(" not of;") : start().raw(" of ").raw(text(expected, attribute)).raw(';');
  } else if (attribute == "populated") {
    out.raw("refresh materialized view ").raw(expected.identity).raw(flag(expected, attribute) ? ";" : " with no data;");
  }
}

}  // namespace proapp::core
