#include "core/fix.hpp"

#include "core/fix_database.hpp"
#include "core/fix_parts.hpp"
#include "core/render.hpp"

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

// What holds rows is not dropped by a line that somebody pastes.
bool may_hold_rows(std::string_view kind) {
  // Nor a subscription: its slot on the other server would keep the log there for ever.
  return kind == "subscription" || kind == "table" || kind == "foreign table" || kind == "column" || kind == "sequence" || kind == "schema" || kind == "extension" ||
         kind == "enum" || kind == "materialized view" || kind == "base type";
}

void set_firing(const Object &object, std::string_view state, Bytes &out) {
  out.raw("alter table ").raw(object.parent).raw(state == "disabled" ? " disable" : state == "always" ? " enable always" : state == "replica" ? " enable replica" : " enable");
  out.raw(object.kind == "rule" ? " rule " : " trigger ").raw(own_name(object)).raw(';');
}

void drop(const Object &object, Bytes &out) {
  if (object.kind == "constraint") {
    out.raw(flag(object, "of_domain") ? "alter domain " : "alter table ").raw(object.parent).raw(" drop constraint ").raw(own_name(object)).raw(';');
  } else if (object.kind == "publication member") {
    out.raw("alter publication ").raw(text(object, "publication")).raw(" drop table ").raw(object.parent).raw(';');
  } else if (object.kind == "partition trigger") {
    set_firing(object, text(object, "enabled_on_parent"), out);
  } else if (object.kind == "database setting") {
    reset_setting(object, out);
  } else if (object.kind != "default privileges" && object.kind != "unmodelled" && object.kind != "database") {
    out.raw("drop ");
    target(object, out);
    out.raw(';');
  }
}

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

void create(const Object &object, Bytes &out) {
  const std::string_view definition = sql(object, "definition");
  if (object.kind == "policy") {
    create_policy(object, out);
  } else if (object.kind == "view" && !sql(object, "query").empty()) {
    create_view(object, "create view ", out);
  } else if (object.kind == "partition trigger") {
    set_firing(object, text(object, "enabled"), out);
  } else if (is_of_database(object.kind)) {
    create_in_database(object, out);
  } else if (object.kind == "constraint" && !definition.empty()) {
    out.raw(flag(object, "of_domain") ? "alter domain " : "alter table ").raw(object.parent).raw(" add constraint ").raw(own_name(object)).raw(' ').raw(definition).raw(';');
  } else if (object.kind == "publication member") {
    out.raw("alter publication ").raw(text(object, "publication")).raw(" add table ").raw(object.parent);
    if (const Value *columns = object.find("columns"); columns != nullptr && !columns->is_absent()) {
      out.raw(" (");
      join(object, "columns", out);
      out.raw(')');
    }
    if (!sql(object, "filter").empty()) out.raw(" where (").raw(sql(object, "filter")).raw(')');
    out.raw(';');
  } else if (!definition.empty()) {
    out.raw(definition).raw(';');
    if (object.kind == "rule" && text(object, "enabled") != "origin") set_firing(object, text(object, "enabled"), out.raw(' '));
  } else {
    create_from_attributes(object, out);
  }
}

std::string_view grantee(const Value &grant) { return grant.find("grantee") == nullptr ? std::string_view{} : grant.find("grantee")->text(); }

const Value *privileges_of(const Object &object, std::string_view role) {
  const Value *grants = object.find("grants");
  if (grants == nullptr) return nullptr;
  for (const Value &grant : grants->items())
    if (grantee(grant) == role) return grant.find("privileges");
  return nullptr;
}

bool has(const Value *list, std::string_view item) {
  if (list == nullptr) return false;
  for (const Value &other : list->items())
    if (other.text() == item) return true;
  return false;
}

// grant or revoke what `these` has and `those` has not
void grant_difference(const Object &these, const Object &those, bool grant, Bytes &out) {
  const Value *grants = these.find("grants");
  if (grants == nullptr || these.kind == "default privileges") return;
  for (const Value &entry : grants->items()) {
    const std::string_view role = grantee(entry);
    const Value *privileges = entry.find("privileges");
    if (privileges == nullptr) continue;
    for (const Value &privilege : privileges->items()) {
      if (has(privileges_of(those, role), privilege.text())) continue;
      std::string_view word = privilege.text();
      const bool grantable = word.ends_with('*');
      if (grantable) word.remove_suffix(1);
      out.raw(out.size() == 0 ? "" : " ").raw(grant ? "grant " : "revoke ").raw(word);
      if (these.kind == "column")
        out.raw(" (").raw(own_name(these)).raw(") on ").raw(these.parent);
      else {
        out.raw(" on ");
        if (these.kind == "foreign server") out.raw("foreign ");
        const bool relation = these.kind == "view" || these.kind == "materialized view" || these.kind == "foreign table";
        relation ? void(out.raw("table ").raw(these.identity)) : these.kind == "aggregate" ? void(out.raw("function ").raw(these.identity)) : target(these, out);
      }
      out.raw(grant ? " to " : " from ").raw(role == "(owner)" ? text(these, "owner") : role);
      if (grant && grantable) out.raw(" with grant option");
      out.raw(';');
    }
  }
}

