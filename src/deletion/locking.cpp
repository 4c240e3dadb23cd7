#include "pg/boundary.hpp"

#include "deletion/guard.hpp"
#include "deletion/key.hpp"
#include "deletion/locking.hpp"
#include "deletion/registration.hpp"
#include "deletion/table_name.hpp"
#include "pg/spi.hpp"

extern "C" {
#include <access/xact.h>
#include <catalog/pg_class.h>
#include <catalog/pg_type.h>
#include <storage/lmgr.h>
#include <utils/acl.h>
#include <utils/hsearch.h>
#include <utils/inval.h>
#include <utils/syscache.h>
}

namespace proapp::deletion {

static HTAB *guards = nullptr;

static void forget(Oid relation) {
  HASH_SEQ_STATUS scan;
  hash_seq_init(&scan, guards);
  while (auto *guard = static_cast<Guard *>(hash_seq_search(&scan)))
    if (!OidIsValid(relation) || guard->table == relation || guard->relation == relation || !OidIsValid(guard->relation)) guard->valid = false;
}

static void make_table_of_guards() {
  if (guards != nullptr) return;
  HASHCTL control{};
  control.keysize = sizeof(Oid);
  control.entrysize = sizeof(Guard);
  guards = hash_create("proapp guards", 32, &control, HASH_ELEM | HASH_BLOBS);
  CacheRegisterRelcacheCallback([](Datum, Oid relation) { forget(relation); }, 0);
  CacheRegisterSyscacheCallback(
      NAMESPACEOID, [](Datum, int, uint32) { forget(InvalidOid); }, 0);
}

static void raise_gone(const TriggerData &trigger, const char *what) {
  const char *const *arguments = trigger.tg_trigger->tgargs;
  const char *table = quote_literal_cstr(table_text(RelationGetRelid(trigger.tg_relation))), *relation = quote_literal_cstr(arguments[1]);
  const bool blocker = strcmp(arguments[0], blocker_guard) == 0;
  ereport(ERROR,
          (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("%s no longer exists as it was registered", what),
           errdetail("Trigger \"%s\" of table \"%s\" guards deletions by it.", trigger.tg_trigger->tgname, RelationGetRelationName(trigger.tg_relation)),
           blocker ? errhint("Register what replaced it, and forget the old one: select proapp.remove_blocker(%s, %s).", relation, table)
                   : errhint("Register what replaced it, and forget the old one: select proapp.remove_reference(%s, %s, %s).", relation, table, quote_literal_cstr(arguments[2]))));
}

// Locked as the statement will lock it, so that its name means the same until then.
static Oid lock_by_name(const TriggerData &trigger, const char *name) {
  for (;;) {
    const Oid relation = find_table(name);
    if (!OidIsValid(relation)) raise_gone(trigger, psprintf("table %s", name));
    LockRelationOid(relation, RowShareLock);
    if (find_table(name) == relation) return relation;
    UnlockRelationOid(relation, RowShareLock);
  }
}

static AttrNumber column_of(const TriggerData &trigger, Oid relation, const char *name) {
  const AttrNumber column = get_attnum(relation, name);
  if (column <= 0) raise_gone(trigger, psprintf("column %s.%s", table_text(relation), quote_identifier(name)));
  return column;
}

// As for a foreign key: what the trigger tells about rows of others, its table's owner may know.
static void check_may_reference(Oid relation, AttrNumber column, Oid owner) {
  if (pg_class_aclcheck(relation, owner, ACL_REFERENCES) == ACLCHECK_OK || pg_attribute_aclcheck(relation, column, owner, ACL_REFERENCES) == ACLCHECK_OK) return;
  ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("permission denied for table %s", table_text(relation)),
                  errdetail("A guard's table belongs to a role that may reference what it guards, as with foreign keys."),
                  errhint("GRANT REFERENCES ON %s TO %s.", table_text(relation), quote_identifier(GetUserNameFromId(owner, false)))));
}

static void watch_all(const TriggerData &trigger, Guard &guard) {
  const TupleDesc columns = RelationGetDescr(trigger.tg_relation);
  guard.watch = static_cast<AttrNumber *>(palloc(sizeof(AttrNumber) * static_cast<Size>(columns->natts)));
  for (int i = 0; i < columns->natts; ++i)
    if (!TupleDescAttr(columns, i)->attisdropped) guard.watch[guard.watched++] = static_cast<AttrNumber>(i + 1);
}

