// add_blocker, remove_blocker and what view blockers shows.
#include "pg/boundary.hpp"

#include "deletion/expression.hpp"
#include "deletion/guard.hpp"
#include "deletion/registration.hpp"
#include "deletion/registrations.hpp"
#include "deletion/table_name.hpp"
#include "pg/arguments.hpp"
#include "pg/attempt.hpp"
#include "pg/rows.hpp"
#include "pg/session.hpp"

extern "C" {
#include <catalog/pg_type.h>
}

using namespace proapp;

namespace proapp::deletion {

namespace {

struct NewBlocker {
  Relation relation, blocking;
  ColumnPair *pairs;
  int count;
  Expression condition;  // its text is null: every matching row
  const char *message;
};

}  // namespace

static void read_matches(Datum match, NewBlocker &into) {
  Datum *items;
  bool *nulls;
  deconstruct_array(DatumGetArrayTypeP(match), TEXTOID, -1, false, TYPALIGN_INT, &items, &nulls, &into.count);
  if (into.count == 0)
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("argument \"match\" must not be empty"),
                    errhint("Say which columns of both tables are equal: array['customer_id=id'].")));
  if (into.count > INDEX_MAX_KEYS) ereport(ERROR, (errcode(ERRCODE_TOO_MANY_COLUMNS), errmsg("argument \"match\" has more than %d columns", INDEX_MAX_KEYS)));
  into.pairs = static_cast<ColumnPair *>(palloc(sizeof(ColumnPair) * static_cast<Size>(into.count)));
  for (int i = 0; i < into.count; ++i) {
    if (nulls[i]) ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("argument \"match\" must not contain null")));
    into.pairs[i] = read_match(into.blocking, into.relation, TextDatumGetCString(items[i]));
  }
}

// What deletions will ask. A statement that cannot be planned is refused here and not there.
static void prepare(const NewBlocker &blocker) {
  const Oid relation = RelationGetRelid(blocker.relation), blocking = RelationGetRelid(blocker.blocking);
  const char *sql = psprintf("select from %s%s r, %s%s b where %s%s", only(blocker.relation), table_text(relation), only(blocker.blocking), table_text(blocking),
                             match_sql(blocker.pairs, blocker.count, blocking, relation), blocker.condition.text != nullptr ? psprintf(" and (%s)", blocker.condition.text) : "");
  const int pin = pg::pin_search_path();
  SPIPlanPtr plan = SPI_prepare(sql, 0, nullptr);
  if (plan == nullptr) elog(ERROR, "SPI failed with %s: %s", SPI_result_code_string(SPI_result), sql);
  SPI_freeplan(plan);
  pg::unpin_search_path(pin);
}

static void save(const NewBlocker &blocker) {
  const Oid relation = RelationGetRelid(blocker.relation), blocking = RelationGetRelid(blocker.blocking);
  const auto columns = [&](Oid table, bool left) {
    return pg::text_array(static_cast<size_t>(blocker.count),
                          [&](size_t i) { return std::string_view(get_attname(table, left ? blocker.pairs[i].blocking : blocker.pairs[i].relation, false)); });
  };
  state::run(
      "insert into proapp_data.blockers as b (relation, blocking, blocking_columns, relation_columns, condition, message) values ($1, $2, $3, $4, $5, $6)"
      " on conflict (relation, blocking, blocking_columns, relation_columns, condition) do update set message = excluded.message, registered_at = pg_catalog.now(),"
      " registered_by = session_user where b.message is distinct from excluded.message",
      {table_text(relation), table_text(blocking), columns(blocking, true), columns(relation, false), blocker.condition.text, blocker.message});
}

static void guard(const NewBlocker &blocker) {
  const Oid relation = RelationGetRelid(blocker.relation);
  if (foreign_key_over(RelationGetRelid(blocker.blocking), relation, blocker.pairs, blocker.count) != nullptr) return;
  install_guard(blocker.blocking, arguments_of_blocker(blocker.blocking, table_text(relation), blocker.pairs, blocker.count, relation, blocker.condition.columns));
}

// Guards that no blocker between the two tables needs any more.
static void drop_unneeded_guards(const char *relation, const char *blocking) {
  const Oid table = find_table(blocking);
  if (!OidIsValid(table)) return;
  const List *kept = kept_blockers(Sight::latest);
  auto *needed = static_cast<GuardArguments *>(palloc(sizeof(GuardArguments) * static_cast<Size>(list_length(kept) + 1)));
  int count = 0;
  const ListCell *cell;
  foreach (cell, kept) {
    const auto &other = *static_cast<const KeptBlocker *>(lfirst(cell));
    if (strcmp(other.relation, relation) == 0 && strcmp(other.blocking, blocking) == 0) needed[count++] = resolve(other).arguments;
  }
  drop_other_guards(table, true, relation, nullptr, {needed, count});
}

