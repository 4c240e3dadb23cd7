#include "verify/isolation_table.hpp"

#include "verify/isolation_sql.hpp"

namespace proapp::verify {

// Larger tables are met at pages all over them.
static constexpr int sample_size = 2000;

// The key is the primary key, or else the first unique index that names every row.
static constexpr char columns_of[] = R"(
with key as (
  select i.indexrelid, i.indkey, i.indclass, i.indnkeyatts from pg_index i
   where i.indrelid = %u and i.indisunique and i.indisvalid and i.indimmediate and i.indpred is null and i.indexprs is null
     and not exists (select from unnest((i.indkey::int2[])[0:i.indnkeyatts - 1]) k join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k where not a.attnotnull)
   order by i.indisprimary desc, i.indexrelid limit 1),
part as (
  select key.indkey[s] as attnum, format('operator(%%I.%%s)', n.nspname, p.oprname) as equals
    from key cross join lateral generate_series(0, key.indnkeyatts - 1) s join pg_opclass o on o.oid = key.indclass[s]
    join pg_amop m on m.amopfamily = o.opcfamily and m.amoplefttype = o.opcintype and m.amoprighttype = o.opcintype and m.amopstrategy = 3
    join pg_operator p on p.oid = m.amopopr join pg_namespace n on n.oid = p.oprnamespace)
select quote_ident(a.attname), a.attname, format_type(a.atttypid, a.atttypmod), a.atttypid,
       case when a.atttypid in ('varchar'::regtype, 'bpchar'::regtype) and a.atttypmod > 4 then a.atttypmod - 4 else 0 end, a.attgenerated <> '', a.attidentity <> '',
       exists (select from pg_constraint c where c.contype = 'f' and c.conrelid = a.attrelid and a.attnum = any (c.conkey)), part.equals, r.relname
  from pg_attribute a join pg_class r on r.oid = a.attrelid left join part on part.attnum = a.attnum
 where a.attrelid = %u and a.attnum > 0 and not a.attisdropped
 order by a.attnum)";

static const Owner *own_owner(const Owned &owned, const char *column) {
  const ListCell *cell;
  foreach (cell, owned.owners) {
    const auto *owner = static_cast<const Owner *>(lfirst(cell));
    if (owner->parent == nullptr && strcmp(owner->column, column) == 0) return owner;
  }
  return nullptr;
}

Table read_table(const Owned &owned) {
  const Answer answer = ask(psprintf(columns_of, owned.id, owned.id));
  Table table = {&owned, owned.name, answer.count > 0 ? answer.at(0, 9) : "", NIL, false};
  for (int64 i = 0; i < answer.count; ++i) {
    auto *column = static_cast<Column *>(palloc0(sizeof(Column)));
    *column = {answer.at(i, 0),       answer.at(i, 1),
               answer.at(i, 2),       static_cast<Oid>(strtoul(answer.at(i, 3), nullptr, 10)),
               atoi(answer.at(i, 4)), answer.is(i, 5),
               answer.is(i, 6),       answer.is(i, 7),
               answer.at(i, 8),       own_owner(owned, answer.at(i, 0))};
    table.has_key |= column->equals != nullptr;
    table.columns = lappend(table.columns, column);
  }
  return table;
}

// Columns of few values: rows that differ in them may be treated differently.
static constexpr char kinds_of[] = R"(
select quote_ident(a.attname) from pg_attribute a join pg_type t on t.oid = a.atttypid join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
  left join pg_stats s on s.schemaname = n.nspname and s.tablename = c.relname and s.attname = a.attname and not s.inherited
 where a.attrelid = %u and a.attnum > 0 and not a.attisdropped and (t.typtype = 'e' or t.oid = 'bool'::regtype or s.n_distinct between 1 and 10)
   and not exists (select from pg_constraint k where k.contype = 'f' and k.conrelid = a.attrelid and a.attnum = any (k.conkey)))";

static const char *kind_of_row(const Table &table) {
  const Answer answer = ask(psprintf(kinds_of, table.owned->id));
  const char *list = "null";
  for (int64 i = 0; i < answer.count; ++i) list = psprintf("%s, t.%s::pg_catalog.text", list, answer.at(i, 0));
  return list;
}

static const char *part_of_table(const Table &table) {
  const double rows = strtod(ask(psprintf("select reltuples from pg_class where oid = %u", table.owned->id)).at(0, 0), nullptr);
  if (table.owned->kind != 'r' || rows < 10 * sample_size) return "";
  return psprintf("tablesample system (%f) repeatable (1)", Min(100.0, 200.0 * sample_size / rows));
}

List *sample_rows(const Table &table, bool &any) {
  const char *parties = "";
  const ListCell *cell;
  foreach (cell, table.owned->owners) parties = psprintf("%s, %s", parties, principal_of(*static_cast<const Owner *>(lfirst(cell)), "t"));
  const Answer answer =
      ask(psprintf("select t.proapp_table, t.proapp_place%s from (select x.tableoid as proapp_table, x.ctid as proapp_place, x.* from %s x %s where not exists (select from "
                   "pg_catalog.pg_class f "
                   "where f.oid = x.tableoid and f.relkind = 'f') limit %d) t order by row_number() over (partition by %s), t.proapp_table, t.proapp_place",
                   parties, table.name, part_of_table(table), sample_size, kind_of_row(table)));
  any = answer.count > 0;
  List *rows = NIL;
  for (int64 i = 0; i < answer.count; ++i) {
    auto *row = static_cast<Row *>(palloc0(sizeof(Row)));
    *row = {answer.at(i, 0), answer.at(i, 1), NIL, nullptr, NIL, false};
    for (int column = 2; column < answer.columns; ++column)
      if (answer.at(i, column) != nullptr) row->parties = lappend(row->parties, const_cast<char *>(answer.at(i, column)));
    if (row->parties != NIL) rows = lappend(rows, row);
  }
  return rows;
}

bool load_row(const Table &table, Row &row) {
  if (row.values != nullptr) return true;
  const char *values = "";
  const ListCell *cell;
  foreach (cell, table.columns) values = psprintf("%s%st.%s", values, *values == '\0' ? "" : ", ", column_at(cell)->name);
  const Answer answer = ask(psprintf("select %s from %s t where t.tableoid = %s and t.ctid = '%s'", values, table.name, row.table, row.place));
  if (answer.count == 0) return false;
  row.values = answer.cells;
  return true;
}

const char *value_of(const Table &table, const Row &row, const Column &column) {
  int position = 0;
  const ListCell *cell;
  foreach (cell, table.columns) {
    if (lfirst(cell) == &column) break;
    ++position;
  }
  return row.values[position];
}

const char *condition(const Table &table, const Row &row, const char *alias) {
  if (!table.has_key) return psprintf("%s.tableoid operator(pg_catalog.=) %s and %s.ctid operator(pg_catalog.=) '%s'", alias, row.table, alias, row.place);
  const char *all = nullptr;
  const ListCell *cell;
  foreach (cell, table.columns) {
    const Column &column = *column_at(cell);
    if (column.equals == nullptr) continue;
    const char *one = psprintf("%s.%s %s %s", alias, column.name, column.equals, literal(value_of(table, row, column), column.type));
    all = all == nullptr ? one : psprintf("%s and %s", all, one);
  }
  return all;
}

}  // namespace proapp::verify
