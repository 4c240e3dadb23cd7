// Foreign keys that lead to the table: they are checked past all policies, so a row may be hung on one that its writer does not see.
#include "verify/isolation_report.hpp"

namespace proapp::verify {

static constexpr char references_to[] = R"(
select c.conrelid, quote_ident(c.conname),
       array_to_string(array(select quote_ident(a.attname) || ' ' || quote_ident(b.attname) from unnest(c.conkey, c.confkey) with ordinality k (x, y, n)
                               join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.x join pg_attribute b on b.attrelid = c.confrelid and b.attnum = k.y order by k.n), e'\n')
  from pg_constraint c where c.contype = 'f' and c.confrelid = %u and c.conparentid = 0 and c.conrelid <> c.confrelid order by c.conrelid::regclass::text, c.conname)";

static const Column *column_named(const Table &table, const char *name, int &position) {
  position = 0;
  const ListCell *cell;
  foreach (cell, table.columns) {
    if (strcmp(column_at(cell)->name, name) == 0) return column_at(cell);
    ++position;
  }
  return nullptr;
}

static bool names_principals(const Table &table) {
  const ListCell *cell;
  foreach (cell, table.columns)
    if (column_at(cell)->equals != nullptr && column_at(cell)->owner != nullptr) return true;
  return false;
}

// Any row as a pattern.
static bool pattern_row(const Table &table, Row &row) {
  const Answer answer = ask(psprintf("select x.tableoid, x.ctid from %s x limit 1", table.name));
  if (answer.count == 0) return false;
  row = {answer.at(0, 0), answer.at(0, 1), NIL, nullptr, NIL, false};
  return load_row(table, row);
}

// The actor's own row, but for the columns of the foreign key, which lead to the victim's; `hung` counts rows that do. A trigger may have put something else there.
static const char **hung_on(const Case &one, const Table &from, const Row &pattern, const char *pairs, const char *&hung) {
  hung = psprintf("select count(*) from %s t where true", from.name);
  const char **values = with_fresh_key(from, pattern);
  int position = 0;
  const ListCell *cell;
  foreach (cell, from.columns) {
    const char *own = column_at(cell)->owner == nullptr ? nullptr : own_value(*one.acquaintances, *one.pair->actor, *column_at(cell)->owner);
    if (own != nullptr) values[position] = own;
    ++position;
  }
  const auto &row = *static_cast<const Row *>(linitial(one.pair->rows));
  char *rest = pstrdup(pairs);
  for (char *line; (line = strsep(&rest, "\n")) != nullptr;) {
    // Names that hold blanks are quoted, so the second begins after the blank that no quotes enclose.
    bool quoted = false;
    char *blank = line;
    for (; *blank != '\0' && (quoted || *blank != ' '); ++blank) quoted ^= *blank == '"';
    if (*blank == '\0') continue;
    *blank = '\0';
    int here, there;
    const Column *mine = column_named(from, line, here), *theirs = column_named(*one.table, blank + 1, there);
    if (mine == nullptr || theirs == nullptr) continue;
    values[here] = row.values[there];
    hung = psprintf("%s and t.%s = %s", hung, mine->name, literal(values[here], mine->type));
  }
  return values;
}

static void try_reference(const Case &one, const Owned &owned, const char *constraint, const char *pairs) {
  Sum sum;
  const Table from = read_table(owned);
  const char *through = psprintf("foreign key %s of %s", constraint, from.name);
  Row pattern{};
  if (one.readable)
    sum.unclear = psprintf("%s: the row can be read anyway", through);
  else if (!pattern_row(from, pattern))
    sum.unclear = psprintf("%s: no row to go by", through);
  else {
    const char *hung;
    const char **values = hung_on(one, from, pattern, pairs, hung);
    if (const char *insert = insert_text(from, one.pair->actor->identity.role, values))
      sum.add(perform(*one.pair->actor, {.sql = insert, .table = from.owned->id, .after = hung, .counted = Attempt::After::written}, *one.budget));
  }
  if (sum.reached > 0)
    through = psprintf("%s; %s", through, let_through(one, from, 'a'));
  else
    sum.refused = psprintf("%s%s%s", through, sum.refused == nullptr ? "" : ": ", sum.refused == nullptr ? "" : sum.refused);
  conclude(one, "REFERENCES", sum, through);
}

// Users and organizations are there to be named. Whoever is nobody has no rows to hang anywhere.
void try_references(const Case &one) {
  if (one.pair->actor->principal == nullptr || names_principals(*one.table)) return;
  const Answer answer = ask(psprintf(references_to, one.table->owned->id));
  for (int64 i = 0; i < answer.count; ++i)
    if (const Owned *owned = find_owned(*one.acquaintances->model, static_cast<Oid>(strtoul(answer.at(i, 0), nullptr, 10))))
      if (static_cast<const Owner *>(linitial(owned->owners))->parent == nullptr) try_reference(one, *owned, answer.at(i, 1), answer.at(i, 2));
}

}  // namespace proapp::verify
