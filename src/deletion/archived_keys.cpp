#include "deletion/archived_keys.hpp"

#include "pg/boundary.hpp"

#include "deletion/archive.hpp"
#include "deletion/record_text.hpp"

#include "pg/attempt.hpp"

extern "C" {
#include <storage/itemptr.h>
}

namespace proapp::deletion {

TupleDesc archived_columns(const Graph &graph, uint32_t number) {
  const Table &table = graph.tables[number];
  Bitmapset *keys = nullptr;
  const auto add = [&](const AttrNumber *columns, int count) {
    for (int i = 0; i < count; ++i) keys = bms_add_member(keys, columns[i]);
  };
  add(table.key, table.key_columns);
  for (const Reference &reference : graph.references) {
    if (reference.to == number) add(reference.referenced_columns, reference.columns);
    if (reference.from != number) continue;
    add(reference.referencing_columns, reference.columns);
    if (reference.type_column != nullptr) keys = bms_add_member(keys, get_attnum(table.id, reference.type_column));
  }
  TupleDesc columns = CreateTemplateTupleDesc(first_key_column - 1 + bms_num_members(keys) + kept_columns);
  AttrNumber at = 0;
  TupleDescInitEntry(columns, ++at, "place", TIDOID, -1, 0);
  TupleDescInitEntry(columns, ++at, "part", OIDOID, -1, 0);
  for (int key = -1; (key = bms_next_member(keys, key)) >= 0;) {
    Oid type, collation;
    int32 modifier;
    get_atttypetypmodcoll(table.id, static_cast<AttrNumber>(key), &type, &modifier, &collation);
    TupleDescInitEntry(columns, ++at, psprintf("k%d", key), type, modifier, 0);
    TupleDescInitEntryCollation(columns, at, collation);
  }
  TupleDescInitEntry(columns, ++at, "deletion", UUIDOID, -1, 0);
  TupleDescInitEntry(columns, ++at, "step", INT4OID, -1, 0);
  TupleDescInitEntry(columns, ++at, "chunk", INT4OID, -1, 0);
  TupleDescInitEntry(columns, ++at, "item", INT4OID, -1, 0);
  TupleDescInitEntry(columns, ++at, "is_root", BOOLOID, -1, 0);
  return columns;
}

namespace {

struct Step {
  Datum deletion;
  int32 number;
  int count;             // of columns
  Datum *names, *types;  // texts
  int root_count;        // of the deletion's own key, where its row is of this table
  Datum *root_names, *root_values;
  int *place_of;    // for each column of the set, the column of the step; -1 where it had none
  bool *same_type;  // as the column has today
  FmgrInfo *input;
};

int texts(Datum array, Datum **into) {
  int count;
  deconstruct_array(DatumGetArrayTypePCopy(array), TEXTOID, -1, false, TYPALIGN_INT, into, nullptr, &count);
  return count;
}

int find(const Step &step, std::string_view name) {
  for (int i = 0; i < step.count; ++i)
    if (pg::view(step.names[i]) == name) return i;
  return -1;
}

void find_columns(const Table &table, TupleDesc columns, Step &step) {
  const auto count = static_cast<size_t>(columns->natts);
  step.place_of = static_cast<int *>(palloc(sizeof(int) * count));
  step.same_type = static_cast<bool *>(palloc0(count));
  step.input = static_cast<FmgrInfo *>(palloc0(sizeof(FmgrInfo) * count));
  for (int i = first_key_column - 1; i < columns->natts - kept_columns; ++i) {
    const Form_pg_attribute column = TupleDescAttr(columns, i);
    step.place_of[i] = find(step, get_attname(table.id, pg_strtoint16(NameStr(column->attname) + 1), false));
    if (step.place_of[i] < 0) continue;
    step.same_type[i] = pg::view(step.types[step.place_of[i]]) == type_text(column->atttypid, column->atttypmod);
    Oid input, parameter;
    getTypeInputInfo(getBaseType(column->atttypid), &input, &parameter);
    fmgr_info(input, &step.input[i]);
  }
}

// What the key's type does not read is no key: the column had another type then.
bool read_value(const Step &step, int i, Form_pg_attribute column, const char *text, Datum &value) {
  Oid input, parameter;
  getTypeInputInfo(getBaseType(column->atttypid), &input, &parameter);
  const auto read = [&] { value = InputFunctionCall(&step.input[i], const_cast<char *>(text), parameter, -1); };
  if (!step.same_type[i]) return pg::attempt(read) == nullptr;
  read();
  return true;
}

bool is_root(const Step &step, const char *const *fields) {
  for (int i = 0; i < step.root_count; ++i) {
    const int place = find(step, pg::view(step.root_names[i]));
    if (place < 0 || fields[place] == nullptr || pg::view(step.root_values[i]) != fields[place]) return false;
  }
  return step.root_count > 0;
}

void put(RowSet *into, const Step &step, int32 chunk, int32 item, std::string_view record) {
  auto **fields = static_cast<const char **>(palloc(sizeof(char *) * static_cast<size_t>(step.count + 1)));
  split_record(record, step.count, fields);
  const int count = into->columns->natts;
  auto *values = static_cast<Datum *>(palloc0(sizeof(Datum) * static_cast<size_t>(count)));
  auto *nulls = static_cast<bool *>(palloc0(static_cast<size_t>(count)));
  auto *place = static_cast<ItemPointer>(palloc0(sizeof(ItemPointerData)));
  constexpr uint64 in_block = 60000;
  ItemPointerSet(place, static_cast<BlockNumber>(into->count / in_block), static_cast<OffsetNumber>(1 + into->count % in_block));
  values[0] = PointerGetDatum(place);
  values[1] = ObjectIdGetDatum(InvalidOid);
  const int kept = count - kept_columns;
  for (int i = first_key_column - 1; i < kept; ++i) {
    const char *field = step.place_of[i] >= 0 ? fields[step.place_of[i]] : nullptr;
    nulls[i] = field == nullptr || !read_value(step, i, TupleDescAttr(into->columns, i), field, values[i]);
  }
  values[kept] = step.deletion;
  values[kept + 1] = Int32GetDatum(step.number);
  values[kept + 2] = Int32GetDatum(chunk);
  values[kept + 3] = Int32GetDatum(item);
  values[kept + 4] = BoolGetDatum(is_root(step, fields));
  tuplestore_putvalues(into->rows, into->columns, values, nulls);
  ++into->count;
}

int32 read_chunk(RowSet *into, const Step &step) {
  const int32 chunk = DatumGetInt32(*pg::spi_datum(0, 3));
  for (int column = 1; column <= 2; ++column) {
    const auto rows = pg::spi_datum(0, column);
    if (!rows) continue;
    Datum *items;
    const int count = texts(*rows, &items);
    for (int i = 0; i < count; ++i) put(into, step, chunk, i + 1, pg::view(items[i]));
  }
  return chunk;
}

void read_step(RowSet *into, const Step &step) {
  const MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext, "proapp archived rows", ALLOCSET_DEFAULT_SIZES);
  for (int32 chunk = 1;; ++chunk) {
    const MemoryContext outside = MemoryContextSwitchTo(scratch);
    const uint64 found = state::run("select rows, after, chunk from proapp_data.deletion_rows where deletion = $1 and step = $2 and chunk >= $3 order by chunk limit 1",
                                    {{UUIDOID, step.deletion}, step.number, chunk});
    if (found > 0) chunk = read_chunk(into, step);
    SPI_freetuptable(SPI_tuptable);
    MemoryContextSwitchTo(outside);
    MemoryContextReset(scratch);
    if (found == 0) break;
  }
  MemoryContextDelete(scratch);
}

}  // namespace

