#include "deletion/hiding.hpp"

#include "pg/boundary.hpp"

#include "deletion/runs.hpp"
#include "deletion/table_name.hpp"
#include "pg/scan.hpp"
#include "pg/spi.hpp"

extern "C" {
#include <catalog/pg_policy.h>
#include <catalog/pg_type.h>
#include <common/hashfn.h>
#include <executor/tuptable.h>
#include <nodes/primnodes.h>
#include <parser/parse_func.h>
#include <utils/fmgroids.h>
#include <utils/inval.h>
}

namespace proapp::deletion {

static constexpr char policy_name[] = "proapp_hides_deleted";

static Oid hiding_function() {
  const Oid types[] = {REGCLASSOID, ANYOID};
  return LookupFuncName(list_make2(makeString(pstrdup("proapp")), makeString(pstrdup("is_being_deleted"))), 2, types, false);
}

// Columns of the primary key in their order; null where there is none.
static Form_pg_index primary_key(Relation table) {
  RelationGetIndexList(table);
  if (!OidIsValid(table->rd_pkindex)) return nullptr;
  const Relation index = index_open(table->rd_pkindex, AccessShareLock);
  auto *copy = static_cast<Form_pg_index>(palloc(sizeof(FormData_pg_index) + sizeof(int16) * INDEX_MAX_KEYS));
  memcpy(copy, index->rd_index, offsetof(FormData_pg_index, indkey) + offsetof(int2vector, values) + sizeof(int16) * static_cast<size_t>(index->rd_index->indnatts));
  index_close(index, AccessShareLock);
  return copy;
}

// Is it the expression that protect() writes for this table and its key of today?
static bool hides_by(const Node *expression, Relation table, const Form_pg_index key) {
  if (expression == nullptr || !IsA(expression, BoolExpr)) return false;
  const auto *negation = reinterpret_cast<const BoolExpr *>(expression);
  if (negation->boolop != NOT_EXPR || !IsA(linitial(negation->args), FuncExpr)) return false;
  const auto *call = linitial_node(FuncExpr, negation->args);
  if (call->funcid != hiding_function() || call->funcvariadic || list_length(call->args) != key->indnkeyatts + 1 || !IsA(linitial(call->args), Const)) return false;
  const auto *relation = linitial_node(Const, call->args);
  if (relation->constisnull || DatumGetObjectId(relation->constvalue) != RelationGetRelid(table)) return false;
  for (int i = 0; i < key->indnkeyatts; ++i) {
    const auto *column = static_cast<const Node *>(list_nth(call->args, i + 1));
    if (!IsA(column, Var) || reinterpret_cast<const Var *>(column)->varattno != key->indkey.values[i]) return false;
  }
  return true;
}

enum class Policy { none, other, hides };

static Policy policy_of(Relation table, const Form_pg_index key) {
  ScanKeyData keys[2];
  ScanKeyInit(&keys[0], Anum_pg_policy_polrelid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(RelationGetRelid(table)));
  ScanKeyInit(&keys[1], Anum_pg_policy_polname, BTEqualStrategyNumber, F_NAMEEQ, CStringGetDatum(policy_name));
  Policy found = Policy::none;
  for (pg::CatalogScan scan(PolicyRelationId, PolicyPolrelidPolnameIndexId, nullptr, keys, 2); scan.next();) {
    const auto *row = scan.row<Form_pg_policy>();
    const auto expression = scan.column(Anum_pg_policy_polqual);
    const bool hides = !row->polpermissive && row->polcmd == '*' && expression && key != nullptr &&
                       hides_by(static_cast<const Node *>(stringToNode(TextDatumGetCString(*expression))), table, key);
    found = hides ? Policy::hides : Policy::other;
  }
  return found;
}

const char *why_not_hidden(Relation table) {
  if (!table->rd_rel->relrowsecurity) return "row-level security is off";
  const Form_pg_index key = primary_key(table);
  if (key == nullptr) return "there is no primary key";
  switch (policy_of(table, key)) {
    case Policy::hides:
      return nullptr;
    case Policy::other:
      return "policy proapp_hides_deleted is not what proapp.protect() makes";
    case Policy::none:
      break;
  }
  return "there is no policy proapp_hides_deleted";
}

static void drop_policy(const char *table) { pg::spi_run(psprintf("drop policy %s on %s", policy_name, table)); }

bool install_hiding_policy(Relation table) {
  const Form_pg_index key = table->rd_rel->relrowsecurity ? primary_key(table) : nullptr;
  if (key == nullptr) return false;
  const Policy found = policy_of(table, key);
  if (found == Policy::hides) return false;
  const char *name = table_text(RelationGetRelid(table));
  if (found == Policy::other) drop_policy(name);
  StringInfo sql = makeStringInfo();
  appendStringInfo(sql, "create policy %s on %s as restrictive using (not proapp.is_being_deleted(%s::pg_catalog.regclass", policy_name, name, quote_literal_cstr(name));
  for (int i = 0; i < key->indnkeyatts; ++i) appendStringInfo(sql, ", %s", column_name(RelationGetRelid(table), key->indkey.values[i]));
  appendStringInfoString(sql, ")) with check (true)");
  pg::spi_run(sql->data);
  return true;
}

bool drop_hiding_policy(Oid relation) {
  const Relation table = table_open(relation, AccessShareLock);
  const bool found = policy_of(table, nullptr) != Policy::none;
  table_close(table, NoLock);
  if (found) drop_policy(table_text(relation));
  return found;
}

// Bytes that values may share are told apart by their lengths.
static void add_bytes(StringInfo bytes, const void *data, size_t size) {
  const uint64 length = size;
  appendBinaryStringInfo(bytes, reinterpret_cast<const char *>(&length), sizeof length);
  appendBinaryStringInfo(bytes, static_cast<const char *>(data), static_cast<int>(size));
}

static void add_value(StringInfo bytes, const KeyValue &value) {
  if (value.by_value) {
    add_bytes(bytes, &value.value, sizeof(Datum));
  } else if (value.length == -1) {
    const struct varlena *whole = PG_DETOAST_DATUM_PACKED(value.value);
    add_bytes(bytes, VARDATA_ANY(whole), VARSIZE_ANY_EXHDR(whole));
  } else {
    const char *data = DatumGetPointer(value.value);
    add_bytes(bytes, data, value.length == -2 ? strlen(data) : static_cast<size_t>(value.length));
  }
}

pg_uuid_t digest_of_row(const char *table, const KeyValue *values, int count) {
  StringInfoData bytes;
  initStringInfo(&bytes);
  add_bytes(&bytes, table, strlen(table));
  for (int i = 0; i < count; ++i) add_value(&bytes, values[i]);
  pg_uuid_t digest;
  for (uint64 half = 0; half < 2; ++half) {
    const uint64 hash = hash_bytes_extended(reinterpret_cast<const unsigned char *>(bytes.data), bytes.len, half);
    memcpy(digest.data + half * sizeof hash, &hash, sizeof hash);
  }
  pfree(bytes.data);
  return digest;
}

namespace {

// Digests of rows, written as they become many.
class Digests {
 public:
  Digests(const pg_uuid_t &deletion, const Table &table, TupleDesc columns)
      : deletion_(deletion), table_(table), columns_(columns), scratch_(AllocSetContextCreate(CurrentMemoryContext, "proapp hidden rows", ALLOCSET_DEFAULT_SIZES)) {
    for (int i = 0; i < table.key_columns; ++i) places_[i] = place_of(table.key[i]);
  }

