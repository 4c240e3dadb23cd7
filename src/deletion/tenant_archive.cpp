#include "deletion/tenant_archive.hpp"

#include "pg/boundary.hpp"

#include "deletion/archive.hpp"
#include "deletion/record_text.hpp"
#include "deletion/registrations.hpp"
#include "deletion/runs.hpp"
#include "deletion/sets_sql.hpp"

#include "pg/attempt.hpp"
#include "pg/session.hpp"
#include "pg/statement.hpp"

extern "C" {
#include <executor/tuptable.h>
#include <storage/itemptr.h>
}

namespace proapp::deletion {

namespace {

// The columns of a set of archived rows: a place of its own for each, the keys, and where it is kept.
constexpr int kept_columns = 5;

class Search {
 public:
  Search(const Closure &closure, const pg_uuid_t &own) : closure_(closure), graph_(*closure.graph), own_(own) {
    const size_t count = graph_.tables.size();
    archived_ = static_cast<RowSet **>(palloc0(sizeof(RowSet *) * count));
    found_ = static_cast<RowSet **>(palloc0(sizeof(RowSet *) * count));
    last_ = static_cast<RowSet **>(palloc0(sizeof(RowSet *) * count));
    fresh_ = static_cast<RowSet **>(palloc0(sizeof(RowSet *) * count));
  }

  void run() {
    TupleDesc id = CreateTemplateTupleDesc(3);
    TupleDescInitEntry(id, place_column, "place", TIDOID, -1, 0);
    TupleDescInitEntry(id, part_column, "part", OIDOID, -1, 0);
    TupleDescInitEntry(id, 3, "deletion", UUIDOID, -1, 0);
    whole_ = open_set(closure_.sets, "whole_deletions", id, false);
    for (uint32_t number = 0; number < graph_.tables.size(); ++number) read(number);
    for (uint32_t number = 0; number < graph_.tables.size(); ++number) find_named(number);
    begin();
    while (has_fresh()) next_round();
  }

  uint64 rows() const {
    uint64 rows = 0;
    for (uint32_t number = 0; number < graph_.tables.size(); ++number)
      if (found_[number] != nullptr) rows += found_[number]->count;
    return rows;
  }
  uint64 deletions() { return select(psprintf("select distinct deletion from %s", publish(whole_))); }

  void forget() {
    for (uint32_t number = 0; number < graph_.tables.size(); ++number)
      if (found_[number] != nullptr && found_[number]->count > 0) forget_rows(found_[number]);
    if (whole_->count == 0) return;
    SPI_register_relation(whole_->entry);
    for (const char *table : {"deletion_rows", "deletion_steps", "deletion_runs", "deletions"})
      if (strcmp(table, deletion_runs.name) != 0 || OidIsValid(state::find(deletion_runs)))
        state::run(psprintf("delete from proapp_data.%s where deletion in (select deletion from whole_deletions)", table));
    SPI_unregister_relation(whole_->name);
  }

  void close() {
    for (uint32_t number = 0; number < graph_.tables.size(); ++number)
      for (RowSet *set : {archived_[number], found_[number], last_[number], fresh_[number]})
        if (set != nullptr) close_set(closure_.sets, set);
    close_set(closure_.sets, whole_);
  }

 private:
  static const char *publish(RowSet *set) {
    publish_count(set);
    return set->name;
  }

  // Over our own sets alone, so that nobody's rights are asked.
  uint64 select(const char *sql, RowSet *into = nullptr, RowSet *fresh = nullptr) {
    pg::Statement statement = {sql};
    statement.sets = closure_.sets;
    statement.into = into != nullptr ? rows_into(into, fresh, PG_UINT64_MAX) : nullptr;
    return pg::run(statement);
  }

  // ---- reading ----