void read_archived(const Table &table, const pg_uuid_t &own, RowSet *into) {
  const uint64 count = state::run(
      "select s.deletion, s.step, s.column_names, s.column_types, case when d.relation = s.relation then array(select k.key from pg_catalog.jsonb_each_text(d.key) k order by "
      "k.key) end,"
      " case when d.relation = s.relation then array(select k.value from pg_catalog.jsonb_each_text(d.key) k order by k.key) end"
      " from proapp_data.deletion_steps s join proapp_data.deletions d using (deletion) where s.relation = $1 and not d.erase and s.deletion <> $2 order by s.deletion, s.step",
      {table.name, {UUIDOID, UUIDPGetDatum(&own)}});
  SPITupleTable *steps = SPI_tuptable;
  for (uint64 i = 0; i < count; ++i) {
    SPI_tuptable = steps;
    Step step = {};
    step.deletion = *pg::spi_datum(i, 1);
    step.number = DatumGetInt32(*pg::spi_datum(i, 2));
    step.count = texts(*pg::spi_datum(i, 3), &step.names);
    texts(*pg::spi_datum(i, 4), &step.types);
    if (const auto names = pg::spi_datum(i, 5)) {
      step.root_count = texts(*names, &step.root_names);
      texts(*pg::spi_datum(i, 6), &step.root_values);
    }
    find_columns(table, into->columns, step);
    read_step(into, step);
  }
  if (steps != nullptr) SPI_freetuptable(steps);
}

}  // namespace proapp::deletion
