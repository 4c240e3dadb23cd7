#include "deletion/archived_rows.hpp"

#include "pg/boundary.hpp"

#include "pg/compat.hpp"
#include "pg/session.hpp"

#include "deletion/archive.hpp"
#include "deletion/sets_sql.hpp"
#include "deletion/table_name.hpp"

extern "C" {
#include <access/relation.h>
#include <catalog/pg_type.h>
#include <funcapi.h>
#include <storage/lmgr.h>
#include <utils/fmgroids.h>
#include <utils/fmgrprotos.h>
#include <utils/inval.h>
}

namespace proapp::deletion {

namespace {

struct Texts {
  Datum *item;
  int count;
  const char *operator[](int i) const { return TextDatumGetCString(item[i]); }
};

Texts texts_of(Datum array) {
  Texts texts = {};
  deconstruct_array(DatumGetArrayTypePCopy(array), TEXTOID, -1, false, TYPALIGN_INT, &texts.item, nullptr, &texts.count);
  return texts;
}

int column_named(const ArchivedRows &archived, const char *name) {
  for (int i = 0; i < archived.columns; ++i)
    if (strcmp(archived.column[i].name, name) == 0) return i;
  elog(ERROR, "archived step of \"%s\" has no column \"%s\"", archived.relation, name);
}

int *columns_named(const ArchivedRows &archived, const Texts &names) {
  auto *columns = static_cast<int *>(palloc(sizeof(int) * static_cast<size_t>(names.count + 1)));
  for (int i = 0; i < names.count; ++i) columns[i] = column_named(archived, names[i]);
  return columns;
}

ArchivedRows *describe(uint64 row) {
  auto *archived = static_cast<ArchivedRows *>(palloc0(sizeof(ArchivedRows)));
  const auto datum = [row](int column) { return *pg::spi_datum(row, column); };
  archived->relation = TextDatumGetCString(datum(2));
  archived->updated = strcmp(TextDatumGetCString(datum(3)), "update") == 0;
  archived->count = static_cast<uint64>(DatumGetInt64(datum(4)));
  const Texts names = texts_of(datum(5)), types = texts_of(datum(6)), keys = texts_of(datum(7)), sets = texts_of(datum(8));
  archived->columns = names.count;
  archived->column = static_cast<ArchivedColumn *>(palloc0(sizeof(ArchivedColumn) * static_cast<size_t>(names.count + 1)));
  for (int i = 0; i < names.count; ++i) {
    archived->column[i].name = names[i];
    archived->column[i].type_name = types[i];
  }
  archived->keys = keys.count;
  archived->key = columns_named(*archived, keys);
  archived->sets = sets.count;
  archived->set = columns_named(*archived, sets);
  archived->steps = list_make1_int(DatumGetInt32(datum(1)));
  return archived;
}

bool are_alike(const ArchivedRows &a, const ArchivedRows &b) {
  if (a.updated || b.updated || strcmp(a.relation, b.relation) != 0 || a.columns != b.columns || a.keys != b.keys) return false;
  for (int i = 0; i < a.columns; ++i)
    if (strcmp(a.column[i].name, b.column[i].name) != 0 || strcmp(a.column[i].type_name, b.column[i].type_name) != 0) return false;
  for (int i = 0; i < a.keys; ++i)
    if (a.key[i] != b.key[i]) return false;
  return true;
}

// Locked as the statements to come will lock it, so that its name means the same until then.
Oid lock_by_name(const char *name) {
  for (;;) {
    const Oid relation = find_table(name);
    if (!OidIsValid(relation)) return relation;
    LockRelationOid(relation, RowExclusiveLock);
    if (find_table(name) == relation) return relation;
    UnlockRelationOid(relation, RowExclusiveLock);
  }
}

void find_columns(ArchivedRows &archived) {
  archived.id = lock_by_name(archived.relation);
  Relation table = OidIsValid(archived.id) ? try_relation_open(archived.id, NoLock) : nullptr;
  if (table != nullptr && table->rd_rel->relkind != RELKIND_RELATION && table->rd_rel->relkind != RELKIND_PARTITIONED_TABLE) {
    relation_close(table, NoLock);
    table = nullptr;
  }
  if (table == nullptr) {
    archived.id = InvalidOid;
    return;
  }
  archived.partitioned = table->rd_rel->relkind == RELKIND_PARTITIONED_TABLE;
  archived.resolved = true;
  for (int i = 0; i < archived.columns; ++i) {
    ArchivedColumn &column = archived.column[i];
    const AttrNumber number = get_attnum(archived.id, column.name);
    const FormData_pg_attribute *today = number > 0 ? TupleDescAttr(RelationGetDescr(table), number - 1) : nullptr;
    if (!pg::find_type(column.type_name, column.type, column.modifier)) {
      column.type = today != nullptr ? today->atttypid : static_cast<Oid>(TEXTOID);
      column.modifier = today != nullptr ? today->atttypmod : -1;
    }
    if (today == nullptr) continue;
    column.number = number;
    column.generated = today->attgenerated != '\0';
    column.always_identity = today->attidentity == ATTRIBUTE_IDENTITY_ALWAYS;
    column.converted = today->atttypid != column.type || today->atttypmod != column.modifier;
  }
  relation_close(table, NoLock);
}

}  // namespace

List *read_archived_steps(const pg_uuid_t &deletion) {
  List *deleted = NIL, *updated = NIL;
  const uint64 count = state::run(
      "select step, relation, action, row_count, column_names, column_types, key_columns, set_columns from proapp_data.deletion_steps where deletion = $1 order by step desc",
      {{UUIDOID, UUIDPGetDatum(&deletion)}});
  for (uint64 row = 0; row < count; ++row) {
    ArchivedRows *archived = describe(row), *alike = nullptr;
    ListCell *cell;
    foreach (cell, deleted)
      if (are_alike(*static_cast<ArchivedRows *>(lfirst(cell)), *archived)) alike = static_cast<ArchivedRows *>(lfirst(cell));
    if (alike != nullptr) {
      alike->steps = list_concat(alike->steps, archived->steps);
      alike->count += archived->count;
      continue;
    }
    find_columns(*archived);
    if (archived->updated)
      updated = lappend(updated, archived);
    else
      deleted = lappend(deleted, archived);
  }
  return list_concat(deleted, updated);
}

namespace {

TupleDesc columns_of_then(const ArchivedRows &archived) {
  TupleDesc columns = CreateTemplateTupleDesc(archived.columns);
  for (int i = 0; i < archived.columns; ++i) {
    const ArchivedColumn &column = archived.column[i];
    const auto number = static_cast<AttrNumber>(i + 1);
    TupleDescInitEntry(columns, number, psprintf("a%d", i + 1), column.type, column.modifier, 0);
    if (column.number > 0) {
      Oid type, collation;
      int32 modifier;
      get_atttypetypmodcoll(archived.id, column.number, &type, &modifier, &collation);
      if (OidIsValid(collation)) TupleDescInitEntryCollation(columns, number, collation);
    }
  }
  return BlessTupleDesc(columns);
}

TupleDesc columns_of_updated(TupleDesc then) {
  const int natts = then->natts;
  if (2 * natts + 2 > MaxTupleAttributeNumber)
    ereport(ERROR, (errcode(ERRCODE_TOO_MANY_COLUMNS), errmsg("too many columns to undo an update"), errdetail("A table may have %d columns.", MaxTupleAttributeNumber / 2 - 1)));
  TupleDesc columns = CreateTemplateTupleDesc(2 * natts + 2);
  TupleDescInitEntry(columns, 1, "n", INT8OID, -1, 0);
  for (int i = 0; i < 2 * natts; ++i) {
    const Form_pg_attribute from = TupleDescAttr(then, i % natts);
    const auto number = static_cast<AttrNumber>(i + 2);
    TupleDescInitEntry(columns, number, psprintf("%c%d", i < natts ? 'b' : 'f', i % natts + 1), from->atttypid, from->atttypmod, 0);
    TupleDescInitEntryCollation(columns, number, from->attcollation);
  }
  TupleDescInitEntry(columns, static_cast<AttrNumber>(2 * natts + 2), "whole", TEXTOID, -1, 0);
  return columns;
}

// One step's rows, chunk by chunk.
class Reader {
 public:
  Reader(const pg_uuid_t &deletion, ArchivedRows &archived, TupleDesc then)
      : deletion_(deletion), archived_(archived), then_(then), scratch_(AllocSetContextCreate(CurrentMemoryContext, "proapp archived rows", ALLOCSET_DEFAULT_SIZES)) {
    fmgr_info(F_RECORD_IN, &input_);
  }

