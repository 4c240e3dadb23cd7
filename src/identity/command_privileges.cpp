#include "identity/command_privileges.hpp"

#include "pg/compat.hpp"

extern "C" {
#include <access/sysattr.h>
#include <nodes/bitmapset.h>
#include <utils/acl.h>
}

namespace proapp::identity {

static bool holds(Relation relation, AttrNumber column, AclMode right) {
  return pg_class_aclcheck(RelationGetRelid(relation), GetUserId(), right) == ACLCHECK_OK ||
         pg_attribute_aclcheck(RelationGetRelid(relation), column, GetUserId(), right) == ACLCHECK_OK;
}

static const char *add(const char *list, const char *name) { return list == nullptr ? quote_identifier(name) : psprintf("%s, %s", list, quote_identifier(name)); }

// Names of the columns on which the right is, or is not, held. Nobody writes generated columns.
static const char *columns(Relation relation, AclMode right, bool held) {
  const char *list = nullptr;
  for (int i = 0; i < RelationGetNumberOfAttributes(relation); ++i) {
    const FormData_pg_attribute *column = TupleDescAttr(RelationGetDescr(relation), i);
    if (column->attisdropped || (right != ACL_SELECT && column->attgenerated != '\0')) continue;
    if (holds(relation, column->attnum, right) == held) list = add(list, NameStr(column->attname));
  }
  return list;
}

static const char *unreadable_key_columns(Relation relation) {
  const char *list = nullptr;
  const Bitmapset *key = RelationGetIndexAttrBitmap(relation, INDEX_ATTR_BITMAP_PRIMARY_KEY);
  for (int member = -1; (member = bms_next_member(key, member)) >= 0;) {
    const auto column = static_cast<AttrNumber>(member + FirstLowInvalidHeapAttributeNumber);
    if (!holds(relation, column, ACL_SELECT)) list = add(list, get_attname(RelationGetRelid(relation), column, false));
  }
  return list;
}

static const char *me() { return quote_identifier(GetUserNameFromId(GetUserId(), false)); }

static const char *lacks(Relation relation, const char *right, const char *of_columns = nullptr) {
  const char *what = of_columns != nullptr ? psprintf("%s (%s)", right, of_columns) : right;
  return psprintf("no privilege: grant %s on %s to %s", what, relation_text(relation), me());
}

static const char *missing(Relation relation, Command command) {
  if (!pg::may_use_schema(RelationGetNamespace(relation)))
    return psprintf("no privilege: grant usage on schema %s to %s", quote_identifier(get_namespace_name(RelationGetNamespace(relation))), me());
  if (command == Command::insert) {
    const char *without = columns(relation, ACL_INSERT, false);
    if (without == nullptr) return nullptr;
    return columns(relation, ACL_INSERT, true) == nullptr ? lacks(relation, "insert") : lacks(relation, "insert", without);
  }
  if (command == Command::update && columns(relation, ACL_UPDATE, true) == nullptr) return lacks(relation, "update");
  if (command == Command::erase && pg_class_aclcheck(RelationGetRelid(relation), GetUserId(), ACL_DELETE) != ACLCHECK_OK) return lacks(relation, "delete");
  if (columns(relation, ACL_SELECT, true) == nullptr) return lacks(relation, "select");
  if (const char *key = unreadable_key_columns(relation)) return lacks(relation, "select", key);
  return nullptr;
}

CommandPrivileges privileges_for(Relation relation, Command command) {
  if (const char *lacking = missing(relation, command)) return {lacking, nullptr};
  const AclMode right = command == Command::select ? ACL_SELECT : ACL_UPDATE;
  if ((command != Command::select && command != Command::update) || columns(relation, right, false) == nullptr) return {nullptr, nullptr};
  return {nullptr, psprintf("only columns %s", columns(relation, right, true))};
}

}  // namespace proapp::identity
