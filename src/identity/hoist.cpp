// The planner's part: who is signed in is one question a statement, not one a row, as if everybody had written (select proapp.current_user_id('app')).
//
// A call whose arguments are known becomes a sub-select without a table, which the planner turns into an initplan: indexes and parallel plans
// stay possible. Where that is safe:
//   - while expressions are preprocessed, because later nobody turns sub-selects into plans;
//   - where the query reads from something: the expression of a query that does not may be taken out of its plan (PL/pgSQL evaluates "simple
//     expressions" without any initplan), and the sub-select itself must not be hoisted again;
//   - where nobody can sign in between two rows: not in a cursor, and not beside functions that may change settings, which are parallel unsafe.
#include "pg/boundary.hpp"

#include "pg/compat.hpp"

extern "C" {
#include <access/parallel.h>
#include <catalog/pg_proc.h>
#include <catalog/pg_type.h>
#include <nodes/makefuncs.h>
#include <nodes/nodeFuncs.h>
#include <optimizer/cost.h>
#include <nodes/pathnodes.h>
#include <nodes/supportnodes.h>
#include <parser/parse_func.h>
#include <parser/parsetree.h>
#include <tcop/pquery.h>
#include <utils/portal.h>
#include <utils/typcache.h>
}

namespace proapp::identity {

static bool reads_from_something(const PlannerInfo *root) {
  const ListCell *cell;
  foreach (cell, root->parse->jointree->fromlist) {
    const auto *item = static_cast<const Node *>(lfirst(cell));
    if (!IsA(item, RangeTblRef) || rt_fetch(reinterpret_cast<const RangeTblRef *>(item)->rtindex, root->parse->rtable)->rtekind != RTE_RESULT) return true;
  }
  return false;
}

static bool is_unsafe(Oid function, void *) { return func_parallel(function) == PROPARALLEL_UNSAFE; }

static bool calls_unsafe_function(Node *node, void *context) {
  if (node == nullptr) return false;
  if (check_functions_in_node(node, is_unsafe, context)) return true;
  if (IsA(node, Query)) return pg::walk_query(reinterpret_cast<Query *>(node), calls_unsafe_function, context, 0);
  return pg::walk_expression(node, calls_unsafe_function, context);
}

static bool is_declaring_cursor() {
  if (ActivePortal == nullptr || list_length(ActivePortal->stmts) != 1) return false;
  const Node *statement = linitial_node(PlannedStmt, ActivePortal->stmts)->utilityStmt;
  return statement != nullptr && IsA(statement, DeclareCursorStmt);
}

// The planner was not told that this may run in parallel, although it could: so it is planned as a cursor, as loops of PL/pgSQL are, too.
static bool is_planned_as_cursor(const Query *query) {
  const bool could_run_in_parallel =
      query->commandType == CMD_SELECT && !query->hasModifyingCTE && query->rowMarks == NIL && max_parallel_workers_per_gather > 0 && !IsParallelWorker();
  return could_run_in_parallel || is_declaring_cursor();
}

static bool user_stays(const PlannerInfo *root) {
  if (root->glob->maxParallelHazard != PROPARALLEL_UNSAFE) return true;
  while (root->parent_root != nullptr) root = root->parent_root;
  return !is_planned_as_cursor(root->parse) && !calls_unsafe_function(reinterpret_cast<Node *>(root->parse), nullptr);
}

static bool may_hoist(const PlannerInfo *root) { return root != nullptr && root->simple_rel_array == nullptr && reads_from_something(root) && user_stays(root); }

static bool is_known(const Node *argument) { return IsA(argument, Const) || (IsA(argument, Param) && reinterpret_cast<const Param *>(argument)->paramkind == PARAM_EXTERN); }

static bool are_known(const List *arguments) {
  const ListCell *cell;
  foreach (cell, arguments)
    if (!is_known(static_cast<const Node *>(lfirst(cell)))) return false;
  return true;
}

static Node *sub_select(PlannerInfo *root, Expr *expression) {
  auto *query = makeNode(Query);
  query->commandType = CMD_SELECT;
  query->canSetTag = true;
  query->jointree = makeFromExpr(NIL, nullptr);
  query->targetList = list_make1(makeTargetEntry(expression, 1, pstrdup("hoisted"), false));
  auto *link = makeNode(SubLink);
  link->subLinkType = EXPR_SUBLINK;
  link->subselect = reinterpret_cast<Node *>(query);
  link->location = -1;
  root->parse->hasSubLinks = true;
  return reinterpret_cast<Node *>(link);
}

static FuncExpr *copy_call(const FuncExpr *call) { return static_cast<FuncExpr *>(copyObjectImpl(call)); }

}  // namespace proapp::identity

using namespace proapp;

PROAPP_FUNCTION(proapp_hoist) {
  auto *request = reinterpret_cast<SupportRequestSimplify *>(PG_GETARG_POINTER(0));
  if (!IsA(request, SupportRequestSimplify) || !identity::may_hoist(request->root) || !identity::are_known(request->fcall->args)) PG_RETURN_POINTER(nullptr);
  PG_RETURN_POINTER(identity::sub_select(request->root, reinterpret_cast<Expr *>(identity::copy_call(request->fcall))));
}

// is_member(membership, organization, roles) is organization = any (current_organizations(membership, roles)), which has an index to go by.
PROAPP_FUNCTION(proapp_hoist_is_member) {
  auto *request = reinterpret_cast<SupportRequestSimplify *>(PG_GETARG_POINTER(0));
  if (!IsA(request, SupportRequestSimplify) || !identity::may_hoist(request->root)) PG_RETURN_POINTER(nullptr);
  const List *arguments = request->fcall->args;
  if (!identity::is_known(static_cast<const Node *>(linitial(arguments))) || !identity::is_known(static_cast<const Node *>(lthird(arguments)))) PG_RETURN_POINTER(nullptr);

  const Oid types[] = {TEXTOID, TEXTARRAYOID};
  const Oid organizations =
      LookupFuncName(list_make2(makeString(get_namespace_name(get_func_namespace(request->fcall->funcid))), makeString(pstrdup("current_organizations"))), 2, types, true);
  if (!OidIsValid(organizations)) PG_RETURN_POINTER(nullptr);
  FuncExpr *call = identity::copy_call(request->fcall);
  call->funcid = organizations;
  call->funcresulttype = UUIDARRAYOID;
  call->args = list_make2(copyObjectImpl(linitial(arguments)), copyObjectImpl(lthird(arguments)));

  auto *any = makeNode(ScalarArrayOpExpr);
  any->opno = lookup_type_cache(UUIDOID, TYPECACHE_EQ_OPR)->eq_opr;
  any->opfuncid = get_opcode(any->opno);
  any->useOr = true;
  any->args = list_make2(copyObjectImpl(lsecond(arguments)), identity::sub_select(request->root, reinterpret_cast<Expr *>(call)));
  any->location = -1;
  PG_RETURN_POINTER(any);
}
