#include "pg/boundary.hpp"

#include "identity/policies.hpp"
#include "pg/compat.hpp"
#include "pg/scan.hpp"
#include "pg/session.hpp"
#include "pg/spi.hpp"

extern "C" {
#include <catalog/namespace.h>
#include <catalog/pg_policy.h>
#include <catalog/pg_proc.h>
#include <nodes/nodeFuncs.h>
#include <nodes/primnodes.h>
#include <parser/parsetree.h>
#include <utils/fmgroids.h>
#include <utils/syscache.h>
}

namespace proapp::identity {

namespace {

struct Column {
  Oid relation;
  AttrNumber number;
};

// Where a Var's table is found: the range tables around it, innermost first.
struct Level {
  const Level *outer;
  const List *rtable;  // null outside of any query: there is but the policy's own table
  Oid relation;
};

struct Search {
  const List *ids;         // Column *: columns that hold the mapped id
  const List *auth_calls;  // OIDs of the functions that return the auth id or all claims
  const Level *level;
  Column found;
};

}  // namespace

// Columns that hold the mapped id: the id itself, those that reference it, and on tables with policies those that reference nothing and
// have name and type of one that does (an audit table often has no foreign keys). None where the id is the auth id itself.
static const char columns_sql[] =
    "with direct as ("
    "  select c.conrelid as relation, k.attnum from pg_catalog.pg_constraint c, rows from (pg_catalog.unnest(c.conkey), pg_catalog.unnest(c.confkey)) as k(attnum, referenced)"
    "  where c.contype = 'f' and c.confrelid = $1 and k.referenced = $2"
    "), alike as ("
    "  select distinct a.attname, a.atttypid from direct d join pg_catalog.pg_attribute a on a.attrelid = d.relation and a.attnum = d.attnum"
    ")"
    " select relation, attnum from direct"
    " union select $1::pg_catalog.oid, $2::pg_catalog.int2"
    " union select a.attrelid, a.attnum from pg_catalog.pg_attribute a join alike using (attname, atttypid)"
    "  where a.attnum > 0 and not a.attisdropped and exists (select from pg_catalog.pg_policy p where p.polrelid = a.attrelid)"
    "    and not exists (select from pg_catalog.pg_constraint f where f.contype = 'f' and f.conrelid = a.attrelid and a.attnum = any (f.conkey))";

static const char id_is_auth_id_sql[] =
    "select from pg_catalog.pg_constraint c join pg_catalog.pg_class r on r.oid = c.confrelid join pg_catalog.pg_namespace n on n.oid = r.relnamespace"
    " where c.contype = 'f' and c.conrelid = $1 and c.conkey = array[$2]::pg_catalog.int2[] and n.nspname = 'auth' and r.relname = 'users'";

static List *id_columns(Oid users, AttrNumber id) {
  List *columns = NIL;
  const MemoryContext caller = CurrentMemoryContext;
  const int pin = pg::pin_search_path();
  pg::spi_begin();
  const pg::Argument table(OIDOID, ObjectIdGetDatum(users)), column(INT2OID, Int16GetDatum(id));
  const uint64 count = pg::spi_run(id_is_auth_id_sql, {table, column}) > 0 ? 0 : pg::spi_run(columns_sql, {table, column});
  const MemoryContext before = MemoryContextSwitchTo(caller);
  for (uint64 row = 0; row < count; ++row) {
    auto *found = static_cast<Column *>(palloc(sizeof(Column)));
    *found = {DatumGetObjectId(pg::spi_datum(row, 1).value_or(0)), DatumGetInt16(pg::spi_datum(row, 2).value_or(0))};
    columns = lappend(columns, found);
  }
  MemoryContextSwitchTo(before);
  pg::spi_end();
  pg::unpin_search_path(pin);
  return columns;
}

static List *add_function(List *functions, const char *schema, const char *name) {
  const Oid in = get_namespace_oid(schema, true);
  if (!OidIsValid(in)) return functions;
  oidvector *no_arguments = buildoidvector(nullptr, 0);
  const Oid function = GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid, CStringGetDatum(name), PointerGetDatum(no_arguments), ObjectIdGetDatum(in));
  return OidIsValid(function) ? lappend_oid(functions, function) : functions;
}

static bool is_setting_of_claims(const FuncExpr *call) {
  if (call->funcid != F_CURRENT_SETTING_TEXT && call->funcid != F_CURRENT_SETTING_TEXT_BOOL) return false;
  Node *name = static_cast<Node *>(linitial(call->args));
  if (!IsA(name, Const) || reinterpret_cast<Const *>(name)->constisnull) return false;
  const char *setting = TextDatumGetCString(reinterpret_cast<Const *>(name)->constvalue);
  return pg_strcasecmp(setting, "request.jwt.claim.sub") == 0 || pg_strcasecmp(setting, "request.jwt.claims") == 0;
}

// A sublink that reads from tables compares inside, where the walk comes anyway; `(select auth.uid())` is but the call.
static bool reads_tables(const SubLink *link) { return reinterpret_cast<Query *>(link->subselect)->rtable != NIL; }

static bool mentions_auth_id(Node *node, void *context) {
  auto *search = static_cast<Search *>(context);
  if (node == nullptr) return false;
  if (IsA(node, FuncExpr)) {
    const auto *call = reinterpret_cast<FuncExpr *>(node);
    if (list_member_oid(search->auth_calls, call->funcid) || is_setting_of_claims(call)) return true;
  }
  if (IsA(node, SubLink) && reads_tables(reinterpret_cast<SubLink *>(node))) return false;
  if (IsA(node, Query)) return pg::walk_query(reinterpret_cast<Query *>(node), mentions_auth_id, context, 0);
  return pg::walk_expression(node, mentions_auth_id, context);
}