static const char *source(const Guard &guard) { return psprintf("from %s%s r", guard.partitioned ? "" : "only ", guard.relation_text); }

// Several rows are locked in one order always, so that two that lock them do not wait for each other.
static const char *order(const Guard &guard, const Bitmapset *matched) {
  bool one = false;
  Relation relation = table_open(guard.relation, NoLock);
  const List *indexes = RelationGetIndexList(relation);
  const ListCell *cell;
  foreach (cell, indexes) {
    Relation index = index_open(lfirst_oid(cell), AccessShareLock);
    one = one || is_key_within(relation, index, matched);
    index_close(index, AccessShareLock);
  }
  table_close(relation, NoLock);
  return one ? "" : " order by r.tableoid, r.ctid";
}

static const char *describe_blocker(const TriggerData &trigger, Guard &guard, Oid *types) {
  const Trigger &definition = *trigger.tg_trigger;
  const int count = definition.tgnargs > 2 ? pg_strtoint32(definition.tgargs[2]) : 0, rest = 3 + 2 * count;
  if (count < 1 || count > FUNC_MAX_ARGS || rest > definition.tgnargs) elog(ERROR, "trigger \"%s\" has wrong arguments", definition.tgname);
  StringInfoData where;
  initStringInfo(&where);
  Bitmapset *matched = nullptr;
  guard.column = static_cast<AttrNumber *>(palloc(sizeof(AttrNumber) * static_cast<Size>(count)));
  guard.watch = static_cast<AttrNumber *>(palloc(sizeof(AttrNumber) * static_cast<Size>(definition.tgnargs)));
  for (int i = 0; i < count; ++i) {
    const char *left = definition.tgargs[3 + 2 * i], *right = definition.tgargs[4 + 2 * i];
    ColumnPair pair;
    guard.watch[guard.watched++] = guard.column[guard.columns++] = column_of(trigger, guard.table, left);
    const AttrNumber matched_column = column_of(trigger, guard.relation, right);
    check_may_reference(guard.relation, matched_column, trigger.tg_relation->rd_rel->relowner);
    matched = bms_add_member(matched, matched_column);
    if (!pair_columns(guard.table, guard.relation, left, right, pair)) raise_gone(trigger, psprintf("equality of columns \"%s\" and \"%s\"", left, right));
    types[i] = get_atttype(guard.table, pair.blocking);
    appendStringInfo(&where, "%s%s", i > 0 ? " and " : "", pair_sql(pair, guard.table, guard.relation, psprintf("$%d", i + 1)));
  }
  if (rest < definition.tgnargs && strcmp(definition.tgargs[rest], "*") == 0) {
    guard.watched = 0;
    watch_all(trigger, guard);
  } else {
    for (int i = rest; i < definition.tgnargs; ++i) guard.watch[guard.watched++] = column_of(trigger, guard.table, definition.tgargs[i]);
  }
  return psprintf("select 1 %s where %s%s for key share of r", source(guard), where.data, order(guard, matched));
}

static const char *describe_reference(const TriggerData &trigger, Guard &guard, Oid *types) {
  const Trigger &definition = *trigger.tg_trigger;
  const bool polymorphic = guard.kind == Guard::Kind::polymorphic;
  if (definition.tgnargs != (polymorphic ? 6 : 4)) elog(ERROR, "trigger \"%s\" has wrong arguments", definition.tgname);
  const AttrNumber key = column_of(trigger, guard.relation, definition.tgargs[3]);
  guard.columns = 1;
  guard.column = static_cast<AttrNumber *>(palloc(sizeof(AttrNumber) * 2));
  guard.column[0] = column_of(trigger, guard.table, definition.tgargs[2]);
  if (polymorphic) {
    guard.type_column = guard.column[1] = column_of(trigger, guard.table, definition.tgargs[4]);
    guard.type_value = pstrdup(definition.tgargs[5]);
  }
  guard.watch = guard.column;
  guard.watched = polymorphic ? 2 : 1;
  check_may_reference(guard.relation, key, trigger.tg_relation->rd_rel->relowner);

  const Oid type = get_atttype(guard.relation, key);
  guard.key_type = plain_type(type);
  int32 modifier;
  Oid column_type;
  get_atttypetypmodcoll(guard.relation, key, &column_type, &modifier, &guard.collation);
  guard.order = lookup_type_cache(guard.key_type, TYPECACHE_CMP_PROC_FINFO);
  const Oid held = get_atttype(guard.table, guard.column[0]);
  const Oid holds = polymorphic ? plain_type(held) : element_type(held);
  guard.key_as_text = polymorphic && holds != guard.key_type && has_one_text(guard.key_type) && holds == TEXTOID;
  Equality equality;
  if ((holds != guard.key_type && !guard.key_as_text) || !OidIsValid(guard.order->cmp_proc_finfo.fn_oid) || !find_equality(guard.key_type, guard.key_type, equality))
    raise_gone(trigger, psprintf("type of column \"%s\"", definition.tgargs[2]));
  types[0] = guard.key_type;
  const char *column = psprintf("r.%s", quote_identifier(definition.tgargs[3]));
  return psprintf("select 1 %s where %s for key share of r", source(guard), equality_sql(equality, column, type, "$1", types[0], false));
}