void alter_policy(const Object &policy, const Object &actual, std::string_view attribute, Bytes &out) {
  // ALTER POLICY cannot change these, nor take a clause away.
  const bool anew = text(policy, "command") != text(actual, "command") || flag(policy, "restrictive") != flag(actual, "restrictive") ||
                    (sql(policy, "using").empty() && !sql(actual, "using").empty()) || (sql(policy, "check").empty() && !sql(actual, "check").empty());
  if (anew) {
    drop(actual, out);
    out.raw(' ');
    create_policy(policy, out);
    return;
  }
  out.raw("alter policy ").raw(own_name(policy)).raw(" on ").raw(policy.parent);
  if (attribute == "roles") {
    out.raw(" to ");
    join(policy, "roles", out);
  } else {
    out.raw(attribute == "using" ? " using (" : " with check (").raw(sql(policy, attribute)).raw(')');
  }
  out.raw(';');
}

void alter_column(const Object &column, std::string_view attribute, Bytes &out) {
  if (attribute == "identity" || attribute == "generated" || attribute == "collation") return;
  out.raw("alter table ").raw(column.parent).raw(" alter column ").raw(own_name(column));
  if (attribute == "not_null")
    out.raw(flag(column, "not_null") ? " set not null;" : " drop not null;");
  else if (attribute == "default" && sql(column, "default").empty())
    out.raw(" drop default;");
  else if (attribute == "default")
    out.raw(" set default ").raw(sql(column, "default")).raw(';');
  else if (attribute == "type")
    out.raw(" type ").raw(text(column, "type")).raw(';');
  else if (attribute == "storage" || attribute == "compression")
    out.raw(" set ").raw(attribute).raw(' ').raw(text(column, attribute).empty() ? "default" : text(column, attribute)).raw(';');
  else
    out.clear();
}

void alter_function(const Object &function, std::string_view attribute, Bytes &out) {
  const auto start = [&]() -> Bytes & {
    target(function, out.raw("alter "));
    return out.raw(' ');
  };
  if (attribute == "security_definer")
    start().raw(flag(function, attribute) ? "security definer;" : "security invoker;");
  else if (attribute == "search_path" && text(function, attribute).empty())
    start().raw("reset search_path;");
  else if (attribute == "search_path")
    start().raw("set search_path = ").raw(text(function, attribute)).raw(';');
  else if (attribute == "volatility")
    start().raw(text(function, attribute)).raw(';');
  else if (attribute == "parallel")
    start().raw("parallel ").raw(text(function, attribute)).raw(';');
  else if (attribute == "leakproof")
    start().raw(flag(function, attribute) ? "leakproof;" : "not leakproof;");
  else if (attribute == "body" && !sql(function, "definition").empty())
    out.raw(sql(function, "definition")).raw(';');
}

void alter_table(const Object &table, std::string_view attribute, Bytes &out) {
  if (attribute == "rls_enabled")
    out.raw("alter table ").raw(table.identity).raw(flag(table, attribute) ? " enable" : " disable").raw(" row level security;");
  else if (attribute == "rls_forced")
    out.raw("alter table ").raw(table.identity).raw(flag(table, attribute) ? " force" : " no force").raw(" row level security;");
  else if (attribute == "persistence")
    out.raw("alter table ").raw(table.identity).raw(text(table, attribute) == "unlogged" ? " set unlogged;" : " set logged;");
  else if (attribute.starts_with("replica_identity") && text(table, "replica_identity") != "index")
    out.raw("alter table ").raw(table.identity).raw(" replica identity ").raw(text(table, "replica_identity")).raw(';');
  else if (attribute.starts_with("replica_identity"))
    out.raw("alter table ").raw(table.identity).raw(" replica identity using index ").raw(text(table, "replica_identity_index")).raw(';');
}

