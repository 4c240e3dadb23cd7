// Views that read the table, however many lie between: what shows through them, and what can be written through them.
#include "verify/isolation_report.hpp"

namespace proapp::verify {

namespace {

struct View {
  const char *name, *through;
  bool invoker, has_key, updates, deletes;
};

}  // namespace

static constexpr char views[] = R"(
with recursive reader (oid) as (
  select r.ev_class from pg_depend d join pg_rewrite r on r.oid = d.objid
   where d.classid = 'pg_rewrite'::regclass and d.refclassid = 'pg_class'::regclass and d.refobjid = %u and r.ev_class <> %u
  union
  select r.ev_class from reader v join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.refclassid = 'pg_class'::regclass and d.refobjid = v.oid
    join pg_rewrite r on r.oid = d.objid where r.ev_class <> v.oid)
select format('%%I.%%I', n.nspname, c.relname), c.relkind = 'm',
       coalesce((select bool_or(o.option_value::boolean) from pg_options_to_table(c.reloptions) o where o.option_name = 'security_invoker'), false),
       not exists (select unnest(array[%s]::text[]) except select a.attname || ' ' || format_type(a.atttypid, null) from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped),
       pg_relation_is_updatable(c.oid, true) & 4 <> 0, pg_relation_is_updatable(c.oid, true) & 16 <> 0
  from reader v join pg_class c on c.oid = v.oid join pg_namespace n on n.oid = c.relnamespace
 where c.relkind in ('v', 'm') and n.nspname not in ('pg_catalog', 'information_schema', 'proapp')
   and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
 order by 1)";

static const char *without_modifier(const Column &column) { return format_type_be(column.type_id); }

// 'id uuid', so that a view that shows them is found by their names.
static const char *key_list(const Table &table) {
  const char *all = "";
  const ListCell *cell;
  foreach (cell, table.columns) {
    const Column &column = *column_at(cell);
    if (column.equals != nullptr) all = psprintf("%s%s%s", all, *all == '\0' ? "" : ", ", quote_literal_cstr(psprintf("%s %s", column.bare, without_modifier(column))));
  }
  return all;
}

List *marks(const Table &table, Row &row) {
  if (row.marked) return row.marks;
  List *found = NIL;
  const ListCell *cell;
  foreach (cell, table.columns) {
    const Column &column = *column_at(cell);
    const char *value = value_of(table, row, column);
    const bool is_text = column.type_id == UUIDOID || column.type_id == TEXTOID || column.type_id == VARCHAROID;
    if (!is_text || column.owner != nullptr || column.foreign || value == nullptr || strlen(value) < 8 || strpbrk(value, "\"\\") != nullptr) continue;
    // Only this row's, as far as a look at some others tells.
    const char *others =
        psprintf("select count(*) from (select x.%s as proapp_value from %s x limit 10000) x where proapp_value = %s", column.name, table.name, literal(value, column.type));
    if (ask_count(others) <= 1) found = lappend(found, const_cast<char *>(value));
  }
  row.marks = found;
  row.marked = true;
  return found;
}

static const char *any_mark(const List *all) {
  const char *sql = nullptr;
  const ListCell *cell;
  foreach (cell, all) {
    const char *one = psprintf("pg_catalog.strpos((x.*)::pg_catalog.text, %s) > 0", quote_literal_cstr(static_cast<const char *>(lfirst(cell))));
    sql = sql == nullptr ? one : psprintf("%s or %s", sql, one);
  }
  return sql;
}

static Outcome look(const Case &one, const char *sql) {
  Answer answer{};
  Outcome outcome = perform(*one.pair->actor, {.sql = sql, .answer = &answer}, *one.budget);
  if (outcome.ended == Ended::well) outcome.count = strtol(answer.at(0, 0), nullptr, 10);
  return outcome;
}

static void select_from(const Case &one, const View &view) {
  Sum sum;
  const ListCell *cell;
  int tried = 0;
  foreach (cell, one.pair->rows) {
    Row &row = *static_cast<Row *>(lfirst(cell));
    if (tried == most_written) break;
    const char *by = view.has_key ? condition(*one.table, row, "x") : any_mark(marks(*one.table, row));
    if (by == nullptr) continue;
    ++tried;
    sum.add(look(one, view.has_key ? psprintf("select pg_catalog.count(*) from %s x where %s", view.name, by)
                                   : psprintf("select pg_catalog.count(*) from (select * from %s limit 10000) x where %s", view.name, by)));
  }
  if (tried == 0) sum.unclear = psprintf("%s: it shows nothing by which rows are recognised", view.through);
  if (sum.refused != nullptr || sum.reached == 0) sum.refused = psprintf("%s%s%s", view.through, sum.refused == nullptr ? "" : ": ", sum.refused == nullptr ? "" : sum.refused);
  conclude(one, "SELECT", sum, view.through);
}

static void write_through(const Case &one, const View &view, const char *command, const char *statement) {
  Sum sum;
  const ListCell *cell;
  int tried = 0;
  foreach (cell, one.pair->rows) {
    if (tried++ == most_written) break;
    sum.add(perform(*one.pair->actor,
                    {.sql = psprintf("%s where %s", statement, condition(*one.table, *static_cast<const Row *>(lfirst(cell)), "x")), .table = one.table->owned->id}, *one.budget));
  }
  sum.refused = psprintf("%s%s%s", view.through, sum.refused == nullptr ? "" : ": ", sum.refused == nullptr ? "" : sum.refused);
  conclude(one, command, sum, view.through);
}

// Some column of the view that it lets be written.
static const char *column_of(const View &view) {
  const Answer answer =
      ask(psprintf("select quote_ident(attname) from pg_attribute where attrelid = %s::regclass and attnum > 0 and not attisdropped "
                   "and pg_column_is_updatable(attrelid, attnum, true) order by attnum desc limit 1",
                   quote_literal_cstr(view.name)));
  return answer.count == 0 ? nullptr : answer.at(0, 0);
}

void try_views(const Case &one) {
  const Answer answer = ask(psprintf(views, one.table->owned->id, one.table->owned->id, key_list(*one.table)));
  for (int64 i = 0; i < answer.count; ++i) {
    const bool invoker = answer.is(i, 2);
    const char *kind = answer.is(i, 1) ? "materialized view" : "view";
    const View view = {answer.at(i, 0), psprintf("%s %s%s", kind, answer.at(i, 0), answer.is(i, 1) ? "" : invoker ? " with security_invoker" : " without security_invoker"),
                       invoker,         one.table->has_key && answer.is(i, 3),
                       answer.is(i, 4), answer.is(i, 5)};
    select_from(one, view);
    if (!view.has_key) continue;
    const char *column = view.updates ? column_of(view) : nullptr;
    if (column != nullptr) write_through(one, view, "UPDATE", psprintf("update %s x set %s = x.%s", view.name, column, column));
    if (view.deletes) write_through(one, view, "DELETE", psprintf("delete from %s x", view.name));
  }
}

}  // namespace proapp::verify
