#include "pg/boundary.hpp"

#include "deletion/expression.hpp"
#include "pg/compat.hpp"
#include "pg/session.hpp"

extern "C" {
#include <catalog/pg_class.h>
#include <nodes/makefuncs.h>
#include <optimizer/clauses.h>
#include <optimizer/optimizer.h>
#include <parser/parse_clause.h>
#include <parser/parse_collate.h>
#include <parser/parse_node.h>
#include <parser/parse_relation.h>
#include <parser/parser.h>
#include <utils/ruleutils.h>
}

namespace proapp::deletion {

namespace {

struct Reading {
  const char *text, *what, *hint;
};

struct Columns {
  int level;
  Bitmapset *found;
};

}  // namespace

// Positions are those in the expression, not in the statement that holds it as a string.
static void explain(void *argument) {
  const auto *reading = static_cast<const Reading *>(argument);
  if (const int position = geterrposition(); position > 0) {
    errposition(0);
    internalerrposition(position);
    internalerrquery(reading->text);
  }
  errcontext("%s", reading->what);
  // What was kept and means nothing any more is no mistake of whoever asks now.
  if (reading->hint == nullptr || ERRCODE_TO_CATEGORY(geterrcode()) != ERRCODE_SYNTAX_ERROR_OR_ACCESS_RULE_VIOLATION) return;
  errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE);
  errhint("%s", reading->hint);
}

static bool is_one_value(const SelectStmt *select) {
  return select->op == SETOP_NONE && list_length(select->targetList) == 1 && linitial_node(ResTarget, select->targetList)->name == nullptr && select->distinctClause == NIL &&
         select->intoClause == nullptr && select->fromClause == NIL && select->whereClause == nullptr && select->groupClause == NIL && select->havingClause == nullptr &&
         select->windowClause == NIL && select->valuesLists == NIL && select->sortClause == NIL && select->limitOffset == nullptr && select->limitCount == nullptr &&
         select->lockingClause == NIL && select->withClause == nullptr;
}

// PL/pgSQL's way to parse takes what may stand after SELECT; whatever is more than its one value is refused.
static Node *parse(const Reading &reading) {
  const List *statements = raw_parser(reading.text, RAW_PARSE_PLPGSQL_EXPR);
  Node *statement = list_length(statements) == 1 ? linitial_node(RawStmt, statements)->stmt : nullptr;
  if (statement == nullptr || !IsA(statement, SelectStmt) || !is_one_value(castNode(SelectStmt, statement)))
    ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR), errmsg("%s must be one boolean expression", reading.what), errdetail("It is: %s", reading.text)));
  return linitial_node(ResTarget, castNode(SelectStmt, statement)->targetList)->val;
}

static bool collect(Node *node, void *argument) {
  auto *columns = static_cast<Columns *>(argument);
  if (node == nullptr) return false;
  if (IsA(node, Var)) {
    const auto *var = castNode(Var, node);
    if (static_cast<int>(var->varlevelsup) == columns->level) columns->found = bms_add_member(columns->found, var->varattno - FirstLowInvalidHeapAttributeNumber);
    return false;
  }
  if (IsA(node, Query)) {
    auto *query = castNode(Query, node);
    const ListCell *cell;
    foreach (cell, query->rtable) {
      const auto *entry = lfirst_node(RangeTblEntry, cell);
      if (entry->rtekind == RTE_RELATION && get_rel_persistence(entry->relid) == RELPERSISTENCE_TEMP)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("a condition cannot read the temporary table \"%s\"", get_rel_name(entry->relid))));
    }
    if (query->rowMarks != NIL) ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("a condition cannot lock rows")));
    ++columns->level;
    const bool result = pg::walk_query(query, collect, argument, 0);
    --columns->level;
    return result;
  }
  return pg::walk_expression(node, collect, argument);
}

static Node *transform(const Reading &reading, Node *raw, Relation table, const char *alias) {
  ParseState *state = make_parsestate(nullptr);
  state->p_sourcetext = reading.text;
  ParseNamespaceItem *item = addRangeTableEntryForRelation(state, table, AccessShareLock, nullptr, false, true);
  addNSItemToQuery(state, item, true, true, true);
  if (strcmp(RelationGetRelationName(table), alias) != 0) {  // the same columns by the alias, under which the text is kept
    auto *other = static_cast<ParseNamespaceItem *>(palloc(sizeof(ParseNamespaceItem)));
    *other = *item;
    other->p_names = makeAlias(alias, item->p_names->colnames);
    other->p_cols_visible = false;
    state->p_namespace = lappend(state->p_namespace, other);
  }
  Node *expression = transformWhereClause(state, raw, EXPR_KIND_WHERE, reading.what);
  assign_expr_collations(state, expression);
  if (contain_volatile_functions(expression))
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s must not call volatile functions", reading.what), errdetail("It is: %s", reading.text),
                    errhint("Functions in it must be STABLE or IMMUTABLE: it is asked more than once, and must answer the same.")));
  free_parsestate(state);
  return expression;
}

static Node *read(Reading &reading, Relation table, const char *alias, Columns &columns) {
  ErrorContextCallback callback{error_context_stack, explain, &reading};
  error_context_stack = &callback;
  Node *expression = transform(reading, parse(reading), table, alias);
  collect(expression, &columns);
  error_context_stack = callback.previous;
  return expression;
}

Expression read_expression(const char *text, Relation table, const char *alias, const char *what) {
  Reading reading{text, what, nullptr};
  Columns columns{0, nullptr};
  Node *expression = read(reading, table, alias, columns);
  const int pin = pg::pin_search_path();
  const char *kept = deparse_expression(expression, deparse_context_for(alias, RelationGetRelid(table)), true, false);
  pg::unpin_search_path(pin);
  return {kept, columns.found};
}

const Bitmapset *read_kept_expression(const char *text, Relation table, const char *alias, const char *what, const char *remove) {
  Reading reading{text, what, psprintf("Register it anew, and forget the old one: select %s.", remove)};
  Columns columns{0, nullptr};
  const pg::User before = pg::switch_user(table->rd_rel->relowner);
  const int pin = pg::pin_search_path();
  read(reading, table, alias, columns);
  pg::unpin_search_path(pin);
  pg::restore_user(before);
  return columns.found;
}

}  // namespace proapp::deletion
