#include "verify/isolation_attempt.hpp"

#include "pg/rehearsal.hpp"
#include "pg/spi.hpp"

extern "C" {
#include <access/xact.h>
#include <catalog/namespace.h>
#include <catalog/partition.h>
#include <catalog/pg_constraint.h>
#include <commands/trigger.h>
#include <nodes/parsenodes.h>
#include <utils/lsyscache.h>
#include <utils/syscache.h>
}

namespace proapp::verify {

static void set(const char *name, const char *value, GucAction action) { set_config_option(name, value, PGC_USERSET, PGC_S_SESSION, action, true, 0, false); }

void wait_briefly(GucAction action) { set("lock_timeout", "200", action); }

// Also where a trigger has set them otherwise; and its notices would drown the rows. Every partition is in the cursor's plan, or WHERE CURRENT OF fails for those that are not.
static void set_limits() {
  wait_briefly(GUC_ACTION_LOCAL);
  set("enable_partition_pruning", "off", GUC_ACTION_LOCAL);
  set("client_min_messages", "error", GUC_ACTION_LOCAL);
}

static void stand_on(const char *query) {
  pg::spi_begin();
  Portal portal = SPI_cursor_open_with_args("proapp isolation", query, 0, nullptr, nullptr, nullptr, false, 0);
  SPI_cursor_fetch(portal, true, 1);
  const uint64 found = SPI_processed;
  pg::spi_end();
  if (found == 0) elog(ERROR, "the row is gone");
}

static int64 count_after(const Attempt &attempt, const char *version) {
  if (attempt.counted == Attempt::After::changed) return 1 - ask_count(psprintf("%s and t.xmin = '%s'", attempt.after, version));
  if (attempt.counted == Attempt::After::written) return ask_count(psprintf("%s and t.xmin = '%u'", attempt.after, GetCurrentTransactionIdIfAny()));
  return ask_count(attempt.after);
}

static const char *lock_row(const Attempt &attempt) {
  if (attempt.locked == nullptr) return nullptr;
  const Answer answer = ask(attempt.locked);
  if (answer.count == 0) elog(ERROR, "the row is gone");
  return answer.at(0, 0);
}

static bool is_part_of(Oid relation, Oid table) { return relation == table || (get_rel_relispartition(relation) && list_member_oid(get_partition_ancestors(relation), table)); }

// What a row of the other end of a foreign key forbids is forbidden by that key, which is the referencing table's.
static bool references(Oid relation, const char *constraint, Oid table) {
  const Oid key = get_relation_constraint_oid(relation, constraint, true);
  if (!OidIsValid(key)) return false;
  const HeapTuple tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(key));
  const Oid referenced = reinterpret_cast<Form_pg_constraint>(GETSTRUCT(tuple))->confrelid;
  ReleaseSysCache(tuple);
  return OidIsValid(referenced) && (is_part_of(referenced, table) || is_part_of(table, referenced));
}

// Constraints are asked after policies; a trigger that raises such an error by itself names neither, and one that writes elsewhere names that table.
static bool is_constraint(const ErrorData &error, Oid table) {
  if (!OidIsValid(table) || ERRCODE_TO_CATEGORY(error.sqlerrcode) != ERRCODE_INTEGRITY_CONSTRAINT_VIOLATION || error.table_name == nullptr) return false;
  const Oid relation = get_relname_relid(error.table_name, get_namespace_oid(error.schema_name, true));
  if (!OidIsValid(relation)) return false;
  if (error.constraint_name != nullptr && references(relation, error.constraint_name, table)) return true;
  return is_part_of(relation, table) && (error.constraint_name != nullptr || error.column_name != nullptr);
}

// These end an attempt as the application's own doing; others may be ours.
static bool is_refusal(int code) {
  return code == ERRCODE_INSUFFICIENT_PRIVILEGE || code == ERRCODE_RAISE_EXCEPTION || code == ERRCODE_WITH_CHECK_OPTION_VIOLATION ||
         ERRCODE_TO_CATEGORY(code) == ERRCODE_DATA_EXCEPTION || ERRCODE_TO_CATEGORY(code) == ERRCODE_INTEGRITY_CONSTRAINT_VIOLATION ||
         ERRCODE_TO_CATEGORY(code) == ERRCODE_PLPGSQL_ERROR || ERRCODE_TO_CATEGORY(code) == ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION;
}

// Deferred triggers protect, too: theirs is the last word before a commit.
static void ask_deferred_triggers_at_once() {
  ConstraintsSetStmt all{};
  all.type = T_ConstraintsSetStmt;
  AfterTriggerSetState(&all);
}

Outcome perform(const Actor &actor, const Attempt &attempt, const Budget &budget) {
  const int limit = share_of(budget);
  if (limit <= 0) return {Ended::out_of_time, 0, "time budget"};
  int64 count = 0;
  bool prepared = false;
  const pg::Rehearsal rehearsal = pg::rehearse(limit, [&actor, &attempt, &count, &prepared] {
    set_limits();
    ask_deferred_triggers_at_once();
    const char *version = lock_row(attempt);
    if (attempt.row != nullptr) stand_on(attempt.row);
    const pg::Impersonation impersonation = pg::impersonate(actor.identity, pg::Effects::taken_back);
    prepared = true;
    const auto touched = static_cast<int64>(run_statement(attempt.sql, attempt.answer));
    if (attempt.after != nullptr) pg::stop(impersonation);
    count = attempt.after != nullptr ? count_after(attempt, version) : touched;
  });
  CHECK_FOR_INTERRUPTS();
  if (rehearsal.out_of_time) return {Ended::out_of_time, 0, is_used_up(budget) ? "time budget" : psprintf("took longer than %d ms", limit)};
  const ErrorData *error = rehearsal.error;
  if (error == nullptr) return {Ended::well, count, nullptr};
  if (error->sqlerrcode == ERRCODE_LOCK_NOT_AVAILABLE) return {Ended::unclear, 0, locked_by_another};
  if (!prepared) return {Ended::unclear, 0, error->message};
  if (is_constraint(*error, attempt.table)) return {Ended::constraint, 0, error->message};
  return {is_refusal(error->sqlerrcode) ? Ended::refused : Ended::unclear, 0, error->message};
}

void Sum::add(const Outcome &outcome) {
  if (outcome.ended == Ended::well) reached += outcome.count;
  if (outcome.ended == Ended::constraint) ++reached;
  if (outcome.ended == Ended::refused && refused == nullptr) refused = outcome.said;
  if ((outcome.ended == Ended::unclear || outcome.ended == Ended::out_of_time) && unclear == nullptr) unclear = outcome.said;
}

}  // namespace proapp::verify