static uint64 forget(const char *relation, const char *blocking, const char *condition) {
  return state::run("delete from proapp_data.blockers where relation = $1 and blocking = $2 and ($3 is null or condition = $3)", {relation, blocking, condition});
}

// As it is kept, which also does where it means nothing any more; or as the caller writes it.
static uint64 forget_either(const char *relation, const char *blocking, const char *condition) {
  const uint64 gone = forget(relation, blocking, condition);
  const Oid found = gone == 0 && condition != nullptr ? find_table(blocking) : InvalidOid;
  Relation table = OidIsValid(found) ? try_table_open(found, AccessShareLock) : nullptr;
  if (table == nullptr) return gone;
  const char *kept = read_expression(condition, table, "b", "condition").text;
  table_close(table, NoLock);
  return forget(relation, blocking, kept);
}

static const char *joined(const KeptBlocker &kept, int i) {
  return psprintf("%s=%s", static_cast<const char *>(list_nth(kept.blocking_columns, i)), static_cast<const char *>(list_nth(kept.relation_columns, i)));
}

static void put(pg::Rows &rows, const KeptBlocker &kept) {
  const char *guard = nullptr;
  const ErrorData *problem = pg::attempt([&kept, &guard] { guard = resolve(kept).blocker.guard; });
  const pg::Argument match = pg::text_array(static_cast<size_t>(list_length(kept.blocking_columns)), [&kept](size_t i) { return joined(kept, static_cast<int>(i)); });
  rows.put({kept.relation, kept.blocking, pg::Cell::of(match.value), kept.condition, kept.message, guard,
            problem != nullptr ? problem->message
            : guard == nullptr ? missing_guard
                               : nullptr});
}

}  // namespace proapp::deletion

PROAPP_FUNCTION(proapp_add_blocker) {
  deletion::NewBlocker blocker{};
  const Oid relation = DatumGetObjectId(pg::required(fcinfo, 0, "relation")), blocking = DatumGetObjectId(pg::required(fcinfo, 1, "blocking"));
  const Datum match = pg::required(fcinfo, 2, "match");
  const char *condition = pg::optional_text(fcinfo, 3);
  blocker.message = PG_ARGISNULL(4) ? nullptr : pg::required_text(fcinfo, 4, "message");
  blocker.relation = deletion::open_own_table(relation, AccessShareLock);
  blocker.blocking = deletion::open_own_table(blocking, AccessShareLock);
  deletion::read_matches(match, blocker);
  if (condition != nullptr) blocker.condition = deletion::read_expression(condition, blocker.blocking, "b", "condition");

  state::find_or_make(deletion::blockers);
  pg::spi_begin();
  deletion::prepare(blocker);
  deletion::save(blocker);
  deletion::guard(blocker);
  pg::spi_end();
  table_close(blocker.blocking, NoLock);
  table_close(blocker.relation, NoLock);
  PG_RETURN_VOID();
}

PROAPP_FUNCTION(proapp_remove_blocker) {
  const char *relation = deletion::kept_text(pg::required_text(fcinfo, 0, "relation")), *blocking = deletion::kept_text(pg::required_text(fcinfo, 1, "blocking"));
  const char *condition = pg::optional_text(fcinfo, 2);
  deletion::check_owns(relation);
  uint64 gone = 0;
  if (OidIsValid(state::find(deletion::blockers))) {
    state::refuse_while_restoring();
    pg::spi_begin();
    gone = deletion::forget_either(relation, blocking, condition);
    if (gone > 0) deletion::drop_unneeded_guards(relation, blocking);
    pg::spi_end();
  }
  if (gone == 0)
    ereport(ERROR,
            (errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("%s has no such blocker by %s", relation, blocking), errhint("Those that there are: select * from proapp.blockers.")));
  PG_RETURN_VOID();
}

PROAPP_FUNCTION(proapp_blockers) {
  pg::Rows rows(fcinfo);
  const List *all = deletion::kept_blockers(deletion::Sight::snapshot);
  const ListCell *cell;
  foreach (cell, all) deletion::put(rows, *static_cast<const deletion::KeptBlocker *>(lfirst(cell)));
  return rows.done();
}