  void add(TupleTableSlot *slot) {
    const MemoryContext outside = MemoryContextSwitchTo(scratch_);
    KeyValue values[INDEX_MAX_KEYS];
    for (int i = 0; i < table_.key_columns; ++i) {
      const Form_pg_attribute column = TupleDescAttr(columns_, places_[i]);
      values[i] = {slot->tts_values[places_[i]], column->attbyval, column->attlen};
    }
    digests_[count_] = digest_of_row(table_.name, values, table_.key_columns);
    MemoryContextSwitchTo(outside);
    if (++count_ == most) flush();
  }

  void flush() {
    const MemoryContext outside = MemoryContextSwitchTo(scratch_);
    auto *datums = static_cast<Datum *>(palloc(sizeof(Datum) * Max(count_, 1)));
    for (int i = 0; i < count_; ++i) datums[i] = UUIDPGetDatum(&digests_[i]);
    if (count_ > 0)
      state::run("insert into proapp_data.hidden_rows select k, $1 from pg_catalog.unnest($2) k",
                 {{UUIDOID, UUIDPGetDatum(&deletion_)}, {UUIDARRAYOID, PointerGetDatum(construct_array(datums, count_, UUIDOID, UUID_LEN, false, TYPALIGN_CHAR))}});
    MemoryContextSwitchTo(outside);
    MemoryContextReset(scratch_);
    count_ = 0;
  }

