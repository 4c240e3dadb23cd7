#include "pg/postgres.hpp"

#include "catalog/values.hpp"
#include "core/secrets.hpp"

#include <algorithm>

extern "C" {
#include <catalog/pg_type.h>
#include <commands/trigger.h>
#include <utils/acl.h>
#include <utils/array.h>
}

namespace proapp::catalog {

core::Value text_list(core::Arena &arena, std::optional<Datum> array, bool sorted) {
  if (!array) return {};
  Datum *elements;
  bool *nulls;
  int count;
  deconstruct_array(DatumGetArrayTypeP(*array), TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls, &count);
  auto &items = arena.make<core::Vector<core::Value>>(arena);
  for (int i = 0; i < count; ++i)
    if (!nulls[i]) items.push_back(core::Value(arena.copy(pg::view(elements[i]))));
  if (sorted) core::sort_by_text(items);
  return core::Value(items.span());
}

core::Value option_list(Reader &reader, std::optional<Datum> array) {
  const core::Value all = text_list(reader.arena, array, true);
  auto &items = reader.arena.make<core::Vector<core::Value>>(reader.arena);
  for (const core::Value &option : all.items()) items.push_back(core::Value(core::without_secret(reader.arena, option.text())));
  return core::Value(items.span());
}

std::string_view firing(char enabled) {
  switch (enabled) {
    case TRIGGER_DISABLED:
      return "disabled";
    case TRIGGER_FIRES_ALWAYS:
      return "always";
    case TRIGGER_FIRES_ON_REPLICA:
      return "replica";
    default:
      return "origin";
  }
}

static constexpr struct {
  AclMode right;
  std::string_view name;
} right_names[] = {
    {ACL_SELECT, "SELECT"},
    {ACL_INSERT, "INSERT"},
    {ACL_UPDATE, "UPDATE"},
    {ACL_DELETE, "DELETE"},
    {ACL_TRUNCATE, "TRUNCATE"},
    {ACL_REFERENCES, "REFERENCES"},
    {ACL_TRIGGER, "TRIGGER"},
    {ACL_EXECUTE, "EXECUTE"},
    {ACL_USAGE, "USAGE"},
    {ACL_CREATE, "CREATE"},
    {ACL_CREATE_TEMP, "TEMPORARY"},
    {ACL_CONNECT, "CONNECT"},
    {ACL_SET, "SET"},
    {ACL_ALTER_SYSTEM, "ALTER SYSTEM"},
#ifdef ACL_MAINTAIN
    {ACL_MAINTAIN, "MAINTAIN"},
#endif
};

static AclMode all_rights(ObjectType type) {
  switch (type) {
    case OBJECT_TABLE:
      return ACL_ALL_RIGHTS_RELATION;
    case OBJECT_SEQUENCE:
      return ACL_ALL_RIGHTS_SEQUENCE;
    case OBJECT_COLUMN:
      return ACL_ALL_RIGHTS_COLUMN;
    case OBJECT_FUNCTION:
      return ACL_ALL_RIGHTS_FUNCTION;
    case OBJECT_SCHEMA:
      return ACL_ALL_RIGHTS_SCHEMA;
    case OBJECT_TYPE:
      return ACL_ALL_RIGHTS_TYPE;
    case OBJECT_FDW:
      return ACL_ALL_RIGHTS_FDW;
    case OBJECT_FOREIGN_SERVER:
      return ACL_ALL_RIGHTS_FOREIGN_SERVER;
    case OBJECT_DATABASE:
      return ACL_ALL_RIGHTS_DATABASE;
    default:
      return ACL_NO_RIGHTS;
  }
}

namespace {
struct Grant {
  std::string_view grantee;
  AclMode rights, options;
};
}  // namespace

static core::Value privileges(Reader &reader, const Grant &grant, ObjectType type) {
  auto &items = reader.arena.make<core::Vector<core::Value>>(reader.arena);
  const AclMode all = all_rights(type);
  const bool several = (all & (all - 1)) != 0;
  if (several && grant.rights == all && (grant.options == 0 || grant.options == all)) {
    items.push_back(core::Value(std::string_view(grant.options == 0 ? "ALL" : "ALL*")));
    return core::Value(items.span());
  }
  for (const auto &right : right_names) {
    if ((grant.rights & right.right) == 0) continue;
    items.push_back(core::Value((grant.options & right.right) != 0 ? reader.join({right.name, "*"}) : right.name));
  }
  core::sort_by_text(items);
  return core::Value(items.span());
}

core::Value grants(Reader &reader, std::optional<Datum> acl, ObjectType type, Oid owner) {
  if (!acl && type == OBJECT_COLUMN) return {};
  const Acl *items = acl ? DatumGetAclP(*acl) : acldefault(type, owner);
  auto &found = reader.arena.make<core::Vector<Grant>>(reader.arena);
  for (int i = 0; i < ACL_NUM(items); ++i) {
    const AclItem &item = ACL_DAT(items)[i];
    const bool is_owner = item.ai_grantee == owner && type != OBJECT_COLUMN;
    const std::string_view grantee = item.ai_grantee == ACL_ID_PUBLIC ? "PUBLIC" : is_owner ? "(owner)" : reader.role(item.ai_grantee);
    Grant *grant = std::find_if(found.data(), found.data() + found.size(), [&](const Grant &g) { return g.grantee == grantee; });
    if (grant == found.data() + found.size()) {
      found.push_back({grantee, 0, 0});
      grant = &found.back();
    }
    grant->rights |= ACLITEM_GET_PRIVS(item);
    if (!is_owner) grant->options |= ACLITEM_GET_GOPTIONS(item);
  }
  std::sort(found.begin(), found.end(), [](const Grant &a, const Grant &b) { return a.grantee < b.grantee; });
  auto &list = reader.arena.make<core::Vector<core::Value>>(reader.arena);
  for (const Grant &grant : found) {
    if (grant.rights == 0) continue;
    const core::Member members[] = {{"grantee", core::Value(grant.grantee)}, {"privileges", privileges(reader, grant, type)}};
    list.push_back(core::Value(reader.arena.copy(std::span<const core::Member>(members))));
  }
  return core::Value(list.span());
}

core::Value column_list(Reader &reader, Oid relation, std::span<const int16> numbers) {
  auto &items = reader.arena.make<core::Vector<core::Value>>(reader.arena);
  for (const int16 number : numbers) items.push_back(core::Value(reader.names.column(relation, number)));
  return core::Value(items.span());
}

}  // namespace proapp::catalog
