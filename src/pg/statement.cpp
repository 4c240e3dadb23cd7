#include "pg/statement.hpp"

#include "pg/compat.hpp"

extern "C" {
#include <access/xact.h>
#include <catalog/pg_trigger.h>
#include <commands/trigger.h>
#include <executor/execPartition.h>
#include <executor/executor.h>
#include <tcop/tcopprot.h>
#include <utils/selfuncs.h>
}

namespace proapp::pg {

// Each result relation has a copy of its own of its triggers, and the ones that do not fire are taken out of it.
static void keep_triggers(TriggerDesc *triggers, bool (*fires)(const Trigger &)) {
  int kept = 0;
  for (int i = 0; i < triggers->numtriggers; ++i)
    if (fires(triggers->triggers[i])) triggers->triggers[kept++] = triggers->triggers[i];
  Trigger *const list = triggers->triggers;
  *triggers = {};
  triggers->triggers = list;
  triggers->numtriggers = kept;
  for (int i = 0; i < kept; ++i) {
    const int16 type = list[i].tgtype;
    const auto is = [&](int level, int timing, int event) { return TRIGGER_TYPE_MATCHES(type, level, timing, event); };
    const bool table = TRIGGER_USES_TRANSITION_TABLE(list[i].tgnewtable), old_table = TRIGGER_USES_TRANSITION_TABLE(list[i].tgoldtable);
    triggers->trig_insert_before_row |= is(TRIGGER_TYPE_ROW, TRIGGER_TYPE_BEFORE, TRIGGER_TYPE_INSERT);
    triggers->trig_insert_after_row |= is(TRIGGER_TYPE_ROW, TRIGGER_TYPE_AFTER, TRIGGER_TYPE_INSERT);
    triggers->trig_insert_before_statement |= is(TRIGGER_TYPE_STATEMENT, TRIGGER_TYPE_BEFORE, TRIGGER_TYPE_INSERT);
    triggers->trig_insert_after_statement |= is(TRIGGER_TYPE_STATEMENT, TRIGGER_TYPE_AFTER, TRIGGER_TYPE_INSERT);
    triggers->trig_update_before_row |= is(TRIGGER_TYPE_ROW, TRIGGER_TYPE_BEFORE, TRIGGER_TYPE_UPDATE);
    triggers->trig_update_after_row |= is(TRIGGER_TYPE_ROW, TRIGGER_TYPE_AFTER, TRIGGER_TYPE_UPDATE);
    triggers->trig_update_before_statement |= is(TRIGGER_TYPE_STATEMENT, TRIGGER_TYPE_BEFORE, TRIGGER_TYPE_UPDATE);
    triggers->trig_update_after_statement |= is(TRIGGER_TYPE_STATEMENT, TRIGGER_TYPE_AFTER, TRIGGER_TYPE_UPDATE);
    triggers->trig_delete_before_row |= is(TRIGGER_TYPE_ROW, TRIGGER_TYPE_BEFORE, TRIGGER_TYPE_DELETE);
    triggers->trig_delete_after_row |= is(TRIGGER_TYPE_ROW, TRIGGER_TYPE_AFTER, TRIGGER_TYPE_DELETE);
    triggers->trig_delete_before_statement |= is(TRIGGER_TYPE_STATEMENT, TRIGGER_TYPE_BEFORE, TRIGGER_TYPE_DELETE);
    triggers->trig_delete_after_statement |= is(TRIGGER_TYPE_STATEMENT, TRIGGER_TYPE_AFTER, TRIGGER_TYPE_DELETE);
    triggers->trig_insert_new_table |= TRIGGER_FOR_INSERT(type) && table;
    triggers->trig_update_old_table |= TRIGGER_FOR_UPDATE(type) && old_table;
    triggers->trig_update_new_table |= TRIGGER_FOR_UPDATE(type) && table;
    triggers->trig_delete_old_table |= TRIGGER_FOR_DELETE(type) && old_table;
  }
}

static void keep_triggers(List *relations, int from, bool (*fires)(const Trigger &)) {
  for (int i = from; i < list_length(relations); ++i) {
    auto *relation = static_cast<ResultRelInfo *>(list_nth(relations, i));
    if (relation->ri_TrigDesc != nullptr) keep_triggers(relation->ri_TrigDesc, fires);
  }
}

// A partition is opened when the first row comes for it, and brings all its triggers. So each row's partition is looked for before the statement does,
// as it takes the row from the plan below it.
struct Routing {
  PlanState *source;
  ExecProcNodeMtd next;
  ModifyTableState *insert;
  bool (*fires)(const Trigger &);
  Routing *outer;  // of the statement within which this one runs
};
static Routing *routings = nullptr;

static TupleTableSlot *route(PlanState *source) {
  const Routing *routing = routings;
  while (routing->source != source) routing = routing->outer;
  TupleTableSlot *row = routing->next(source);
  if (TupIsNull(row)) return row;
  EState *state = source->state;
  const int known = list_length(state->es_tuple_routing_result_relations);
  ExecFindPartition(routing->insert, routing->insert->rootResultRelInfo, routing->insert->mt_partition_tuple_routing, row, state);
  keep_triggers(state->es_tuple_routing_result_relations, known, routing->fires);
  return row;
}

static void run_routed(QueryDesc *running, bool (*fires)(const Trigger &)) {
  auto *insert = reinterpret_cast<ModifyTableState *>(running->planstate);
  if (fires == nullptr || !IsA(insert, ModifyTableState) || insert->mt_partition_tuple_routing == nullptr) {
    run_to_the_end(running);
    return;
  }
  PlanState *source = outerPlanState(insert);
  Routing routing = {source, source->ExecProcNodeReal, insert, fires, routings};
  source->ExecProcNodeReal = route;  // what the first call of the node finds, once it has looked at the stack
  PG_TRY();
  {
    routings = &routing;
    run_to_the_end(running);
  }
  PG_FINALLY();
  { routings = routing.outer; }
  PG_END_TRY();
}

static void push_snapshot(Sees sees) {
  if (sees == Sees::caller) {
    PushActiveSnapshot(GetActiveSnapshot());
    return;
  }
  CommandCounterIncrement();
  PushActiveSnapshot(sees == Sees::latest ? GetLatestSnapshot() : GetTransactionSnapshot());
}

// The planner knows nothing of a named set, and is told that no value comes twice: rows of our sets differ in each of their columns, or nearly.
static bool describe_set(PlannerInfo *, RangeTblEntry *entry, AttrNumber, VariableStatData *about) {
  if (entry->rtekind != RTE_NAMEDTUPLESTORE) return false;
  about->isunique = true;
  return true;
}

// Sorting millions of keys to walk an index beside them is what the planner would like to do, and what costs most.
static PlannedStmt *plan_statement(Query *query, const char *sql) {
  PlannedStmt *volatile plan = nullptr;
  const get_relation_stats_hook_type before = get_relation_stats_hook;
  const int pin = NewGUCNestLevel();
  set_config_option("enable_mergejoin", "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
  set_config_option("jit", "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
  PG_TRY();
  {
    get_relation_stats_hook = describe_set;
    plan = pg_plan_query(query, sql, 0, nullptr);
  }
  PG_FINALLY();
  { get_relation_stats_hook = before; }
  PG_END_TRY();
  AtEOXact_GUC(true, pin);
  return plan;
}

uint64 run(const Statement &statement) {
  const MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext, "proapp statement", ALLOCSET_DEFAULT_SIZES);
  const MemoryContext before = MemoryContextSwitchTo(scratch);
  push_snapshot(statement.sees);
  List *parsed = pg_parse_query(statement.sql);
  List *rewritten = pg_analyze_and_rewrite_fixedparams(linitial_node(RawStmt, parsed), statement.sql, nullptr, 0, statement.sets);
  if (list_length(rewritten) != 1)
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED), errmsg("a rule makes another statement of ours"), errdetail("The statement is %s.", statement.sql)));
  auto *query = linitial_node(Query, rewritten);
  if (statement.reshape != nullptr) statement.reshape(query);
  PlannedStmt *plan = plan_statement(query, statement.sql);
  QueryDesc *running =
      CreateQueryDesc(plan, statement.sql, GetActiveSnapshot(), InvalidSnapshot, statement.into != nullptr ? statement.into : None_Receiver, nullptr, statement.sets, 0);
  ExecutorStart(running, 0);
  if (statement.fires != nullptr) keep_triggers(running->estate->es_opened_result_relations, 0, statement.fires);
  run_routed(running, statement.fires);
  const uint64 rows = running->estate->es_processed;
  ExecutorFinish(running);
  ExecutorEnd(running);
  FreeQueryDesc(running);
  PopActiveSnapshot();
  MemoryContextSwitchTo(before);
  MemoryContextDelete(scratch);
  return rows;
}

}  // namespace proapp::pg