void alter_domain(const Object &domain, std::string_view attribute, Bytes &out) {
  if (attribute == "not_null")
    out.raw("alter domain ").raw(domain.identity).raw(flag(domain, attribute) ? " set not null;" : " drop not null;");
  else if (attribute == "default" && sql(domain, attribute).empty())
    out.raw("alter domain ").raw(domain.identity).raw(" drop default;");
  else if (attribute == "default")
    out.raw("alter domain ").raw(domain.identity).raw(" set default ").raw(sql(domain, attribute)).raw(';');
}

// Kinds that are dropped and made anew: a DROP without CASCADE fails where something uses them, and none of them holds rows.
bool is_replaceable(std::string_view kind) {
  return kind == "access method" || kind == "cast" || kind == "collation" || kind == "conversion" || kind == "operator" || kind == "operator class" ||
         kind == "statistics object" || kind.starts_with("text search");
}

void alter_trigger(const Object &trigger, const Object &actual, std::string_view attribute, Bytes &out) {
  if (attribute != "enabled") {
    drop(actual, out);
    out.raw(' ');
    create(trigger, out);
    return;
  }
  set_firing(trigger, text(trigger, "enabled"), out);
}

void attribute_fix(const Object &expected, const Object &actual, std::string_view attribute, Bytes &out) {
  const std::string_view kind = expected.kind;
  if (kind == "database") return;  // it has another name elsewhere
  if (attribute == "comment") {
    target(expected, out.raw("comment on "));
    out.raw(" is ");
    text(expected, "comment").empty() ? void(out.raw("null")) : literal(text(expected, "comment"), out);
    out.raw(';');
  } else if (attribute == "owner") {
    target(expected, out.raw("alter "));
    out.raw(" owner to ").raw(text(expected, "owner")).raw(';');
  } else if (kind == "partition trigger" || (kind == "rule" && attribute == "enabled")) {
    set_firing(expected, text(expected, "enabled"), out);
  } else if (kind == "rule") {
    drop(actual, out);
    create(expected, out.raw(' '));
  } else if (attribute == "grants") {
    grant_difference(actual, expected, false, out);
    grant_difference(expected, actual, true, out);
  } else if (is_of_database(kind)) {
    alter_in_database(expected, actual, attribute, out);
  } else if (attribute == "foreign_options") {
    out.raw("alter foreign table ").raw(kind == "column" ? expected.parent : expected.identity);
    if (kind == "column") out.raw(" alter column ").raw(own_name(expected));
    if (!alter_options(expected, actual, attribute, out)) out.clear();
  } else if (kind == "policy") {
    alter_policy(expected, actual, attribute, out);
  } else if (kind == "column") {
    alter_column(expected, attribute, out);
  } else if (kind == "function" || kind == "procedure") {
    alter_function(expected, attribute, out);
  } else if (kind == "table") {
    alter_table(expected, attribute, out);
  } else if (kind == "trigger") {
    alter_trigger(expected, actual, attribute, out);
  } else if (kind == "view" && attribute == "query" && !sql(expected, "query").empty()) {
    create_view(expected, "create or replace view ", out);
  } else if (kind == "view" && attribute.starts_with("security_")) {
    out.raw("alter view ").raw(expected.identity).raw(" set (").raw(attribute).raw(flag(expected, attribute) ? " = true);" : " = false);");
  } else if (kind == "constraint" || kind == "index" || kind == "publication member") {
    if (kind != "publication member" && sql(expected, "definition").empty()) return;
    drop(actual, out);
    out.raw(' ');
    create(expected, out);
  } else if (kind == "domain") {
    alter_domain(expected, attribute, out);
  } else if (!alter_in_place(expected, actual, attribute, out) && is_replaceable(kind) && attribute != "version") {
    drop(actual, out);
    out.raw(' ');
    create(expected, out);
  }
}

}  // namespace

void literal(std::string_view text, Bytes &out) {
  const bool escapes = text.find('\\') != std::string_view::npos;
  out.raw(escapes ? "E'" : "'");
  for (const char c : text) {
    if (c == '\'' || (c == '\\' && escapes)) out.raw(c);
    out.raw(c);
  }
  out.raw('\'');
}

std::string_view fix(Arena &arena, const Object &object, Change change) {
  Bytes out(arena);
  if (change == Change::missing)
    create(object, out);
  else if (!may_hold_rows(object.kind))
    drop(object, out);
  return arena.copy(out.view());
}

std::string_view fix(Arena &arena, const Object &expected, const Object &actual, std::string_view attribute) {
  Bytes out(arena);
  attribute_fix(expected, actual, attribute, out);
  return arena.copy(out.view());
}

}  // namespace proapp::core
