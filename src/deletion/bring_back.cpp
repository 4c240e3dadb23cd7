#include "deletion/bring_back.hpp"

#include "pg/boundary.hpp"

#include "pg/session.hpp"
#include "pg/statement.hpp"

#include "deletion/archive.hpp"
#include "deletion/closure.hpp"
#include "deletion/foreign_keys.hpp"
#include "deletion/triggers.hpp"

extern "C" {
#include <catalog/pg_trigger.h>
#include <commands/trigger.h>
#include <nodes/parsenodes.h>
#include <utils/acl.h>
}

namespace proapp::deletion {

bool fires_on_return(const Trigger &trigger) {
  const bool after = (trigger.tgtype & (TRIGGER_TYPE_BEFORE | TRIGGER_TYPE_INSTEAD)) == 0;
  return RI_FKey_trigger_type(trigger.tgfoid) == RI_TRIGGER_NONE ? after : !is_proven(trigger);
}

void insist_on_writing(List *all) {
  ListCell *cell;
  foreach (cell, all) {
    const auto &archived = *static_cast<ArchivedRows *>(lfirst(cell));
    const AclMode mode = archived.updated ? ACL_UPDATE : ACL_INSERT;
    if (!OidIsValid(archived.id) || pg_class_aclcheck(archived.id, GetUserId(), mode) == ACLCHECK_OK ||
        pg_attribute_aclcheck_all(archived.id, GetUserId(), mode, ACLMASK_ANY) == ACLCHECK_OK)
      continue;
    aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_TABLE, get_rel_name(archived.id));
  }
}

static void raise_lost(const ArchivedRows &archived, uint64 expected, uint64 found) {
  ereport(ERROR, (errcode(ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION), errmsg("not all rows of \"%s\" could be restored", archived.relation),
                  errdetail(UINT64_FORMAT " rows were to come back, and " UINT64_FORMAT " did.", expected, found), errhint("A trigger keeps rows from it.")));
}

void insert_rows(const ArchivedRows &archived, QueryEnvironment *sets) {
  StringInfo sql = makeStringInfo(), columns = makeStringInfo(), values = makeStringInfo();
  const int pin = pg::pin_search_path();  // types are written so that they are found without it; the text only
  for (int i = 0; i < archived.columns; ++i) {
    if (archived.column[i].generated) continue;
    appendStringInfo(columns, "%s%s", columns->len == 0 ? "" : ", ", quote_identifier(archived.column[i].name));
    appendStringInfo(values, "%s%s", values->len == 0 ? "" : ", ", value_sql(archived, "g", 'a', i));
  }
  pg::unpin_search_path(pin);
  appendStringInfo(sql, "insert into %s", archived.relation);
  if (columns->len > 0) appendStringInfo(sql, " (%s)", columns->data);
  appendStringInfo(sql, " overriding system value select %s from %s g", values->data, archived.rows->name);
  publish_count(archived.rows);
  pg::Statement statement = {sql->data};
  statement.sets = sets;
  statement.fires = fires_on_return;
  const uint64 count = pg::run(statement);
  if (count != archived.rows->count) raise_lost(archived, archived.rows->count, count);
}

// ---- afterwards ----

static bool is_foreign_key(const Trigger &trigger) { return RI_FKey_trigger_type(trigger.tgfoid) != RI_TRIGGER_NONE; }

static bool is_key(const ArchivedRows &archived, int column) {
  for (int i = 0; i < archived.keys; ++i)
    if (archived.key[i] == column) return true;
  return false;
}

static void put_back(const ArchivedRows &archived, QueryEnvironment *sets) {
  publish_count(archived.rows);
  const uint64 found =
      run_as_owner(archived.id, psprintf("select from %s, %s g where %s", table_sql(archived), archived.rows->name, same_key_sql(archived, 'a')), sets, nullptr, Purpose::remove);
  if (found != archived.rows->count) raise_lost(archived, archived.rows->count, found);
  StringInfo set = makeStringInfo(), today = makeStringInfo(), then = makeStringInfo();
  for (int i = 0; i < archived.columns; ++i) {
    const ArchivedColumn &column = archived.column[i];
    if (column.generated || column.always_identity || is_key(archived, i)) continue;
    const char *comma = set->len == 0 ? "" : ", ", *name = quote_identifier(column.name), *value = value_sql(archived, "g", 'a', i);
    appendStringInfo(set, "%s%s = %s", comma, name, value);
    appendStringInfo(today, "%sc.%s", comma, name);
    appendStringInfo(then, "%s%s", comma, value);
  }
  if (set->len == 0) return;
  pg::Statement statement = {psprintf("update %s set %s from %s g where %s and row(%s)::pg_catalog.text <> row(%s)::pg_catalog.text", table_sql(archived), set->data,
                                      archived.rows->name, same_key_sql(archived, 'a'), today->data, then->data)};
  statement.sets = sets;
  statement.fires = is_foreign_key;
  run_as_owner(archived.id, statement);
}

static void insist_on_no_orphan(const ArchivedRows &archived, const ForeignKey &key, QueryEnvironment *sets) {
  RowSet *found = open_texts(sets, "orphans");
  find_orphans(archived, key, NIL, sets, found);
  if (found->count > 0 && !is_known(archived, key))
    ereport(ERROR,
            (errcode(ERRCODE_FOREIGN_KEY_VIOLATION), errmsg("what rows of \"%s\" reference by %s is not there", archived.relation, key.name),
             errdetail("The key has columns that came since, and " UINT64_FORMAT " rows get a default that references nothing.", found->count), errhint("Change the default.")));
  if (found->count > 0)
    ereport(ERROR, (errcode(ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION), errmsg("what rows of \"%s\" reference by %s is gone again", archived.relation, key.name),
                    errdetail(UINT64_FORMAT " keys are without their rows.", found->count), errhint("A trigger deleted or changed them while rows were restored.")));
  close_set(sets, found);
}

// A key that references a part of a table that came back is not proven before: which part a row belongs to is known when it is there.
static void prove(const ArchivedRows &archived, bool triggers, QueryEnvironment *sets) {
  ListCell *cell;
  foreach (cell, foreign_keys_to_prove(archived.id)) {
    const auto &key = *static_cast<ForeignKey *>(lfirst(cell));
    if (triggers || key.partition || !is_known(archived, key)) insist_on_no_orphan(archived, key, sets);
  }
}

void put_back(List *all, QueryEnvironment *sets) {
  bool triggers = false;
  ListCell *cell;
  foreach (cell, all) triggers |= has_own_triggers(static_cast<ArchivedRows *>(lfirst(cell))->id);
  const int pin = pin_settings();
  foreach (cell, all) {
    const auto &archived = *static_cast<ArchivedRows *>(lfirst(cell));
    if (!archived.updated && triggers && archived.keys > 0) put_back(archived, sets);
  }
  foreach (cell, all) {
    const auto &archived = *static_cast<ArchivedRows *>(lfirst(cell));
    if (!archived.updated) prove(archived, triggers, sets);
  }
  pg::unpin_search_path(pin);
}

}  // namespace proapp::deletion
