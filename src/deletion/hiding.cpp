// Which rows are hidden: their digests, written when a deletion starts and removed when it is over.
#include "deletion/hiding.hpp"

#include "pg/boundary.hpp"

#include "deletion/runs.hpp"
#include "pg/spi.hpp"

extern "C" {
#include <access/table.h>
#include <catalog/pg_type.h>
#include <common/hashfn.h>
#include <executor/tuptable.h>
#include <utils/array.h>
#include <utils/fmgrprotos.h>
#include <utils/lsyscache.h>
}

namespace proapp::deletion {

// Bytes that values may share are told apart by their lengths.
static void add_bytes(StringInfo bytes, const void *data, size_t size) {
  const uint64 length = size;
  appendBinaryStringInfo(bytes, reinterpret_cast<const char *>(&length), sizeof length);
  appendBinaryStringInfo(bytes, static_cast<const char *>(data), static_cast<int>(size));
}

static void add_text(StringInfo bytes, const char *text) { add_bytes(bytes, text, strlen(text)); }

static void add_value(StringInfo bytes, const KeyValue &value) {
  int16 length;
  bool by_value;
  get_typlenbyval(value.type, &length, &by_value);
  if (type_is_enum(getBaseType(value.type))) {
    add_text(bytes, DatumGetCString(DirectFunctionCall1(enum_out, value.value)));
  } else if (by_value) {
    add_bytes(bytes, &value.value, sizeof(Datum));
  } else if (length == -1) {
    const struct varlena *whole = PG_DETOAST_DATUM_PACKED(value.value);
    add_bytes(bytes, VARDATA_ANY(whole), VARSIZE_ANY_EXHDR(whole));
  } else if (length == -2) {
    add_text(bytes, DatumGetCString(value.value));
  } else {
    add_bytes(bytes, DatumGetPointer(value.value), static_cast<size_t>(length));
  }
}

// The names of objects are stored as numbers, and so are the types of elements and fields.
bool is_portable(Oid type) {
  const Oid base = getBaseType(type);
  const auto is_built_in = [](Oid of) { return of < FirstNormalObjectId; };
  if (const Oid element = get_element_type(base); OidIsValid(element)) return is_built_in(element) && is_portable(element);
  switch (base) {
    case REGPROCOID:
    case REGPROCEDUREOID:
    case REGOPEROID:
    case REGOPERATOROID:
    case REGCLASSOID:
    case REGTYPEOID:
    case REGROLEOID:
    case REGNAMESPACEOID:
    case REGCONFIGOID:
    case REGDICTIONARYOID:
    case REGCOLLATIONOID:
      return false;
  }
  switch (get_typtype(base)) {
    case TYPTYPE_BASE:
    case TYPTYPE_ENUM:
      return true;
    case TYPTYPE_RANGE:
    case TYPTYPE_MULTIRANGE:
      return is_built_in(base);
  }
  return false;
}

pg_uuid_t digest_of_row(const char *table, const KeyValue *values, int count) {
  StringInfoData bytes;
  initStringInfo(&bytes);
  add_text(&bytes, table);
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
      values[i] = {slot->tts_values[places_[i]], TupleDescAttr(columns_, places_[i])->atttypid};
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
  for (uint32_t number = 0; number < tables.size(); ++number) {
    const Going &going = examination.closure.going[number];
    if (going.count == 0) continue;
    if (!can_hide(tables[number].id)) {
      appendStringInfo(visible, "%s%s", visible->len > 0 ? ", " : "", tables[number].name);
      continue;
    }
    hide(tables[number], going.rows, deletion);
    state::run("insert into proapp_data.hidden_tables values ($1, $2)", {{UUIDOID, UUIDPGetDatum(&deletion)}, tables[number].name});
  }
  const char *stay = visible->len > 0 ? visible->data : nullptr;
  state::run("update proapp_data.deletion_runs set visible = $2 where deletion = $1", {{UUIDOID, UUIDPGetDatum(&deletion)}, stay});
  return stay;
}

void show_rows(const pg_uuid_t &deletion) {
  const pg::Argument argument = {UUIDOID, UUIDPGetDatum(&deletion)};
  if (state::run("delete from proapp_data.hidden_tables where deletion = $1", {argument}) > 0) state::run("delete from proapp_data.hidden_rows where deletion = $1", {argument});
}

}  // namespace proapp::deletion
