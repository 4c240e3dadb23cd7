// GRANT and REVOKE, of objects and as default privileges.
#include "core/ddl_parts.hpp"

namespace proapp::core {

namespace {

std::string_view grantee(const Value &grant) { return member(grant, "grantee"); }

std::span<const Value> privileges(const Value &grant) {
  const Value *list = grant.find("privileges");
  return list == nullptr ? std::span<const Value>{} : list->items();
}

bool has(const Object &object, std::string_view role, std::string_view privilege) {
  for (const Value &grant : items(object, "grants"))
    if (grantee(grant) == role)
      for (const Value &other : privileges(grant))
        if (other.text() == privilege) return true;
  return false;
}

// What GRANT … ON says.
void grant_target(const Object &object, Bytes &out) {
  if (object.kind == "foreign server") out.raw("foreign ");
  if (object.kind == "view" || object.kind == "materialized view" || object.kind == "foreign table")
    out.raw("table ").raw(object.identity);
  else if (object.kind == "aggregate")
    out.raw("function ").raw(object.identity);
  else
    target(object, out);
}

// "for role r in schema s on tables": the parts of a default privilege's identity.
struct DefaultScope {
  std::string_view role_and_schema, objects;
};
DefaultScope scope(const Object &object) {
  const std::size_t on = object.identity.rfind(" on ");
  if (on == std::string_view::npos) return {object.identity, {}};
  return {object.identity.substr(0, on), object.identity.substr(on + 4)};
}

std::string_view owner_of(const Object &object) {
  if (object.kind != "default privileges") return text(object, "owner");
  std::string_view role = scope(object).role_and_schema;
  if (role.starts_with("for role ")) role.remove_prefix(9);
  return role.substr(0, role.find(" in schema "));
}

// grant or revoke what `these` has and `those` has not
void difference(const Object &these, const Object &those, std::string_view owner, bool grant, Bytes &out) {
  const bool defaults = these.kind == "default privileges";
  for (const Value &entry : items(these, "grants"))
    for (const Value &privilege : privileges(entry)) {
      const std::string_view role = grantee(entry) == "(owner)" ? owner : grantee(entry);
      if (role.empty() || has(those, grantee(entry), privilege.text())) continue;
      std::string_view word = privilege.text();
      const bool grantable = word.ends_with('*');
      if (grantable) word.remove_suffix(1);
      if (out.size() > 0) out.raw(' ');
      if (defaults) out.raw("alter default privileges ").raw(scope(these).role_and_schema).raw(' ');
      out.raw(grant ? "grant " : "revoke ").raw(word);
      if (these.kind == "column")
        out.raw(" (").raw(own_name(these)).raw(") on ").raw(these.parent);
      else if (defaults)
        out.raw(" on ").raw(scope(these).objects);
      else
        grant_target(these, out.raw(" on "));
      out.raw(grant ? " to " : " from ").raw(role);
      if (grant && grantable) out.raw(" with grant option");
      out.raw(';');
    }
}

Value grant_of(Arena &arena, std::string_view role, std::string_view privilege) {
  const Value &word = arena.make<Value>(privilege);
  const Member members[] = {{"grantee", Value(role)}, {"privileges", Value(std::span<const Value>(&word, 1))}};
  return Value(arena.copy(std::span<const Member>(members)));
}

// What is granted where no default privileges are stored: those of a schema add to nothing, the others replace what PostgreSQL grants by itself.
Object no_default_privileges(Arena &arena, const Object &object) {
  const DefaultScope where = scope(object);
  Object none{object.kind, object.identity, {}, {}};
  if (where.role_and_schema.find(" in schema ") != std::string_view::npos) return none;
  auto &grants = arena.make<Vector<Value>>(arena);
  const std::string_view single = where.objects == "functions" ? "EXECUTE" : where.objects == "types" ? "USAGE" : "";
  grants.push_back(grant_of(arena, "(owner)", single.empty() ? "ALL" : single));  // one right alone is not called ALL
  if (!single.empty()) grants.push_back(grant_of(arena, "PUBLIC", single));
  none.attributes = {&arena.make<Member>(Member{"grants", Value(grants.span())}), 1};
  return none;
}

}  // namespace

void alter_grants(const Object &expected, const Object &actual, Bytes &out) {
  const std::string_view owner = owner_of(expected);
  difference(actual, expected, owner, false, out);
  difference(expected, actual, owner, true, out);
}

void create_default_privileges(const Object &object, Bytes &out) { alter_grants(object, no_default_privileges(out.arena(), object), out); }
void drop_default_privileges(const Object &object, Bytes &out) { alter_grants(no_default_privileges(out.arena(), object), object, out); }

}  // namespace proapp::core
