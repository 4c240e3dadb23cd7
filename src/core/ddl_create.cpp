#include "core/ddl.hpp"
#include "core/ddl_database.hpp"
#include "core/ddl_parts.hpp"

namespace proapp::core {

namespace {

void create_policy(const Object &policy, Bytes &out) {
  out.raw("create policy ").raw(own_name(policy)).raw(" on ").raw(policy.parent);
  if (flag(policy, "restrictive")) out.raw(" as restrictive");
  out.raw(" for ").raw(text(policy, "command")).raw(" to ");
  join(policy, "roles", out);
  if (!sql(policy, "using").empty()) out.raw(" using (").raw(sql(policy, "using")).raw(")");
  if (!sql(policy, "check").empty()) out.raw(" with check (").raw(sql(policy, "check")).raw(")");
  out.raw(';');
}

void create_extension(const Object &extension, Bytes &out) {
  out.raw("create extension ").raw(extension.identity);
  if (!text(extension, "schema").empty()) out.raw(" schema ").raw(text(extension, "schema"));
  out.raw(';');
}

void create_constraint(const Object &constraint, std::string_view definition, Bytes &out) {
  out.raw(flag(constraint, "of_domain") ? "alter domain " : "alter table ").raw(constraint.parent);
  out.raw(" add constraint ").raw(own_name(constraint)).raw(' ').raw(definition).raw(';');
}

// A partition's part of an index is made by itself, and then given to the partitioned one.
void create_index(const Object &index, std::string_view definition, Bytes &out) {
  out.raw(definition).raw(';');
  if (!text(index, "attached_to").empty()) out.raw(" alter index ").raw(text(index, "attached_to")).raw(" attach partition ").raw(index.identity).raw(';');
}

void create_by_definition(const Object &object, std::string_view definition, Bytes &out) {
  out.raw(definition).raw(';');
  if (object.kind == "rule" && text(object, "enabled") != "origin") set_firing(object, text(object, "enabled"), out.raw(' '));
}

}  // namespace

void create_view(const Object &view, std::string_view how, Bytes &out) {
  out.raw(how).raw(view.identity);
  std::string_view separator = " with (";
  for (const std::string_view option : {"security_invoker", "security_barrier", "check_option"}) {
    if (!flag(view, option) && text(view, option).empty()) continue;
    out.raw(separator).raw(option).raw(" = ").raw(flag(view, option) ? std::string_view("true") : text(view, option));
    separator = ", ";
  }
  if (separator != " with (") out.raw(')');
  out.raw(" as ").raw(sql(view, "query")).raw(';');
}

void set_firing(const Object &object, std::string_view state, Bytes &out) {
  out.raw("alter table ").raw(object.parent).raw(state == "disabled" ? " disable" : state == "always" ? " enable always" : state == "replica" ? " enable replica" : " enable");
  out.raw(object.kind == "rule" ? " rule " : " trigger ").raw(own_name(object)).raw(';');
}

void create(const Object &object, std::span<const Object> columns, Bytes &out) {
  const std::string_view kind = object.kind, definition = sql(object, "definition");
  if (kind == "table" || kind == "foreign table") {
    create_table(object, columns, out);
  } else if (kind == "column") {
    create_column(object, out);
  } else if (kind == "schema") {
    out.raw("create schema ").raw(object.identity).raw(';');
  } else if (kind == "extension") {
    create_extension(object, out);
  } else if (kind == "sequence") {
    create_sequence(object, out);
  } else if (kind == "enum") {
    create_enum(object, out);
  } else if (kind == "materialized view") {
    create_materialized_view(object, out);
  } else if (kind == "policy") {
    create_policy(object, out);
  } else if (kind == "view") {
    if (!sql(object, "query").empty()) create_view(object, "create view ", out);
  } else if (kind == "default privileges") {
    create_default_privileges(object, out);
  } else if (kind == "partition trigger") {
    set_firing(object, text(object, "enabled"), out);
  } else if (kind == "publication") {
    create_publication(object, out);
  } else if (kind == "publication member") {
    create_publication_member(object, out);
  } else if (is_of_database(kind)) {
    create_in_database(object, out);
  } else if (kind == "constraint") {
    if (!definition.empty()) create_constraint(object, definition, out);
  } else if (kind == "index") {
    if (!definition.empty()) create_index(object, definition, out);
  } else if (!definition.empty()) {
    create_by_definition(object, definition, out);
  } else {
    create_from_attributes(object, out);
  }
}

void drop(const Object &object, Bytes &out) {
  const std::string_view kind = object.kind;
  if (kind == "constraint") {
    out.raw(flag(object, "of_domain") ? "alter domain " : "alter table ").raw(object.parent).raw(" drop constraint ").raw(own_name(object)).raw(';');
  } else if (kind == "column") {
    out.raw("alter table ").raw(object.parent).raw(" drop column ").raw(own_name(object)).raw(';');
  } else if (kind == "publication member") {
    out.raw("alter publication ").raw(text(object, "publication")).raw(" drop table only ").raw(object.parent).raw(';');
  } else if (kind == "partition trigger") {
    set_firing(object, text(object, "enabled_on_parent"), out);
  } else if (kind == "database setting") {
    reset_setting(object, out);
  } else if (kind == "default privileges") {
    drop_default_privileges(object, out);
  } else if (kind != "unmodelled" && kind != "database") {
    target(object, out.raw("drop "));
    out.raw(';');
  }
}

bool may_hold_rows(std::string_view kind) {
  // Nor a subscription: its slot on the other server would keep the log there for ever.
  return kind == "subscription" || kind == "table" || kind == "foreign table" || kind == "column" || kind == "sequence" || kind == "schema" || kind == "extension" ||
         kind == "enum" || kind == "materialized view" || kind == "base type";
}

bool is_replaceable(std::string_view kind) {
  return kind == "constraint" || kind == "index" || kind == "policy" || kind == "trigger" || kind == "rule" || kind == "event trigger" || kind == "publication member" ||
         kind == "access method" || kind == "cast" || kind == "collation" || kind == "conversion" || kind == "operator" || kind == "operator class" ||
         kind == "statistics object" || kind.starts_with("text search");
}

bool is_rebuildable(std::string_view kind) {
  return is_replaceable(kind) || kind == "view" || kind == "materialized view" || kind == "function" || kind == "procedure" || kind == "aggregate" || kind == "domain" ||
         kind == "enum" || kind == "composite type" || kind == "range type" || kind == "base type" || kind == "operator family" || kind == "transform" || kind == "language" ||
         kind == "foreign table" || kind == "foreign server" || kind == "foreign data wrapper" || kind == "publication";
}

}  // namespace proapp::core