static void build(const TriggerData &trigger, Guard &guard) {
  const Trigger &definition = *trigger.tg_trigger;
  if (guard.plan != nullptr) SPI_freeplan(guard.plan);
  if (guard.context != nullptr) MemoryContextDelete(guard.context);
  const Oid key = guard.trigger;
  guard = {};
  guard.trigger = key;
  if (definition.tgnargs < 4) elog(ERROR, "trigger \"%s\" has too few arguments", definition.tgname);

  guard.context = AllocSetContextCreate(CacheMemoryContext, "proapp guard", ALLOCSET_SMALL_SIZES);
  const char *kind = definition.tgargs[0];
  guard.kind = strcmp(kind, blocker_guard) == 0 ? Guard::Kind::blocker : strcmp(kind, array_guard) == 0 ? Guard::Kind::array : Guard::Kind::polymorphic;
  guard.table = RelationGetRelid(trigger.tg_relation);
  guard.relation = lock_by_name(trigger, definition.tgargs[1]);
  guard.valid = true;  // from here on an invalidation says that it is not
  const MemoryContext before = MemoryContextSwitchTo(guard.context);
  HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(guard.relation));
  if (!HeapTupleIsValid(tuple)) elog(ERROR, "cache lookup failed for relation %u", guard.relation);
  const auto *form = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple));
  guard.owner = form->relowner;
  guard.partitioned = form->relkind == RELKIND_PARTITIONED_TABLE;
  ReleaseSysCache(tuple);
  guard.relation_text = pstrdup(definition.tgargs[1]);
  Oid types[FUNC_MAX_ARGS];
  const char *sql = guard.kind == Guard::Kind::blocker ? describe_blocker(trigger, guard, types) : describe_reference(trigger, guard, types);
  MemoryContextSwitchTo(before);

  pg::spi_begin();
  guard.plan = SPI_prepare(sql, guard.columns, types);
  if (guard.plan == nullptr || SPI_keepplan(guard.plan) != 0) elog(ERROR, "SPI failed with %s: %s", SPI_result_code_string(SPI_result), sql);
  pg::spi_end();
}

const Guard &known_guard(const TriggerData &trigger) {
  make_table_of_guards();
  bool found;
  auto *guard = static_cast<Guard *>(hash_search(guards, &trigger.tg_trigger->tgoid, HASH_ENTER, &found));
  if (!found) {
    *guard = {};
    guard->trigger = trigger.tg_trigger->tgoid;
  }
  if (!guard->valid || guard->plan == nullptr || !SPI_plan_is_valid(guard->plan)) {
    guard->valid = false;
    build(trigger, *guard);
  }
  return *guard;
}

void start_locking() { pg::spi_begin(); }
void stop_locking() { pg::spi_end(); }

bool keeps_snapshot() { return IsolationUsesXactSnapshot(); }

uint64 lock_rows(const Guard &guard, Datum *values, bool latest) {
  Oid user;
  int context;
  GetUserIdAndSecContext(&user, &context);
  if (latest) CommandCounterIncrement();
  SetUserIdAndSecContext(guard.owner, context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_NOFORCE_RLS);
  const int result = SPI_execute_snapshot(guard.plan, values, nullptr, latest ? GetLatestSnapshot() : InvalidSnapshot, InvalidSnapshot, false, false, 0);
  SetUserIdAndSecContext(user, context);
  if (result != SPI_OK_SELECT) elog(ERROR, "SPI failed with %s", SPI_result_code_string(result));
  SPI_freetuptable(SPI_tuptable);
  return SPI_processed;
}

}  // namespace proapp::deletion