static bool mentions_id(Node *node, void *context);

static bool is_id(Oid relation, AttrNumber number, Search *search) {
  const ListCell *cell;
  foreach (cell, search->ids) {
    const auto *id = static_cast<const Column *>(lfirst(cell));
    if (id->relation == relation && id->number == number) {
      search->found = *id;
      return true;
    }
  }
  return false;
}

// Follows a Var through joins and subqueries down to a table's column.
static bool var_is_id(const Var *var, Search *search) {
  const Level *level = search->level;
  for (Index up = var->varlevelsup; up > 0 && level != nullptr; --up) level = level->outer;
  if (level == nullptr || var->varattno <= 0) return false;
  if (level->rtable == nullptr) return is_id(level->relation, var->varattno, search);
  if (var->varno <= 0 || static_cast<int>(var->varno) > list_length(level->rtable)) return false;
  const auto *entry = static_cast<const RangeTblEntry *>(list_nth(level->rtable, var->varno - 1));

  const Level *before = search->level;
  bool result = false;
  if (entry->rtekind == RTE_RELATION) {
    result = is_id(entry->relid, var->varattno, search);
  } else if (entry->rtekind == RTE_JOIN && var->varattno <= list_length(entry->joinaliasvars)) {
    search->level = level;
    result = mentions_id(static_cast<Node *>(list_nth(entry->joinaliasvars, var->varattno - 1)), search);
  } else if (entry->rtekind == RTE_SUBQUERY && var->varattno <= list_length(entry->subquery->targetList)) {
    const Level inside = {level, entry->subquery->rtable, InvalidOid};
    search->level = &inside;
    result = mentions_id(reinterpret_cast<Node *>(static_cast<TargetEntry *>(list_nth(entry->subquery->targetList, var->varattno - 1))->expr), search);
  }
  search->level = before;
  return result;
}

static bool mentions_id(Node *node, void *context) {
  if (node == nullptr || IsA(node, SubLink)) return false;
  if (IsA(node, Var)) return var_is_id(reinterpret_cast<Var *>(node), static_cast<Search *>(context));
  return pg::walk_expression(node, mentions_id, context);
}

static bool compares(Node *left, Node *right, Search *search) {
  return (mentions_auth_id(left, search) && mentions_id(right, search)) || (mentions_auth_id(right, search) && mentions_id(left, search));
}

static bool compares_id_with_auth_id(Node *node, void *context) {
  auto *search = static_cast<Search *>(context);
  if (node == nullptr) return false;
  if (IsA(node, Query)) {
    auto *query = reinterpret_cast<Query *>(node);
    const Level *before = search->level;
    const Level inside = {before, query->rtable, InvalidOid};
    search->level = &inside;
    const bool found = pg::walk_query(query, compares_id_with_auth_id, context, 0);
    search->level = before;
    return found;
  }
  const List *operands = NIL;
  if (IsA(node, OpExpr) || IsA(node, DistinctExpr) || IsA(node, NullIfExpr)) operands = reinterpret_cast<OpExpr *>(node)->args;
  if (IsA(node, ScalarArrayOpExpr)) operands = reinterpret_cast<ScalarArrayOpExpr *>(node)->args;
  if (list_length(operands) == 2 && compares(static_cast<Node *>(linitial(operands)), static_cast<Node *>(lsecond(operands)), search)) return true;
  if (IsA(node, SubLink)) {  // id in (select auth.uid())
    const auto *link = reinterpret_cast<SubLink *>(node);
    if (link->testexpr != nullptr && !reads_tables(link) && mentions_id(link->testexpr, search) && mentions_auth_id(link->subselect, search)) return true;
  }
  return pg::walk_expression(node, compares_id_with_auth_id, context);
}

static bool is_wrong(const pg::CatalogScan &policies, int attribute, Search &search) {
  const auto expression = policies.column(attribute);
  return expression && compares_id_with_auth_id(static_cast<Node *>(stringToNode(TextDatumGetCString(*expression))), &search);
}

static const char *column_name(const Column &column) {
  return psprintf("%s.%s", quote_qualified_identifier(get_namespace_name(get_rel_namespace(column.relation)), get_rel_name(column.relation)),
                  quote_identifier(get_attname(column.relation, column.number, false)));
}

List *policies_with_auth_id(Oid users, AttrNumber id) {
  Search search{};
  search.ids = id_columns(users, id);
  if (search.ids == NIL) return NIL;
  List *auth_calls = add_function(NIL, "auth", "uid");
  auth_calls = add_function(auth_calls, "auth", "jwt");
  search.auth_calls = add_function(auth_calls, "proapp", "auth_id");

  List *wrong = NIL;
  for (pg::CatalogScan scan(PolicyRelationId, PolicyPolrelidPolnameIndexId, nullptr, nullptr, 0); scan.next();) {
    const auto *policy = scan.row<Form_pg_policy>();
    const Level own = {nullptr, nullptr, policy->polrelid};
    search.level = &own;
    if (!is_wrong(scan, Anum_pg_policy_polqual, search) && !is_wrong(scan, Anum_pg_policy_polwithcheck, search)) continue;
    auto *found = static_cast<WrongPolicy *>(palloc(sizeof(WrongPolicy)));
    *found = {policy->polrelid, pstrdup(NameStr(policy->polname)), column_name(search.found)};
    wrong = lappend(wrong, found);
  }
  return wrong;
}

}  // namespace proapp::identity