  TupleDesc columns_of(uint32_t number) const {
    const Table &table = graph_.tables[number];
    Bitmapset *keys = nullptr;
    const auto add = [&](const AttrNumber *columns, int count) {
      for (int i = 0; i < count; ++i) keys = bms_add_member(keys, columns[i]);
    };
    add(table.key, table.key_columns);
    for (const Reference &reference : graph_.references) {
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

  static int texts(Datum array, Datum **into) {
    int count;
    deconstruct_array(DatumGetArrayTypePCopy(array), TEXTOID, -1, false, TYPALIGN_INT, into, nullptr, &count);
    return count;
  }

  static int find(const Step &step, std::string_view name) {
    for (int i = 0; i < step.count; ++i)
      if (pg::view(step.names[i]) == name) return i;
    return -1;
  }

  static void find_columns(const Table &table, TupleDesc columns, Step &step) {
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

  void read(uint32_t number) {
    const Table &table = graph_.tables[number];
    const TupleDesc columns = columns_of(number);
    archived_[number] = open_set(closure_.sets, psprintf("archived_%u", number), columns, false);
    found_[number] = open_set(closure_.sets, psprintf("found_%u", number), columns, true);
    last_[number] = open_set(closure_.sets, psprintf("last_found_%u", number), columns, false);
    fresh_[number] = open_set(closure_.sets, psprintf("fresh_found_%u", number), columns, false);
    const uint64 count = state::run(
        "select s.deletion, s.step, s.column_names, s.column_types, case when d.relation = s.relation then array(select k.key from pg_catalog.jsonb_each_text(d.key) k order by "
        "k.key) end,"
        " case when d.relation = s.relation then array(select k.value from pg_catalog.jsonb_each_text(d.key) k order by k.key) end"
        " from proapp_data.deletion_steps s join proapp_data.deletions d using (deletion) where s.relation = $1 and not d.erase and s.deletion <> $2 order by s.deletion, s.step",
        {table.name, {UUIDOID, UUIDPGetDatum(&own_)}});
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
      find_columns(table, columns, step);
      read_step(archived_[number], step);
    }
    if (steps != nullptr) SPI_freetuptable(steps);
  }

  void read_step(RowSet *into, const Step &step) {
    const MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext, "proapp archived rows", ALLOCSET_DEFAULT_SIZES);
    for (int32 chunk = 1;; ++chunk) {
      const MemoryContext outside = MemoryContextSwitchTo(scratch);
      const uint64 found = state::run("select rows, after from proapp_data.deletion_rows where deletion = $1 and step = $2 and chunk >= $3 order by chunk limit 1",
                                      {{UUIDOID, step.deletion}, step.number, chunk});
      if (found > 0) chunk = read_chunk(into, step, chunk);
      SPI_freetuptable(SPI_tuptable);
      MemoryContextSwitchTo(outside);
      MemoryContextReset(scratch);
      if (found == 0) break;
    }
    MemoryContextDelete(scratch);
  }

  int32 read_chunk(RowSet *into, const Step &step, int32 chunk) {
    for (int column = 1; column <= 2; ++column) {
      const auto rows = pg::spi_datum(0, column);
      if (!rows) continue;
      Datum *items;
      const int count = texts(*rows, &items);
      for (int i = 0; i < count; ++i) put(into, step, chunk, i + 1, pg::view(items[i]));
    }
    return chunk;
  }

  // What the key's type does not read is no key: the column had another type then.
  static bool read_value(const Step &step, int i, Form_pg_attribute column, const char *text, Datum &value) {
    Oid input, parameter;
    getTypeInputInfo(getBaseType(column->atttypid), &input, &parameter);
    const auto read = [&] { value = InputFunctionCall(&step.input[i], const_cast<char *>(text), parameter, -1); };
    if (!step.same_type[i]) return pg::attempt(read) == nullptr;
    read();
    return true;
  }

  static bool is_root(const Step &step, const char *const *fields) {
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

  // ---- finding ----

  // Deletions of a row that goes, whatever is left of their archive.
  void find_named(uint32_t number) {
    const Table &table = graph_.tables[number];
    const Going &going = closure_.going[number];
    if (going.count == 0 || table.key_columns == 0) return;
    TupleDesc columns = CreateTemplateTupleDesc(4);
    TupleDescInitEntry(columns, place_column, "place", TIDOID, -1, 0);
    TupleDescInitEntry(columns, part_column, "part", OIDOID, -1, 0);
    TupleDescInitEntry(columns, 3, "deletion", UUIDOID, -1, 0);
    TupleDescInitEntry(columns, 4, "key", JSONBOID, -1, 0);
    RowSet *named = open_set(closure_.sets, "named", columns, false);
    const uint64 count =
        state::run("select deletion, key from proapp_data.deletions where relation = $1 and not erase and deletion <> $2", {table.name, {UUIDOID, UUIDPGetDatum(&own_)}});
    for (uint64 i = 0; i < count; ++i) {
      Datum values[4] = {0, 0, *pg::spi_datum(i, 1), *pg::spi_datum(i, 2)};
      bool nulls[4] = {true, true};
      tuplestore_putvalues(named->rows, columns, values, nulls);
      ++named->count;
    }
    select(psprintf("select n.place, n.part, n.deletion from %s n, %s g where n.key operator(pg_catalog.=) %s", publish(named), publish(going.rows), key_of_going(table)), whole_);
    close_set(closure_.sets, named);
    add_whole(0);
  }

 public:
  // As key_jsonb() writes it.
  static const char *key_of_going(const Table &table) {
    StringInfo sql = makeStringInfo();
    appendStringInfoString(sql, "pg_catalog.jsonb_build_object(");
    for (int i = 0; i < table.key_columns; ++i)
      appendStringInfo(sql, "%s%s, g.k%d::pg_catalog.text", i == 0 ? "" : ", ", quote_literal_cstr(get_attname(table.id, table.key[i], false)), table.key[i]);
    appendStringInfoChar(sql, ')');
    return sql->data;
  }

 private:
  // The archived rows as if they lay in their table.
  const char *source(uint32_t number) {
    const TupleDesc columns = archived_[number]->columns;
    StringInfo sql = makeStringInfo();
    appendStringInfoString(sql, "(select a.*");
    for (int i = first_key_column - 1; i < columns->natts - kept_columns; ++i) {
      const char *name = NameStr(TupleDescAttr(columns, i)->attname);
      appendStringInfo(sql, ", a.%s as %s", name, column_name(graph_.tables[number].id, pg_strtoint16(name + 1)));
    }
    appendStringInfo(sql, " from %s a)", publish(archived_[number]));
    return sql->data;
  }

  const char *own_columns(const char *alias, uint32_t number) {
    const TupleDesc columns = archived_[number]->columns;
    StringInfo sql = makeStringInfo();
    for (int i = 0; i < columns->natts; ++i) appendStringInfo(sql, "%s%s.%s", i == 0 ? "" : ", ", alias, NameStr(TupleDescAttr(columns, i)->attname));
    return sql->data;
  }

  // Whoever only references one of the tenant's is found, but what references him is not.
  void follow(const Reference &reference, RowSet *referenced) {
    const uint32_t number = reference.from;
    if (archived_[number]->count == 0 || referenced == nullptr || referenced->count == 0) return;
    StringInfo sql = makeStringInfo();
    appendStringInfo(sql, "select %s", own_columns("c", number));
    append_referencing(sql, graph_, reference, referenced, source(number));
    select(sql->data, found_[number], reference.follows ? fresh_[number] : nullptr);
  }

  void begin() {
    for (uint32_t number = 0; number < graph_.tables.size(); ++number) {
      const Table &table = graph_.tables[number];
      RowSet *going = closure_.going[number].rows;
      if (going == nullptr || going->count == 0 || table.key_columns == 0 || archived_[number]->count == 0) continue;
      StringInfo sql = makeStringInfo();
      appendStringInfo(sql, "select %s from %s a, %s g where ", own_columns("a", number), publish(archived_[number]), publish(going));
      for (int i = 0; i < table.key_columns; ++i) {
        if (i > 0) appendStringInfoString(sql, " and ");
        append_equal(sql, psprintf("a.k%d", table.key[i]), psprintf("g.k%d", table.key[i]), get_atttype(table.id, table.key[i]));
      }
      select(sql->data, found_[number], fresh_[number]);
    }
    for (const Reference &reference : graph_.references) follow(reference, closure_.going[reference.to].rows);
  }

  bool has_fresh() const {
    for (uint32_t number = 0; number < graph_.tables.size(); ++number)
      if (fresh_[number]->count > 0) return true;
    return false;
  }

  // All rows of the deletions from the `from`th on that are the tenant's as a whole.
  void add_whole(uint64 from) {
    if (whole_->count == from) return;
    for (uint32_t number = 0; number < graph_.tables.size(); ++number)
      if (archived_[number]->count > 0)
        select(psprintf("select %s from %s a where exists (select from %s w where w.deletion operator(pg_catalog.=) a.deletion)", own_columns("a", number),
                        publish(archived_[number]), publish(whole_)),
               found_[number], fresh_[number]);
  }

  void next_round() {
    CHECK_FOR_INTERRUPTS();
    for (uint32_t number = 0; number < graph_.tables.size(); ++number) {
      std::swap(last_[number], fresh_[number]);
      empty_set(fresh_[number]);
    }
    const uint64 before = whole_->count;
    for (uint32_t number = 0; number < graph_.tables.size(); ++number)
      if (last_[number]->count > 0) select(psprintf("select a.place, a.part, a.deletion from %s a where a.is_root", publish(last_[number])), whole_);
    add_whole(before);
    for (const Reference &reference : graph_.references) follow(reference, last_[reference.to]);
  }

  // ---- forgetting ----

  static void forget_rows(RowSet *found) {
    publish_count(found);
    SPI_register_relation(found->entry);
    state::run(
        psprintf("with gone as (select deletion, step, chunk, pg_catalog.array_agg(distinct item) as items from %s group by deletion, step, chunk),"
                 " cut as (update proapp_data.deletion_rows r set rows = %s, after = case when r.after is not null then %s end"
                 " from gone d where (r.deletion, r.step, r.chunk) = (d.deletion, d.step, d.chunk))"
                 " update proapp_data.deletion_steps s set row_count = s.row_count - c.count"
                 " from (select deletion, step, sum(pg_catalog.cardinality(items)) as count from gone group by deletion, step) c where (s.deletion, s.step) = (c.deletion, c.step)",
                 found->name, without("rows"), without("after")));
    state::run(psprintf("delete from proapp_data.deletion_rows r using (select distinct deletion from %s) d where r.deletion = d.deletion and pg_catalog.cardinality(r.rows) = 0",
                        found->name));
    state::run(psprintf("delete from proapp_data.deletion_steps s using (select distinct deletion from %s) d where s.deletion = d.deletion and s.row_count = 0", found->name));
    SPI_unregister_relation(found->name);
  }

  static const char *without(const char *column) {
    return psprintf("array(select u.item from pg_catalog.unnest(r.%s) with ordinality u(item, n) where u.n::pg_catalog.int4 <> all (d.items) order by u.n)", column);
  }

  const Closure &closure_;
  const Graph &graph_;
  const pg_uuid_t &own_;
  RowSet **archived_, **found_, **last_, **fresh_;  // for each table of the graph
  RowSet *whole_ = nullptr;
};

// Holds of rows that go: those that have not expired forbid it.
uint64 holds_of_going(const Closure &closure, bool forget) {
  if (!OidIsValid(state::find(holds))) return 0;
  uint64 all = 0;
  for (uint32_t number = 0; number < closure.graph->tables.size(); ++number) {
    const Table &table = closure.graph->tables[number];
    const Going &going = closure.going[number];
    if (going.count == 0 || table.key_columns == 0) continue;
    publish_count(going.rows);
    SPI_register_relation(going.rows->entry);
    all += state::run(psprintf("%s proapp_data.holds where relation = $1 and key in (select %s from %s g)", forget ? "delete from" : "select from", Search::key_of_going(table),
                               going.rows->name),
                      {table.name});
    SPI_unregister_relation(going.rows->name);
  }
  return all;
}

Kept look(const Closure &closure, const pg_uuid_t &own, bool forget) {
  Search search(closure, own);
  const int pin = pin_settings();
  search.run();
  const Kept kept = {search.deletions(), search.rows(), holds_of_going(closure, forget)};
  if (forget) search.forget();
  search.close();
  pg::unpin_search_path(pin);
  return kept;
}

}  // namespace

Kept count_kept(const Closure &closure, const pg_uuid_t &own) { return look(closure, own, false); }
Kept forget_kept(const Closure &closure, const pg_uuid_t &own) { return look(closure, own, true); }

}  // namespace proapp::deletion
