#include "deletion/undo_updates.hpp"

#include "pg/boundary.hpp"

#include "pg/session.hpp"
#include "pg/statement.hpp"

#include "deletion/archive.hpp"
#include "deletion/bring_back.hpp"
#include "deletion/closure.hpp"

extern "C" {
#include <catalog/pg_trigger.h>
#include <commands/trigger.h>
#include <catalog/pg_type.h>
}

namespace proapp::deletion {

namespace {

class Undo {
 public:
  Undo(const ArchivedRows &archived, QueryEnvironment *sets) : archived_(archived), sets_(sets) {}

  Undone run() {
    const int pin = pin_settings();
    RowSet *located = locate();
    RowSet *restorable = choose(located);
    const uint64 done = ask(located, psprintf("select from %s l where l.done and %s", located->name, alone(located)), nullptr);
    pg::unpin_search_path(pin);
    update(restorable);
    const Undone undone = {restorable->count, archived_.count - restorable->count - done};
    close_set(sets_, restorable);
    close_set(sets_, located);
    return undone;
  }

 private:
  // Where the row lies, which one it is, and what the columns held.
  TupleDesc columns(bool verdicts) const {
    const int first = verdicts ? 5 : 2;
    TupleDesc columns = CreateTemplateTupleDesc(first + archived_.sets);
    TupleDescInitEntry(columns, place_column, "place", TIDOID, -1, 0);
    TupleDescInitEntry(columns, part_column, "part", OIDOID, -1, 0);
    if (verdicts) {
      TupleDescInitEntry(columns, 3, "n", INT8OID, -1, 0);
      TupleDescInitEntry(columns, 4, "left_so", BOOLOID, -1, 0);
      TupleDescInitEntry(columns, 5, "done", BOOLOID, -1, 0);
    }
    for (int i = 0; i < archived_.sets; ++i) {
      const int column = archived_.set[i];
      Oid type, collation;
      int32 modifier;
      get_atttypetypmodcoll(archived_.id, archived_.column[column].number, &type, &modifier, &collation);
      const auto number = static_cast<AttrNumber>(first + i + 1);
      TupleDescInitEntry(columns, number, psprintf("b%d", column + 1), type, modifier, 0);
      TupleDescInitEntryCollation(columns, number, collation);
    }
    return columns;
  }

  // Do the columns that were set hold the values of before (b), or of after (f)?
  const char *holds(char letter) const {
    StringInfo sql = makeStringInfo();
    for (int i = 0; i < archived_.sets; ++i) {
      const int column = archived_.set[i];
      appendStringInfo(sql, "%sc.%s::pg_catalog.text is not distinct from (%s)::pg_catalog.text", i == 0 ? "" : " and ", quote_identifier(archived_.column[column].name),
                       value_sql(archived_, "g", letter, column));
    }
    return sql->data;
  }

  // Without a key a row is known by all that it holds.
  const char *same_row() const {
    if (archived_.keys > 0) return same_key_sql(archived_, 'f');
    StringInfo names = makeStringInfo();
    for (int i = 0; i < archived_.columns; ++i) appendStringInfo(names, "%sc.%s", i == 0 ? "" : ", ", quote_identifier(archived_.column[i].name));
    return psprintf("row(%s)::pg_catalog.text = g.whole", names->data);
  }

  RowSet *locate() {
    RowSet *located = open_set(sets_, "located", columns(true), false);
    StringInfo sql = makeStringInfo();
    appendStringInfo(sql, "select c.ctid, c.tableoid, g.n, %s, %s", holds('f'), holds('b'));
    for (int i = 0; i < archived_.sets; ++i) appendStringInfo(sql, ", %s", value_sql(archived_, "g", 'b', archived_.set[i]));
    publish_count(archived_.rows);
    appendStringInfo(sql, " from %s, %s g where %s for update of c", table_sql(archived_), archived_.rows->name, same_row());
    run_as_owner(archived_.id, sql->data, sets_, rows_into(located, nullptr, PG_UINT64_MAX), Purpose::remove);
    publish_count(located);
    return located;
  }

  // Where several rows hold the same, nobody knows which one was meant.
  const char *alone(const RowSet *located) const {
    if (archived_.keys > 0) return "true";
    return psprintf("(select count(*) from %s x where x.n = l.n) = 1 and (select count(*) from %s x where x.place = l.place and x.part = l.part) = 1", located->name,
                    located->name);
  }

  uint64 ask(RowSet *about, const char *sql, DestReceiver *into) {
    publish_count(about);
    pg::Statement statement = {sql};
    statement.sets = sets_;
    statement.into = into;
    return pg::run(statement);
  }

  RowSet *choose(RowSet *located) {
    RowSet *restorable = open_set(sets_, "restorable", columns(false), false);
    StringInfo sql = makeStringInfo();
    appendStringInfoString(sql, "select l.place, l.part");
    for (int i = 0; i < archived_.sets; ++i) appendStringInfo(sql, ", l.b%d", archived_.set[i] + 1);
    appendStringInfo(sql, " from %s l where l.left_so and not l.done and %s", located->name, alone(located));
    ask(located, sql->data, rows_into(restorable, nullptr, PG_UINT64_MAX));
    return restorable;
  }

  // New references are checked by their triggers, row by row, as anybody's.
  static bool fires(const Trigger &trigger) { return RI_FKey_trigger_type(trigger.tgfoid) != RI_TRIGGER_NONE || fires_on_return(trigger); }

  void update(RowSet *restorable) {
    if (restorable->count == 0) return;
    publish_count(restorable);
    StringInfo sql = makeStringInfo();
    appendStringInfo(sql, "update %s set ", table_sql(archived_));
    for (int i = 0; i < archived_.sets; ++i)
      appendStringInfo(sql, "%s%s = g.b%d", i == 0 ? "" : ", ", quote_identifier(archived_.column[archived_.set[i]].name), archived_.set[i] + 1);
    appendStringInfo(sql, " from %s g where c.ctid operator(pg_catalog.=) g.place and c.tableoid operator(pg_catalog.=) g.part", restorable->name);
    pg::Statement statement = {sql->data};
    statement.sets = sets_;
    statement.fires = fires;
    const uint64 count = pg::run(statement);
    if (count == restorable->count) return;
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("row-level security keeps rows of \"%s\" from being restored", archived_.relation),
                    errdetail("Of " UINT64_FORMAT " rows, policies let %s update " UINT64_FORMAT ".", restorable->count, GetUserNameFromId(GetUserId(), false), count),
                    errhint("Undo it as the table's owner, or by a SECURITY DEFINER function that checks who calls it.")));
  }

  const ArchivedRows &archived_;
  QueryEnvironment *sets_;
};

}  // namespace

Undone undo_update(const ArchivedRows &archived, QueryEnvironment *sets) { return Undo(archived, sets).run(); }

}  // namespace proapp::deletion