  void read(int step) {
    for (int32 chunk = 1; read_chunk(step, chunk); ++chunk) MemoryContextReset(scratch_);
    MemoryContextReset(scratch_);
  }

 private:
  bool read_chunk(int step, int32 chunk) {
    if (state::run("select rows, after from proapp_data.deletion_rows where deletion = $1 and step = $2 and chunk = $3",
                   {{UUIDOID, UUIDPGetDatum(&deletion_)}, int32(step), chunk}) == 0)
      return false;
    const MemoryContext outside = MemoryContextSwitchTo(scratch_);
    const Texts rows = texts_of(*pg::spi_datum(0, 1));
    const auto after_rows = pg::spi_datum(0, 2);
    const Texts after = after_rows ? texts_of(*after_rows) : Texts{};
    SPI_freetuptable(SPI_tuptable);
    for (int i = 0; i < rows.count; ++i) {
      CHECK_FOR_INTERRUPTS();
      if (archived_.updated)
        put_updated(rows[i], after.item[i]);
      else
        put_deleted(rows[i]);
    }
    MemoryContextSwitchTo(outside);
    return true;
  }

  HeapTupleData parse(const char *text) {
    HeapTupleHeader header = DatumGetHeapTupleHeader(InputFunctionCall(&input_, const_cast<char *>(text), RECORDOID, then_->tdtypmod));
    HeapTupleData tuple = {};
    tuple.t_len = HeapTupleHeaderGetDatumLength(header);
    ItemPointerSetInvalid(&tuple.t_self);
    tuple.t_data = header;
    return tuple;
  }

