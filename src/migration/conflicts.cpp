#include "migration/conflicts.hpp"

#include "pg/boundary.hpp"

#include "migration/existing.hpp"
#include "migration/values.hpp"
#include "pg/attempt.hpp"
#include "pg/spi.hpp"
#include "state/tables.hpp"

extern "C" {
#include <catalog/objectaddress.h>
#include <catalog/pg_class.h>
#include <nodes/parsenodes.h>
#include <parser/parser.h>
#include <utils/acl.h>
#include <utils/formatting.h>
}

namespace proapp::migration {

// A block may do the same; most only look.
static bool mentions_room(const DoStmt *block) {
  const ListCell *cell;
  foreach (cell, block->args) {
    const auto *option = lfirst_node(DefElem, cell);
    if (strcmp(option->defname, "as") != 0) continue;
    const char *body = asc_tolower(strVal(option->arg), strlen(strVal(option->arg)));
    if (strstr(body, "drop") != nullptr || strstr(body, "rename") != nullptr || strstr(body, "set schema") != nullptr) return true;
  }
  return false;
}

// Scripts that make room for what they make are taken at their word.
static bool makes_room(const Node *statement) {
  if (IsA(statement, DoStmt)) return mentions_room(reinterpret_cast<const DoStmt *>(statement));
  return IsA(statement, DropStmt) || IsA(statement, RenameStmt) || IsA(statement, AlterObjectSchemaStmt);
}

static void add(StringInfo taken, const ObjectAddress &object) {
  const Oid owner = owner_of(object);
  appendStringInfo(taken, "%s%s %s%s", taken->len > 0 ? "\n" : "", getObjectTypeDescription(&object, false), getObjectIdentity(&object, false),
                   OidIsValid(owner) ? psprintf(" belongs to \"%s\"", GetUserNameFromId(owner, false)) : "");
}

static const char *other_apps(const Script &script) {
  state::run("select string_agg(distinct app, ', ' order by app) from proapp_data.migrations where app <> $1", {script.app});
  return text_of(0, 1);
}

void insist_on_free_names(const Script &script) {
  List *statements = NIL;
  if (pg::attempt([&] { statements = raw_parser(script.sql, RAW_PARSE_DEFAULT); }) != nullptr) return;
  StringInfo taken = makeStringInfo();
  const ListCell *cell;
  foreach (cell, statements) {
    const Node *statement = lfirst_node(RawStmt, cell)->stmt;
    if (makes_room(statement)) break;
    const ObjectAddress object = target_in_the_way(statement);
    if (OidIsValid(object.objectId)) add(taken, object);
  }
  if (taken->len == 0) return;
  const char *others = other_apps(script);
  ereport(ERROR, (errcode(ERRCODE_DUPLICATE_OBJECT), errmsg("version %s of %s cannot be applied: names that it needs are taken", script.version, script.app),
                  errdetail_internal("%s", taken->data),
                  others != nullptr ? errhint("Apps in this database: %s. Two that need the same names live in different databases.", others)
                                    : errhint("Look at what is there; then drop or rename it, or install into another database.")));
}

}  // namespace proapp::migration
