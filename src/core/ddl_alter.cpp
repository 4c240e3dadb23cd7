#include "core/ddl.hpp"
#include "core/ddl_database.hpp"
#include "core/ddl_parts.hpp"

namespace proapp::core {

namespace {

// ALTER POLICY cannot change the command or the way of combining, nor take a clause away.
void alter_policy(const Object &policy, const Object &actual, std::string_view attribute, Bytes &out) {
  const bool anew = text(policy, "command") != text(actual, "command") || flag(policy, "restrictive") != flag(actual, "restrictive") ||
                    (sql(policy, "using").empty() && !sql(actual, "using").empty()) || (sql(policy, "check").empty() && !sql(actual, "check").empty());
  if (anew) return;
  out.raw("alter policy ").raw(own_name(policy)).raw(" on ").raw(policy.parent);
  if (attribute == "roles") {
    out.raw(" to ");
    join(policy, "roles", out);
  } else {
    out.raw(attribute == "using" ? " using (" : " with check (").raw(sql(policy, attribute)).raw(')');
  }
  out.raw(';');
}

// CREATE OR REPLACE keeps names and types of the arguments and what is returned; defaults it can only add or change.
bool replaces_signature(const Object &function, const Object &actual) {
  if (text(function, "returns") != text(actual, "returns") || flag(function, "window") != flag(actual, "window")) return false;
  const auto was = items(function, "arguments"), is = items(actual, "arguments");
  for (std::size_t i = 0; i < was.size() && was.size() == is.size(); ++i) {
    const bool renamed = !member(is[i], "name").empty() && member(was[i], "name") != member(is[i], "name");
    if (renamed || member(was[i], "mode") != member(is[i], "mode") || member(was[i], "type") != member(is[i], "type")) return false;
    if (was[i].find("default") == nullptr && is[i].find("default") != nullptr) return false;
  }
  return was.size() == is.size();
}

void alter_function(const Object &function, const Object &actual, std::string_view attribute, Bytes &out) {
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
  else if (attribute == "strict")
    start().raw(flag(function, attribute) ? "strict;" : "called on null input;");
  else if (!sql(function, "definition").empty() && replaces_signature(function, actual))
    out.raw(sql(function, "definition")).raw(';');
}

void alter_domain(const Object &domain, std::string_view attribute, Bytes &out) {
  if (attribute == "not_null")
    out.raw("alter domain ").raw(domain.identity).raw(flag(domain, attribute) ? " set not null;" : " drop not null;");
  else if (attribute == "default" && sql(domain, attribute).empty())
    out.raw("alter domain ").raw(domain.identity).raw(" drop default;");
  else if (attribute == "default")
    out.raw("alter domain ").raw(domain.identity).raw(" set default ").raw(sql(domain, attribute)).raw(';');
}

void alter_view(const Object &view, std::string_view attribute, Bytes &out) {
  if (attribute == "query" && !sql(view, "query").empty())
    create_view(view, "create or replace view ", out);
  else if (attribute.starts_with("security_"))
    out.raw("alter view ").raw(view.identity).raw(flag(view, attribute) ? " set (" : " reset (").raw(attribute).raw(flag(view, attribute) ? " = true);" : ");");
  else if (attribute == "check_option" && text(view, attribute).empty())
    out.raw("alter view ").raw(view.identity).raw(" reset (check_option);");
  else if (attribute == "check_option")
    out.raw("alter view ").raw(view.identity).raw(" set (check_option = ").raw(text(view, attribute)).raw(");");
}

// The index behind a constraint has the constraint's name, in its table's schema.
std::string_view index_of(const Object &object, Bytes &name) {
  if (object.kind == "index") return object.identity;
  if (const std::string_view schema = schema_of(object.parent); !schema.empty()) name.raw(schema).raw('.');
  return name.raw(own_name(object)).view();
}

// Do the columns differ in their statistics targets alone?
bool alter_index_statistics(const Object &expected, const Object &actual, Bytes &out) {
  const auto was = items(expected, "columns"), is = items(actual, "columns");
  if (was.size() != is.size()) return false;
  for (std::size_t i = 0; i < was.size(); ++i) {
    for (const Member &fact : was[i].members())
      if (fact.name != "statistics" && !same(fact.value, is[i].find(fact.name) == nullptr ? Value() : *is[i].find(fact.name))) return false;
    for (const Member &fact : is[i].members())
      if (fact.name != "statistics" && was[i].find(fact.name) == nullptr && !fact.value.is_absent()) return false;
    const Value *target = was[i].find("statistics"), *other = is[i].find("statistics");
    const std::int64_t wanted = target == nullptr ? -1 : target->integer();
    if (wanted == (other == nullptr ? -1 : other->integer())) continue;
    out.raw(out.size() == 0 ? "" : " ").raw("alter index ").raw(expected.identity).raw(" alter column ").number(static_cast<std::int64_t>(i) + 1);
    out.raw(" set statistics ").number(wanted).raw(';');
  }
  return out.size() > 0;
}

// What an index has, its own or a constraint's, and what ALTER INDEX can say.
void alter_index(const Object &expected, const Object &actual, std::string_view attribute, Bytes &out) {
  Bytes name(out.arena());
  const std::string_view index = index_of(expected, name);
  if (attribute == "options") {
    Bytes prefix(out.arena());
    alter_storage_options(expected, actual, prefix.raw("alter index ").raw(index).view(), out);
  } else if (attribute == "tablespace") {
    out.raw("alter index ").raw(index).raw(" set tablespace ").raw(text(expected, attribute).empty() ? "pg_default" : text(expected, attribute)).raw(';');
  } else if (attribute == "clustered" && flag(expected, attribute)) {
    out.raw("alter table ").raw(expected.parent).raw(" cluster on ").raw(behind_schema(index)).raw(';');
  } else if (attribute == "clustered") {
    out.raw("alter table ").raw(expected.parent).raw(" set without cluster;");
  } else if (attribute == "replica_identity" && flag(expected, attribute)) {
    out.raw("alter table ").raw(expected.parent).raw(" replica identity using index ").raw(behind_schema(index)).raw(';');
  } else if (attribute == "replica_identity") {
    out.raw("alter table ").raw(expected.parent).raw(" replica identity default;");
  } else if (attribute == "valid" && flag(expected, attribute)) {
    out.raw("reindex index ").raw(index).raw(';');
  } else if (attribute == "index_comment") {
    out.raw("comment on index ").raw(index).raw(" is ");
    text(expected, attribute).empty() ? void(out.raw("null")) : literal(text(expected, attribute), out);
    out.raw(';');
  } else if (attribute == "attached_to" && !text(expected, attribute).empty() && text(actual, attribute).empty()) {
    out.raw("alter index ").raw(text(expected, attribute)).raw(" attach partition ").raw(index).raw(';');
  } else if (attribute == "columns" && expected.kind == "index") {
    if (!alter_index_statistics(expected, actual, out)) out.clear();
  }
}

void alter_constraint(const Object &expected, const Object &actual, std::string_view attribute, Bytes &out) {
  const bool foreign_key = text(expected, "type") == "foreign key";
  if (foreign_key && (attribute == "deferrable" || attribute == "deferred")) {
    out.raw("alter table ").raw(expected.parent).raw(" alter constraint ").raw(own_name(expected));
    out.raw(flag(expected, "deferrable") ? " deferrable" : " not deferrable");
    if (flag(expected, "deferrable")) out.raw(flag(expected, "deferred") ? " initially deferred" : " initially immediate");
    out.raw(';');
  } else if (attribute == "validated" && flag(expected, attribute)) {
    out.raw(flag(expected, "of_domain") ? "alter domain " : "alter table ").raw(expected.parent).raw(" validate constraint ").raw(own_name(expected)).raw(';');
  } else if (attribute == "triggers_disabled") {
    // Those of the key are nameless; what this switches of others differs then, and is put back in turn.
    const std::string_view verb = flag(expected, attribute) ? " disable trigger all;" : " enable trigger all;";
    out.raw("alter table ").raw(expected.parent).raw(verb);
    if (!text(expected, "references").empty() && text(expected, "references") != expected.parent) out.raw(" alter table ").raw(text(expected, "references")).raw(verb);
  } else if (!foreign_key) {
    alter_index(expected, actual, attribute, out);
  }
}

void alter_extension(const Object &extension, std::string_view attribute, Bytes &out) {
  out.raw("alter extension ").raw(extension.identity);
  if (attribute == "schema")
    out.raw(" set schema ").raw(text(extension, attribute)).raw(';');
  else if (attribute == "version")
    literal(text(extension, attribute), out.raw(" update to ")), out.raw(';');
  else
    out.clear();
}

void alter_owner(const Object &object, const Object &actual, Bytes &out) {
  if (object.kind == "sequence" && !text(actual, "owned_by").empty()) return;  // its table's owner is its own
  target(object, out.raw("alter "));
  out.raw(" owner to ").raw(text(object, "owner")).raw(';');
}

void alter_label(const Object &expected, Bytes &out) {
  for (const Value &label : items(expected, "security_label")) {
    const std::size_t colon = label.text().find(": ");
    if (colon == std::string_view::npos) continue;
    quoted(label.text().substr(0, colon), out.raw(out.size() == 0 ? "" : " ").raw("security label for "));
    target(expected, out.raw(" on "));
    literal(label.text().substr(colon + 2), out.raw(" is "));
    out.raw(';');
  }
}

void alter_comment(const Object &object, Bytes &out) {
  target(object, out.raw("comment on "));
  out.raw(" is ");
  text(object, "comment").empty() ? void(out.raw("null")) : literal(text(object, "comment"), out);
  out.raw(';');
}

}  // namespace

void alter(const Object &expected, const Object &actual, std::string_view attribute, Bytes &out) {
  const std::string_view kind = expected.kind;
  if (kind == "database") {
    alter_database(expected, actual, attribute, out);
  } else if (attribute == "comment") {
    alter_comment(expected, out);
  } else if (attribute == "owner") {
    alter_owner(expected, actual, out);
  } else if (attribute == "security_label") {
    alter_label(expected, out);
  } else if (attribute == "grants") {
    alter_grants(expected, actual, out);
  } else if (kind == "partition trigger" || ((kind == "rule" || kind == "trigger") && attribute == "enabled")) {
    set_firing(expected, text(expected, "enabled"), out);
  } else if (is_of_database(kind)) {
    alter_in_database(expected, actual, attribute, out);
  } else if (attribute == "foreign_options") {
    out.raw("alter foreign table ").raw(kind == "column" ? expected.parent : expected.identity);
    if (kind == "column") out.raw(" alter column ").raw(own_name(expected));
    if (!alter_options(expected, actual, attribute, out)) out.clear();
  } else if (kind == "policy") {
    alter_policy(expected, actual, attribute, out);
  } else if (kind == "column") {
    alter_column(expected, actual, attribute, out);
  } else if (kind == "function" || kind == "procedure") {
    alter_function(expected, actual, attribute, out);
  } else if (kind == "table" || kind == "foreign table" || kind == "materialized view") {
    alter_table(expected, actual, attribute, out);
  } else if (kind == "view") {
    alter_view(expected, attribute, out);
  } else if (kind == "sequence") {
    alter_sequence(expected, attribute, out);
  } else if (kind == "constraint") {
    alter_constraint(expected, actual, attribute, out);
  } else if (kind == "index") {
    alter_index(expected, actual, attribute, out);
  } else if (kind == "domain") {
    alter_domain(expected, attribute, out);
  } else if (kind == "enum") {
    alter_enum(expected, actual, out);
  } else if (kind == "extension") {
    alter_extension(expected, attribute, out);
  } else if (kind == "publication") {
    alter_publication(expected, actual, attribute, out);
  } else if (kind == "composite type" && attribute == "attributes") {
    alter_composite(expected, actual, out);
  } else if (kind == "range type" && attribute == "multirange") {
    out.raw("alter type ").raw(text(actual, attribute)).raw(" rename to ").raw(behind_schema(text(expected, attribute))).raw(';');
  } else {
    alter_in_place(expected, actual, attribute, out);
  }
}

void literal(std::string_view text, Bytes &out) {
  const bool escapes = text.find('\\') != std::string_view::npos;
  out.raw(escapes ? "E'" : "'");
  for (const char c : text) {
    if (c == '\'' || (c == '\\' && escapes)) out.raw(c);
    out.raw(c);
  }
  out.raw('\'');
}

}  // namespace proapp::core
