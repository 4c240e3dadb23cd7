#include "identity/policy_value.hpp"

#include "identity/policy_recursion.hpp"
#include "pg/attempt.hpp"
#include "pg/compat.hpp"
#include "pg/session.hpp"

extern "C" {
#include <catalog/pg_authid.h>
#include <executor/executor.h>
#include <nodes/makefuncs.h>
#include <optimizer/optimizer.h>
#include <parser/analyze.h>
#include <parser/parser.h>
#include <rewrite/rewriteHandler.h>
#include <rewrite/rewriteManip.h>
#include <tcop/tcopprot.h>
}

namespace proapp::identity {

namespace {

struct Receiver {
  DestReceiver callbacks;  // first: the executor knows nothing else
  PolicyValue *value;
};

bool receive(TupleTableSlot *row, DestReceiver *self) {
  bool null;
  const Datum value = slot_getattr(row, 1, &null);
  auto &into = *reinterpret_cast<Receiver *>(self)->value;
  into.known = true;
  into.null = null;
  into.passes = !null && DatumGetBool(value);
  return true;
}

void start(DestReceiver *, int, TupleDesc) {}
void shut_down(DestReceiver *) {}

}  // namespace

Query *query_of_row(Relation relation, const RowPlace &row) {
  const int pin = pg::pin_search_path();
  const char *sql = psprintf("select from %s where ctid = '(%u,%u)' and tableoid = '%u'", relation_text(relation), ItemPointerGetBlockNumber(&row.place),
                             ItemPointerGetOffsetNumber(&row.place), row.table);
  Query *query = parse_analyze_fixedparams(linitial_node(RawStmt, raw_parser(sql, RAW_PARSE_DEFAULT)), sql, nullptr, 0, nullptr);
  pg::unpin_search_path(pin);
  // The caller has read the row already; what is asked now is past privileges and policies of its table, and of no other.
  pg::read_first_relation_as(query, BOOTSTRAP_SUPERUSERID);
  return query;
}

// As in a WHERE clause, where null is as good as false: so the planner may drop what would raise.
static void plan_as_condition(Query *rewritten) {
  auto *target = linitial_node(TargetEntry, rewritten->targetList);
  refuse_recursion(linitial_node(RangeTblEntry, rewritten->rtable)->relid, reinterpret_cast<Node *>(target->expr));
  target->expr = canonicalize_qual(reinterpret_cast<Expr *>(eval_const_expressions(nullptr, reinterpret_cast<Node *>(target->expr))), false);
}

static void run(const Query *query_of_row, const Expr *expression, PolicyValue &into) {
  auto *query = static_cast<Query *>(copyObjectImpl(query_of_row));
  query->targetList = list_make1(makeTargetEntry(static_cast<Expr *>(copyObjectImpl(expression)), 1, pstrdup("value"), false));
  query->hasSubLinks = checkExprHasSubLink(reinterpret_cast<Node *>(query->targetList));
  AcquireRewriteLocks(query, true, false);
  constexpr char source[] = "proapp.explain_access";
  auto *rewritten = linitial_node(Query, QueryRewrite(query));
  plan_as_condition(rewritten);
  PlannedStmt *plan = pg_plan_query(rewritten, source, 0, nullptr);

  Receiver receiver = {{receive, start, shut_down, shut_down, DestNone}, &into};
  QueryDesc *execution = CreateQueryDesc(plan, source, GetActiveSnapshot(), InvalidSnapshot, &receiver.callbacks, nullptr, nullptr, 0);
  ExecutorStart(execution, 0);
  pg::run_to_the_end(execution);
  ExecutorFinish(execution);
  ExecutorEnd(execution);
  FreeQueryDesc(execution);
}

PolicyValue evaluate(const Query *query, const Expr *expression) {
  PolicyValue value{};
  if (query == nullptr || expression == nullptr) return value;
  PolicyValue *into = &value;
  const ErrorData *error = pg::attempt([query, expression, into] { run(query, expression, *into); });
  if (error != nullptr) value = {true, false, false, error->message};
  if (!value.known) elog(ERROR, "the row is no longer where it was read");
  return value;
}

}  // namespace proapp::identity
