#include "pg/boundary.hpp"

#include "deletion/guard.hpp"
#include "deletion/table_name.hpp"
#include "pg/compat.hpp"
#include "pg/session.hpp"
#include "pg/spi.hpp"

extern "C" {
#include <access/sysattr.h>
#include <catalog/pg_constraint.h>
#include <catalog/pg_trigger.h>
#include <commands/trigger.h>
#include <parser/parse_func.h>
#include <storage/lmgr.h>
#include <utils/fmgroids.h>
}

namespace proapp::deletion {

static void add_column(GuardArguments &arguments, Oid table, AttrNumber column) { arguments.add(get_attname(table, column, false)); }

GuardArguments arguments_of_blocker(Relation blocking, const char *relation, const ColumnPair *pairs, int count, Oid relation_id, const Bitmapset *condition_columns) {
  GuardArguments arguments{};
  const Oid table = RelationGetRelid(blocking);
  arguments.add(blocker_guard);
  arguments.add(relation);
  arguments.add(psprintf("%d", count));
  for (int i = 0; i < count; ++i) {
    add_column(arguments, table, pairs[i].blocking);
    add_column(arguments, relation_id, pairs[i].relation);
  }
  // A whole row in the condition stands for all of them.
  if (bms_is_member(0 - FirstLowInvalidHeapAttributeNumber, condition_columns)) {
    arguments.add("*");
    return arguments;
  }
  for (int member = -1; (member = bms_next_member(condition_columns, member)) >= 0;)
    if (const int column = member + FirstLowInvalidHeapAttributeNumber; column > 0) add_column(arguments, table, static_cast<AttrNumber>(column));
  return arguments;
}

GuardArguments arguments_of_reference(const char *relation, const char *column, const char *key_column, const char *type_column, const char *type_value) {
  GuardArguments arguments{};
  arguments.add(type_column == nullptr ? array_guard : polymorphic_guard);
  arguments.add(relation);
  arguments.add(column);
  arguments.add(key_column);
  if (type_column == nullptr) return arguments;
  arguments.add(type_column);
  arguments.add(type_value);
  return arguments;
}

static bool is_paired(AttrNumber blocking, AttrNumber relation, const ColumnPair *pairs, int count) {
  for (int i = 0; i < count; ++i)
    if (pairs[i].blocking == blocking && pairs[i].relation == relation && !pairs[i].array) return true;
  return false;
}

static const int16 *numbers(const pg::CatalogScan &scan, int attribute, int &count) {
  const auto value = scan.column(attribute);
  if (!value) elog(ERROR, "a foreign key lacks its columns");
  const ArrayType *array = DatumGetArrayTypeP(*value);
  count = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
  return reinterpret_cast<const int16 *>(ARR_DATA_PTR(array));
}

// A key over fewer columns will do: it locks the one row that all columns could match.
const char *foreign_key_over(Oid blocking, Oid relation, const ColumnPair *pairs, int count) {
  const char *found = nullptr;
  ScanKeyData key;
  ScanKeyInit(&key, Anum_pg_constraint_conrelid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(blocking));
  for (pg::CatalogScan scan(ConstraintRelationId, ConstraintRelidTypidNameIndexId, nullptr, &key, 1); scan.next();) {
    const auto *row = scan.row<Form_pg_constraint>();
    if (row->contype != CONSTRAINT_FOREIGN || row->confrelid != relation || !pg::is_enforced(row) || pg::is_period(row)) continue;
    int columns, others;
    const int16 *from = numbers(scan, Anum_pg_constraint_conkey, columns), *to = numbers(scan, Anum_pg_constraint_confkey, others);
    bool covers = columns == others;
    for (int i = 0; covers && i < columns; ++i) covers = is_paired(from[i], to[i], pairs, count);
    if (covers && (found == nullptr || strcmp(NameStr(row->conname), found) < 0)) found = pstrdup(NameStr(row->conname));
  }
  return found;
}

static Oid guard_function() { return LookupFuncName(list_make2(makeString(pstrdup("proapp")), makeString(pstrdup("guard_deletion"))), 0, nullptr, false); }

// pg_trigger keeps the arguments one after the other, each with its final zero.
static bool has_arguments(const pg::CatalogScan &scan, const GuardArguments &arguments) {
  const auto value = scan.column(Anum_pg_trigger_tgargs);
  if (!value || scan.row<Form_pg_trigger>()->tgnargs != arguments.count) return false;
  std::string_view bytes = pg::view(*value);
  for (int i = 0; i < arguments.count; ++i) {
    const std::string_view expected(arguments.text[i], strlen(arguments.text[i]) + 1);
    if (bytes.substr(0, expected.size()) != expected) return false;
    bytes.remove_prefix(expected.size());
  }
  return bytes.empty();
}

const char *find_guard(Oid table, const GuardArguments &arguments, bool also_disabled) {
  const Oid function = guard_function();
  const char *found = nullptr;
  ScanKeyData key;
  ScanKeyInit(&key, Anum_pg_trigger_tgrelid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(table));
  for (pg::CatalogScan scan(TriggerRelationId, TriggerRelidNameIndexId, nullptr, &key, 1); scan.next();) {
    const auto *row = scan.row<Form_pg_trigger>();
    const bool fires = row->tgenabled == TRIGGER_FIRES_ON_ORIGIN || row->tgenabled == TRIGGER_FIRES_ALWAYS;
    const bool whole = TRIGGER_FOR_ROW(row->tgtype) && TRIGGER_FOR_AFTER(row->tgtype) && TRIGGER_FOR_INSERT(row->tgtype) && TRIGGER_FOR_UPDATE(row->tgtype);
    const bool always = !scan.column(Anum_pg_trigger_tgqual) && row->tgattr.dim1 == 0;
    if (row->tgfoid == function && whole && always && (fires || also_disabled) && has_arguments(scan, arguments)) found = pstrdup(NameStr(row->tgname));
  }
  return found;
}

static const char *free_name(Oid table) {
  for (int number = 1;; ++number) {
    const char *name = psprintf("proapp_guard_%d", number);
    if (!OidIsValid(get_trigger_oid(table, name, true))) return name;
  }
}

bool install_guard(Relation table, const GuardArguments &arguments) {
  const Oid relation = RelationGetRelid(table);
  if (find_guard(relation, arguments) != nullptr) return false;
  LockRelationOid(relation, ShareRowExclusiveLock);  // as CREATE TRIGGER does: nobody else makes the same meanwhile
  if (find_guard(relation, arguments) != nullptr) return false;
  drop_guard(relation, arguments);  // a disabled one
  StringInfoData sql;
  initStringInfo(&sql);
  // Not UPDATE OF: that does not fire for what a BEFORE trigger changes. The function itself looks whether its columns changed.
  appendStringInfo(&sql, "create trigger %s after insert or update on %s for each row execute function proapp.guard_deletion(", free_name(relation), table_text(relation));
  for (int i = 0; i < arguments.count; ++i) appendStringInfo(&sql, "%s%s", i > 0 ? ", " : "", quote_literal_cstr(arguments.text[i]));
  appendStringInfoChar(&sql, ')');
  const char *statement = sql.data;
  pg::outside_of_extension([statement] { pg::spi_run(statement); });
  return true;
}

static void drop(Oid table, const char *name) { pg::spi_run(psprintf("drop trigger %s on %s", quote_identifier(name), table_text(table))); }

bool drop_guard(Oid table, const GuardArguments &arguments) {
  const char *name = find_guard(table, arguments, true);
  if (name == nullptr) return false;
  drop(table, name);
  return true;
}

static std::string_view argument(std::string_view bytes, int number) {
  for (; number > 0; --number) bytes.remove_prefix(std::min(bytes.find('\0'), bytes.size() - 1) + 1);
  return bytes.substr(0, bytes.find('\0'));
}

void drop_other_guards(Oid table, bool blockers, const char *relation, const char *column, const NeededGuards &needed) {
  const Oid function = guard_function();
  List *names = NIL;
  ScanKeyData key;
  ScanKeyInit(&key, Anum_pg_trigger_tgrelid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(table));
  for (pg::CatalogScan scan(TriggerRelationId, TriggerRelidNameIndexId, nullptr, &key, 1); scan.next();) {
    const auto *row = scan.row<Form_pg_trigger>();
    if (row->tgfoid != function || row->tgnargs < 3) continue;
    const std::string_view arguments = scan.text(Anum_pg_trigger_tgargs);
    if ((argument(arguments, 0) == blocker_guard) != blockers || argument(arguments, 1) != relation || (column != nullptr && argument(arguments, 2) != column)) continue;
    bool is_needed = false;
    for (int i = 0; i < needed.count; ++i) is_needed = is_needed || has_arguments(scan, needed.first[i]);
    if (!is_needed) names = lappend(names, pstrdup(NameStr(row->tgname)));
  }
  const ListCell *cell;
  foreach (cell, names) drop(table, static_cast<const char *>(lfirst(cell)));
}

}  // namespace proapp::deletion
