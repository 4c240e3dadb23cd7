#include "deletion/tenant_archive.hpp"

#include "pg/boundary.hpp"

#include "deletion/archive.hpp"
#include "deletion/archived_keys.hpp"
#include "deletion/registrations.hpp"
#include "deletion/runs.hpp"
#include "deletion/sets_sql.hpp"

#include "pg/session.hpp"
#include "pg/statement.hpp"

namespace proapp::deletion {

namespace {

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

  void read(uint32_t number) {
    const TupleDesc columns = archived_columns(graph_, number);
    archived_[number] = open_set(closure_.sets, psprintf("archived_%u", number), columns, false);
    found_[number] = open_set(closure_.sets, psprintf("found_%u", number), columns, true);
    last_[number] = open_set(closure_.sets, psprintf("last_found_%u", number), columns, false);
    fresh_[number] = open_set(closure_.sets, psprintf("fresh_found_%u", number), columns, false);
    read_archived(graph_.tables[number], own_, archived_[number]);
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
