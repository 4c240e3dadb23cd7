// SELECT, INSERT, UPDATE, DELETE and TRUNCATE, each on the table itself.
#include "verify/isolation_report.hpp"

#include <initializer_list>

namespace proapp::verify {

static const char *role_of(const Case &one) { return one.pair->actor->identity.role; }

static Row &row_at(const ListCell *cell) { return *static_cast<Row *>(lfirst(cell)); }

// Names, quoted, of the columns on which the role holds the privilege; those that are written have no value of their own.
static const Answer columns_with(const Table &table, const char *role, const char *privilege, bool written) {
  return ask(
      psprintf("select quote_ident(attname) from pg_attribute where attrelid = %u and attnum > 0 and not attisdropped and has_column_privilege(%s, attrelid, attnum, '%s')%s order "
               "by attnum",
               table.owned->id, quote_literal_cstr(role), privilege, written ? " and attgenerated = ''" : ""));
}

static bool holds(const Answer &names, const char *name) {
  for (int64 i = 0; i < names.count; ++i)
    if (strcmp(names.at(i, 0), name) == 0) return true;
  return false;
}

// Where the key may not be read: by all that may be, if nobody else's row is the same.
static void select_by_columns(const Case &one, Sum &sum) {
  const Table &table = *one.table;
  const Answer readable = columns_with(table, role_of(one), "SELECT", false);
  if (readable.count == 0) return;
  sum.refused = nullptr;
  const ListCell *cell, *column;
  int tried = 0;
  foreach (cell, one.pair->rows) {
    const char *where = "true";
    foreach (column, table.columns) {
      if (!holds(readable, column_at(column)->name)) continue;
      const char *value = value_of(table, row_at(cell), *column_at(column));
      where = psprintf("%s and t.%s::pg_catalog.text operator(pg_catalog.=) %s", where, column_at(column)->name, value == nullptr ? "''" : quote_literal_cstr(value));
      if (value == nullptr) where = psprintf("%s is null", where);
    }
    const char *count = psprintf("select pg_catalog.count(*) from %s t where %s", table.name, where);
    if (ask_count(count) != 1) continue;
    Answer answer{};
    Outcome outcome = perform(*one.pair->actor, {.sql = count, .answer = &answer}, *one.budget);
    if (outcome.ended == Ended::well) outcome.count = strtol(answer.at(0, 0), nullptr, 10);
    sum.add(outcome);
    if (++tried == most_written) break;
  }
  if (tried == 0) sum.unclear = "what may be read does not tell rows apart";
}

static void try_select(Case &one) {
  Sum sum;
  Answer answer{};
  const char *sql = psprintf("select pg_catalog.count(*) from %s t where %s", one.table->name, any_row(one, "t"));
  Outcome outcome = perform(*one.pair->actor, {.sql = sql, .answer = &answer}, *one.budget);
  if (outcome.ended == Ended::well) outcome.count = strtol(answer.at(0, 0), nullptr, 10);
  sum.add(outcome);
  if (outcome.ended == Ended::refused) select_by_columns(one, sum);
  // Somebody may have deleted them meanwhile.
  if (outcome.ended == Ended::well && sum.reached == 0 && ask_count(sql) == 0) sum.unclear = "the rows are gone";
  one.readable = sum.reached > 0;
  conclude(one, "SELECT", sum, one.readable ? let_through(one, *one.table, 'r') : nullptr);
}

static const char *cursor_on(const Case &one, const Row &row) { return psprintf("select from %s t where %s", one.table->name, condition(*one.table, row, "t")); }

// A column that is neither key nor reference, if there is one: to write it disturbs least.
static const Column *column_to_write(const Table &table, const Answer &writable) {
  const Column *found = nullptr;
  const ListCell *cell;
  foreach (cell, table.columns) {
    const Column &column = *column_at(cell);
    if (column.generated || column.identity || !holds(writable, column.name)) continue;
    if (found == nullptr || ((found->equals != nullptr || found->foreign) && column.equals == nullptr && !column.foreign)) found = &column;
  }
  return found;
}

// The columns that say whose the row is, set to the actor; null where there are none.
static const char *taking_over(const Case &one, const Answer &writable) {
  const char *all = nullptr;
  const ListCell *cell;
  foreach (cell, one.table->columns) {
    const Column &column = *column_at(cell);
    if (column.owner == nullptr || column.generated || column.identity || !holds(writable, column.name)) continue;
    const char *value = own_value(*one.acquaintances, *one.pair->actor, *column.owner);
    if (value == nullptr) continue;
    const char *set = psprintf("%s = %s", column.name, literal(value, column.type));
    all = all == nullptr ? set : psprintf("%s, %s", all, set);
  }
  return all;
}

// Without naming any column in WHERE: then neither SELECT nor its policies are asked, as for UPDATE of the whole table.
static void try_update(const Case &one) {
  Sum sum;
  const Answer writable = columns_with(*one.table, role_of(one), "UPDATE", true);
  const Column *column = column_to_write(*one.table, writable);
  const ListCell *cell;
  int tried = 0;
  if (column == nullptr) sum.refused = "no column may be written";
  foreach (cell, one.pair->rows) {
    if (column == nullptr || tried++ == most_written) break;
    const auto update = [&one, cell](const char *set) {
      return perform(*one.pair->actor,
                     {.row = cursor_on(one, row_at(cell)), .sql = psprintf("update %s set %s %s", one.table->name, set, on_the_row), .table = one.table->owned->id}, *one.budget);
    };
    const Outcome outcome = update(psprintf("%s = %s", column->name, literal(value_of(*one.table, row_at(cell), *column), column->type)));
    const char *take = outcome.ended == Ended::refused ? taking_over(one, writable) : nullptr;
    sum.add(outcome);
    if (take != nullptr) sum.add(update(take));
  }
  conclude(one, "UPDATE", sum, sum.reached > 0 ? let_through(one, *one.table, 'w') : nullptr);
}

static void try_delete(const Case &one) {
  Sum sum;
  const ListCell *cell;
  int tried = 0;
  foreach (cell, one.pair->rows) {
    if (tried++ == most_written) break;
    sum.add(perform(*one.pair->actor, {.row = cursor_on(one, row_at(cell)), .sql = psprintf("delete from %s %s", one.table->name, on_the_row), .table = one.table->owned->id},
                    *one.budget));
  }
  conclude(one, "DELETE", sum, sum.reached > 0 ? let_through(one, *one.table, 'd') : nullptr);
}

const char *insert_text(const Table &table, const char *role, const char **values) {
  const Answer writable = columns_with(table, role, "INSERT", true);
  const char *names = nullptr, *list = nullptr;
  bool identity = false;
  int position = 0;
  const ListCell *cell;
  foreach (cell, table.columns) {
    const Column &column = *column_at(cell);
    const char *value = values[position++];
    if (column.generated) continue;
    if (!holds(writable, column.name)) {
      // Without these it would be another's row.
      if (column.owner != nullptr && value != nullptr) return nullptr;
      continue;
    }
    identity |= column.identity;
    names = names == nullptr ? column.name : psprintf("%s, %s", names, column.name);
    const char *one = literal(value, column.type);
    list = list == nullptr ? one : psprintf("%s, %s", list, one);
  }
  return names == nullptr ? nullptr : psprintf("insert into %s (%s)%s values (%s)", table.name, names, identity ? " overriding system value" : "", list);
}

static const char *fresh_value(const Column &column, const char *value) {
  switch (column.type_id) {
    case UUIDOID:
      return ask("select gen_random_uuid()").at(0, 0);
    case INT2OID:
      return ask("select 32767 - (random() * 999)::int").at(0, 0);
    case INT4OID:
      return ask("select 2147483647 - (random() * 999999)::int").at(0, 0);
    case INT8OID:
      return ask("select 9223372036854775807 - (random() * 999999)::bigint").at(0, 0);
    case TEXTOID:
    case VARCHAROID:
    case BPCHAROID:
      return ask(psprintf("select left(md5(random()::text), %d)", column.length > 0 ? column.length : 32)).at(0, 0);
    default:
      return value;
  }
}

// Whose row it is, and to what it belongs, stays.
const char **with_fresh_key(const Table &table, const Row &row) {
  const int count = list_length(table.columns);
  auto **values = static_cast<const char **>(palloc(static_cast<Size>(Max(count, 1)) * sizeof(char *)));
  int position = 0;
  const ListCell *cell;
  foreach (cell, table.columns) {
    const Column &column = *column_at(cell);
    const bool fresh = column.equals != nullptr && column.owner == nullptr && !column.foreign && !column.generated;
    values[position] = fresh ? fresh_value(column, row.values[position]) : row.values[position];
    ++position;
  }
  return values;
}

// Rows like this one: whose they are stands in the same columns. A trigger may have put the actor there.
static const char *count_like(const Table &table, const Row &row) {
  const char *all = "true";
  const ListCell *cell;
  foreach (cell, table.owned->owners) {
    const auto &owner = *static_cast<const Owner *>(lfirst(cell));
    const ListCell *other;
    foreach (other, table.columns) {
      const Column &column = *column_at(other);
      const char *value = value_of(table, row, column);
      if (strcmp(column.name, owner.column) == 0 && value != nullptr) all = psprintf("%s and t.%s = %s", all, column.name, literal(value, column.type));
    }
  }
  return psprintf("select count(*) from %s t where %s", table.name, all);
}

static void try_insert(const Case &one, bool returning) {
  Sum sum;
  Row &row = row_at(list_head(one.pair->rows));
  const char *insert = insert_text(*one.table, role_of(one), with_fresh_key(*one.table, row));
  if (insert == nullptr)
    sum.refused = "whose the row is may not be written";
  else
    sum.add(perform(*one.pair->actor,
                    {.sql = returning ? psprintf("%s returning %s", insert, column_at(list_head(one.table->columns))->name) : insert,
                     .table = one.table->owned->id,
                     .after = count_like(*one.table, row),
                     .counted = Attempt::After::written},
                    *one.budget));
  conclude(one, returning ? "INSERT RETURNING" : "INSERT", sum, sum.reached > 0 ? let_through(one, *one.table, 'a') : nullptr);
}

static const char *key_columns(const Table &table) {
  const char *all = nullptr;
  const ListCell *cell;
  foreach (cell, table.columns)
    if (column_at(cell)->equals != nullptr) all = all == nullptr ? column_at(cell)->name : psprintf("%s, %s", all, column_at(cell)->name);
  return all;
}

// The victim's key, and all else the actor's.
static const char **as_own(const Case &one, const Row &row) {
  const int count = list_length(one.table->columns);
  auto **values = static_cast<const char **>(palloc(static_cast<Size>(Max(count, 1)) * sizeof(char *)));
  int position = 0;
  const ListCell *cell;
  foreach (cell, one.table->columns) {
    const Column &column = *column_at(cell);
    const char *own = column.owner == nullptr || column.equals != nullptr ? nullptr : own_value(*one.acquaintances, *one.pair->actor, *column.owner);
    values[position] = own != nullptr ? own : row.values[position];
    ++position;
  }
  return values;
}

// The row that is in the way is to be updated. First as the victim's own, then as one that the actor might insert.
static void try_conflict(const Case &one) {
  Sum sum;
  const Answer writable = columns_with(*one.table, role_of(one), "UPDATE", true);
  const Column *column = column_to_write(*one.table, writable);
  const char *key = key_columns(*one.table);
  Row &row = row_at(list_head(one.pair->rows));
  if (key == nullptr) sum.unclear = "the table has no key";
  if (column == nullptr) sum.refused = "no column may be written";
  for (const char **values : {row.values, as_own(one, row)}) {
    const char *insert = insert_text(*one.table, role_of(one), values);
    if (key == nullptr || column == nullptr || sum.reached > 0) break;
    if (insert == nullptr) {
      sum.refused = "whose the row is may not be written";
      continue;
    }
    Outcome outcome = perform(*one.pair->actor,
                              {.sql = psprintf("%s on conflict (%s) do update set %s = excluded.%s", insert, key, column->name, column->name),
                               .table = one.table->owned->id,
                               .after = psprintf("select count(*) from %s t where %s", one.table->name, condition(*one.table, row, "t")),
                               .counted = Attempt::After::written},
                              *one.budget);
    // Another unique key was in the way: nothing was updated.
    if (outcome.ended == Ended::constraint) outcome.ended = Ended::refused;
    sum.add(outcome);
  }
  conclude(one, "INSERT ON CONFLICT", sum, sum.reached > 0 ? let_through(one, *one.table, 'w') : nullptr);
}

static constexpr char truncate[] = R"(
select has_table_privilege(r.oid, c.oid, 'TRUNCATE') and has_schema_privilege(r.oid, c.relnamespace, 'USAGE'),
       coalesce((select 'grant TRUNCATE to ' || string_agg(distinct case when a.grantee = 0 then 'public' else quote_ident(a.grantee::regrole::text) end, ', ')
                   from aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) a where a.privilege_type = 'TRUNCATE' and (a.grantee = 0 or pg_has_role(r.oid, a.grantee, 'USAGE'))),
                'role ' || quote_ident(r.rolname) || ' is a superuser')
  from pg_class c, pg_roles r where c.oid = %u and r.rolname = %s)";

// By privilege alone: the statement would keep everybody out, and nothing else stands in its way.
static void try_truncate(const Case &one) {
  Sum sum;
  const Answer answer = ask(psprintf(truncate, one.table->owned->id, quote_literal_cstr(role_of(one))));
  if (answer.is(0, 0))
    sum.reached = list_length(one.pair->rows);
  else
    sum.refused = "no privilege";
  conclude(one, "TRUNCATE", sum, answer.at(0, 1));
}

void try_commands(Case &one) {
  try_select(one);
  try_insert(one, false);
  try_insert(one, true);
  try_conflict(one);
  try_update(one);
  try_delete(one);
  try_truncate(one);
}

}  // namespace proapp::verify
