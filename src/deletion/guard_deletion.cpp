// The trigger function of guards. It locks what a new row names as PostgreSQL's own foreign keys do: as the table's owner, past its policies, FOR KEY
// SHARE, in key order; so it waits for whoever deletes that row, and whoever deletes waits for it.
#include "pg/boundary.hpp"

#include "deletion/guard.hpp"
#include "deletion/locking.hpp"
#include "deletion/table_name.hpp"

extern "C" {
#include <commands/trigger.h>
#include <utils/acl.h>
#include <utils/datum.h>
#include <utils/rls.h>
}

namespace proapp::deletion {

namespace {

// A row of the guarded table, before or after.
struct Row {
  TupleTableSlot *slot;
  TupleDesc columns;

  Datum get(AttrNumber column, bool &null) const { return slot_getattr(slot, column, &null); }
};

// Keys in their own order, each once.
struct Keys {
  Datum *value;
  int count;
};

}  // namespace

static bool differs(const Row &before, const Row &now, AttrNumber column) {
  bool was_null, is_null;
  const Datum was = before.get(column, was_null), is = now.get(column, is_null);
  if (was_null || is_null) return was_null != is_null;
  const auto *attribute = TupleDescAttr(now.columns, column - 1);
  return !datumIsEqual(was, is, attribute->attbyval, attribute->attlen);
}

static bool is_touched(const Guard &guard, const Row &before, const Row &now) {
  for (int i = 0; i < guard.watched; ++i)
    if (differs(before, now, guard.watch[i])) return true;
  return false;
}

// It need not be there: a blocking row may stand alone. In a transaction that keeps its snapshot a row may be there that the snapshot does not show.
static void lock_blocked(const Guard &guard, const Row &now) {
  auto *values = static_cast<Datum *>(palloc(sizeof(Datum) * static_cast<Size>(guard.columns)));
  for (int i = 0; i < guard.columns; ++i) {
    bool null;
    values[i] = now.get(guard.column[i], null);
    if (null) return;
  }
  if (lock_rows(guard, values, false) == 0 && keeps_snapshot()) lock_rows(guard, values, true);
}

static int compare(const Guard &guard, Datum a, Datum b) { return DatumGetInt32(FunctionCall2Coll(&guard.order->cmp_proc_finfo, guard.collation, a, b)); }

static void sort(const Guard &guard, Keys &keys) {
  qsort_arg(
      keys.value, static_cast<size_t>(keys.count), sizeof(Datum),
      [](const void *a, const void *b, void *argument) { return compare(*static_cast<const Guard *>(argument), *static_cast<const Datum *>(a), *static_cast<const Datum *>(b)); },
      const_cast<Guard *>(&guard));
  int kept = 0;
  for (int i = 0; i < keys.count; ++i)
    if (kept == 0 || compare(guard, keys.value[kept - 1], keys.value[i]) != 0) keys.value[kept++] = keys.value[i];
  keys.count = kept;
}

static Keys keys_of_array(const Guard &guard, Datum array) {
  int16 length;
  bool by_value, *nulls;
  char alignment;
  Keys keys;
  get_typlenbyvalalign(guard.key_type, &length, &by_value, &alignment);
  deconstruct_array(DatumGetArrayTypeP(array), guard.key_type, length, by_value, alignment, &keys.value, &nulls, &keys.count);
  int kept = 0;
  for (int i = 0; i < keys.count; ++i)
    if (!nulls[i]) keys.value[kept++] = keys.value[i];
  keys.count = kept;
  sort(guard, keys);
  return keys;
}

static bool may_see(Relation table, AttrNumber column) {
  const Oid relation = RelationGetRelid(table);
  if (check_enable_rls(relation, InvalidOid, true) == RLS_ENABLED) return false;
  return pg_class_aclcheck(relation, GetUserId(), ACL_SELECT) == ACLCHECK_OK || pg_attribute_aclcheck(relation, column, GetUserId(), ACL_SELECT) == ACLCHECK_OK;
}

static void raise_missing(const Guard &guard, const TriggerData &trigger, const char *key, const char *hint = nullptr) {
  Relation table = trigger.tg_relation;
  const AttrNumber column = guard.column[0];
  ereport(ERROR, (errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
                  errmsg("insert or update on table \"%s\" violates registered reference \"%s\"", RelationGetRelationName(table), trigger.tg_trigger->tgname),
                  may_see(table, column) ? errdetail("Key (%s)=(%s) is not present in table %s.", get_attname(RelationGetRelid(table), column, false), key, guard.relation_text)
                                         : errdetail("Key is not present in table %s.", guard.relation_text),
                  hint != nullptr ? errhint("%s", hint) : 0, errtableconstraint(table, trigger.tg_trigger->tgname)));
}

static const char *key_text(const Guard &guard, Datum key) {
  Oid output;
  bool varlena;
  getTypeOutputInfo(guard.key_type, &output, &varlena);
  return OidOutputFunctionCall(output, key);
}

static Keys one_key(Datum value) {
  Keys keys{static_cast<Datum *>(palloc(sizeof(Datum))), 1};
  keys.value[0] = value;
  return keys;
}

// Written in another way, the key would not be found by who deletes the row.
static Datum key_of_text(const Guard &guard, const TriggerData &trigger, Datum value) {
  char *written = TextDatumGetCString(value);
  Oid input, parameter;
  getTypeInputInfo(guard.key_type, &input, &parameter);
  const Datum key = OidInputFunctionCall(input, written, parameter, -1);
  const char *printed = key_text(guard, key);
  if (strcmp(printed, written) != 0) raise_missing(guard, trigger, written, psprintf("Write the key as PostgreSQL prints it: %s.", printed));
  return key;
}

static bool has_type(const Guard &guard, const Row &row) {
  bool null;
  const Datum value = row.get(guard.type_column, null);
  if (null) return false;
  Oid output;
  bool varlena;
  getTypeOutputInfo(TupleDescAttr(row.columns, guard.type_column - 1)->atttypid, &output, &varlena);
  return strcmp(OidOutputFunctionCall(output, value), guard.type_value) == 0;
}

static Keys keys_of(const Guard &guard, const TriggerData &trigger, const Row &row) {
  bool null;
  const Datum value = row.get(guard.column[0], null);
  if (null || (guard.kind == Guard::Kind::polymorphic && !has_type(guard, row))) return {nullptr, 0};
  if (guard.kind == Guard::Kind::array) return keys_of_array(guard, value);
  return one_key(guard.key_as_text ? key_of_text(guard, trigger, value) : value);
}

// A key that the row held before, in whatever spelling, was checked or is not ours to check.
static Keys keys_of_before(const Guard &guard, const TriggerData &trigger, const Row &row) { return guard.key_as_text ? Keys{nullptr, 0} : keys_of(guard, trigger, row); }

// What the row did not name before.
static void leave_out(const Guard &guard, Keys &keys, const Keys &known) {
  int kept = 0, next = 0;
  for (int i = 0; i < keys.count; ++i) {
    while (next < known.count && compare(guard, known.value[next], keys.value[i]) < 0) ++next;
    if (next == known.count || compare(guard, known.value[next], keys.value[i]) != 0) keys.value[kept++] = keys.value[i];
  }
  keys.count = kept;
}

static void lock_referenced(const Guard &guard, const TriggerData &trigger, const Row &now, const Row *before) {
  Keys keys = keys_of(guard, trigger, now);
  if (before != nullptr && keys.count > 0) leave_out(guard, keys, keys_of_before(guard, trigger, *before));
  if (keys.count == 0) return;
  const bool latest = guard.partitioned && keeps_snapshot();  // as foreign keys do, for partitions that are being detached
  for (int i = 0; i < keys.count; ++i)
    if (lock_rows(guard, &keys.value[i], latest) == 0) raise_missing(guard, trigger, key_text(guard, keys.value[i]));
}

static void check_call(FunctionCallInfo fcinfo) {
  const auto *trigger = reinterpret_cast<const TriggerData *>(fcinfo->context);
  const bool fits = CALLED_AS_TRIGGER(fcinfo) && TRIGGER_FIRED_AFTER(trigger->tg_event) && TRIGGER_FIRED_FOR_ROW(trigger->tg_event) &&
                    (TRIGGER_FIRED_BY_INSERT(trigger->tg_event) || TRIGGER_FIRED_BY_UPDATE(trigger->tg_event));
  if (!fits)
    ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED), errmsg("proapp.guard_deletion() can only be a trigger that fires after inserts and updates, for each row"),
                    errhint("proapp.add_blocker() and proapp.add_reference() make such triggers.")));
}

}  // namespace proapp::deletion

PROAPP_FUNCTION(proapp_guard_deletion) {
  using namespace proapp::deletion;
  check_call(fcinfo);
  const auto &trigger = *reinterpret_cast<const TriggerData *>(fcinfo->context);
  const bool update = TRIGGER_FIRED_BY_UPDATE(trigger.tg_event);
  const TupleDesc columns = RelationGetDescr(trigger.tg_relation);
  const Row before{update ? trigger.tg_trigslot : nullptr, columns}, now{update ? trigger.tg_newslot : trigger.tg_trigslot, columns};
  const Guard &guard = known_guard(trigger);
  if (update && !is_touched(guard, before, now)) return PointerGetDatum(nullptr);
  start_locking();
  if (guard.kind == Guard::Kind::blocker)
    lock_blocked(guard, now);
  else
    lock_referenced(guard, trigger, now, update ? &before : nullptr);
  stop_locking();
  return PointerGetDatum(nullptr);
}
