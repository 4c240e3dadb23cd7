#include "deletion/moved_rows.hpp"

#include "pg/statement.hpp"

extern "C" {
#include <catalog/pg_type.h>
#include <lib/stringinfo.h>
}

namespace proapp::deletion {

TupleDesc columns_of_moved(Oid row) {
  TupleDesc columns = CreateTemplateTupleDesc(OidIsValid(row) ? 6 : 4);
  TupleDescInitEntry(columns, place_column, "place", TIDOID, -1, 0);
  TupleDescInitEntry(columns, part_column, "part", OIDOID, -1, 0);
  TupleDescInitEntry(columns, 3, "new_place", TIDOID, -1, 0);
  TupleDescInitEntry(columns, 4, "new_part", OIDOID, -1, 0);
  if (!OidIsValid(row)) return columns;
  TupleDescInitEntry(columns, 5, "before", TEXTOID, -1, 0);
  TupleDescInitEntry(columns, 6, "after", row, -1, 0);
  return columns;
}

RowSet *follow_moved(QueryEnvironment *sets, RowSet *rows, RowSet *moved) {
  RowSet *found = open_set(sets, psprintf("%s_moved", rows->name), rows->columns, false);
  StringInfo sql = makeStringInfo();
  appendStringInfoString(sql, "select coalesce(m.new_place, u.place), coalesce(m.new_part, u.part)");
  const bool whole = moved->columns->natts > 4;
  for (int i = first_key_column; i <= rows->columns->natts - (whole ? 1 : 0); ++i) appendStringInfo(sql, ", u.%s", NameStr(TupleDescAttr(rows->columns, i - 1)->attname));
  if (whole) appendStringInfoString(sql, ", coalesce(m.after, u.whole)");
  appendStringInfo(sql, " from %s u left join %s m on m.place operator(pg_catalog.=) u.place and m.part operator(pg_catalog.=) u.part", rows->name,
                   moved->name);
  publish_count(rows);
  publish_count(moved);
  pg::Statement statement = {sql->data};
  statement.sets = sets;
  statement.into = rows_into(found, nullptr, PG_UINT64_MAX);
  pg::run(statement);
  close_set(sets, rows);
  return found;
}

}  // namespace proapp::deletion