 private:
  static constexpr int most = 10000;

  int place_of(AttrNumber column) const {
    const char *name = psprintf("k%d", column);
    for (int i = 0; i < columns_->natts; ++i)
      if (strcmp(NameStr(TupleDescAttr(columns_, i)->attname), name) == 0) return i;
    elog(ERROR, "a set of rows lacks column %s", name);
  }

  const pg_uuid_t &deletion_;
  const Table &table_;
  TupleDesc columns_;
  MemoryContext scratch_;
  int places_[INDEX_MAX_KEYS];
  pg_uuid_t digests_[most];
  int count_ = 0;
};
static_assert(std::is_trivially_destructible_v<Digests>);

void hide(const Table &table, const RowSet *rows, const pg_uuid_t &deletion) {
  auto &digests = *new (palloc(sizeof(Digests))) Digests(deletion, table, rows->columns);
  TupleTableSlot *slot = MakeSingleTupleTableSlot(rows->columns, &TTSOpsMinimalTuple);
  tuplestore_rescan(rows->rows);
  while (tuplestore_gettupleslot(rows->rows, true, false, slot)) {
    slot_getallattrs(slot);
    digests.add(slot);
  }
  ExecDropSingleTupleTableSlot(slot);
  digests.flush();
}

bool can_hide(Oid relation) {
  const Relation table = table_open(relation, AccessShareLock);
  const bool can = why_not_hidden(table) == nullptr;
  table_close(table, NoLock);
  return can;
}

}  // namespace

const char *hide_rows(const Examination &examination, const pg_uuid_t &deletion) {
  const auto &tables = examination.graph.tables;
  StringInfo visible = makeStringInfo();
  auto *hidden = static_cast<const char **>(palloc(sizeof(char *) * tables.size()));
  size_t count = 0;
  for (uint32_t number = 0; number < tables.size(); ++number) {
    const Going &going = examination.closure.going[number];
    if (going.count == 0) continue;
    if (!can_hide(tables[number].id)) {
      appendStringInfo(visible, "%s%s", visible->len > 0 ? ", " : "", tables[number].name);
      continue;
    }
    hide(tables[number], going.rows, deletion);
    hidden[count++] = tables[number].name;
    CacheInvalidateRelcacheByRelid(tables[number].id);
  }
  const char *stay = visible->len > 0 ? visible->data : nullptr;
  state::run("update proapp_data.deletion_runs set hidden = $2, visible = $3 where deletion = $1",
             {{UUIDOID, UUIDPGetDatum(&deletion)}, pg::text_array(count, [&](size_t i) { return std::string_view(hidden[i]); }), stay});
  return stay;
}

void show_rows(const pg_uuid_t &deletion) {
  const pg::Argument argument = {UUIDOID, UUIDPGetDatum(&deletion)};
  const uint64 count = state::run("select pg_catalog.unnest(hidden) from proapp_data.deletion_runs where deletion = $1", {argument});
  for (uint64 i = 0; i < count; ++i)
    if (const Oid table = find_table(pg::c_string(pg::spi_text(i, 1))); OidIsValid(table)) CacheInvalidateRelcacheByRelid(table);
  if (count == 0) return;
  state::run("update proapp_data.deletion_runs set hidden = '{}' where deletion = $1", {argument});
  state::run("delete from proapp_data.hidden_rows where deletion = $1", {argument});
}

}  // namespace proapp::deletion