  void put_deleted(const char *text) {
    HeapTupleData tuple = parse(text);
    tuplestore_puttuple(archived_.rows->rows, &tuple);
    ++archived_.rows->count;
  }

  void put_updated(const char *before, Datum after) {
    const int natts = then_->natts;
    auto *values = static_cast<Datum *>(palloc(sizeof(Datum) * static_cast<size_t>(2 * natts + 2)));
    auto *nulls = static_cast<bool *>(palloc0(sizeof(bool) * static_cast<size_t>(2 * natts + 2)));
    HeapTupleData first = parse(before), second = parse(TextDatumGetCString(after));
    values[0] = Int64GetDatum(static_cast<int64>(++archived_.rows->count));
    heap_deform_tuple(&first, then_, values + 1, nulls + 1);
    heap_deform_tuple(&second, then_, values + 1 + natts, nulls + 1 + natts);
    values[2 * natts + 1] = after;
    tuplestore_putvalues(archived_.rows->rows, archived_.rows->columns, values, nulls);
  }

  const pg_uuid_t &deletion_;
  ArchivedRows &archived_;
  TupleDesc then_;
  MemoryContext scratch_;
  FmgrInfo input_;
};

}  // namespace

void read_archived_rows(const pg_uuid_t &deletion, ArchivedRows &archived, QueryEnvironment *sets, const char *name) {
  TupleDesc then = columns_of_then(archived);
  archived.rows = open_set(sets, name, archived.updated ? columns_of_updated(then) : then, false);
  const int pin = pin_settings();
  Reader reader(deletion, archived, then);
  ListCell *cell;
  foreach (cell, archived.steps) reader.read(lfirst_int(cell));
  pg::unpin_search_path(pin);
  if (archived.rows->count != archived.count)
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("the archive of \"%s\" is not complete", archived.relation),
                    errdetail(UINT64_FORMAT " rows were deleted or updated, and " UINT64_FORMAT " are kept.", archived.count, archived.rows->count)));
}

const char *table_sql(const ArchivedRows &archived) { return psprintf("%s%s c", archived.partitioned ? "" : "only ", archived.relation); }

const char *value_sql(const ArchivedRows &archived, const char *alias, char letter, int column) {
  const ArchivedColumn &about = archived.column[column];
  const char *value = psprintf("%s.%c%d", alias, letter, column + 1);
  if (!about.converted) return value;
  Oid type, collation;
  int32 modifier;
  get_atttypetypmodcoll(archived.id, about.number, &type, &modifier, &collation);
  return psprintf("%s::%s", value, format_type_extended(type, modifier, FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY));
}

const char *same_key_sql(const ArchivedRows &archived, char letter) {
  StringInfo sql = makeStringInfo();
  for (int i = 0; i < archived.keys; ++i) {
    const int column = archived.key[i];
    if (i > 0) appendStringInfoString(sql, " and ");
    append_equal(sql, psprintf("c.%s", quote_identifier(archived.column[column].name)), value_sql(archived, "g", letter, column),
                 get_atttype(archived.id, archived.column[column].number));
  }
  return sql->data;
}

RowSet *open_texts(QueryEnvironment *sets, const char *name) {
  TupleDesc columns = CreateTemplateTupleDesc(1);
  TupleDescInitEntry(columns, 1, "whole", TEXTOID, -1, 0);
  return open_set(sets, name, columns, false);
}

}  // namespace proapp::deletion
