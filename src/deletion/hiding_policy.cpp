// The policies that hide: made, recognised, and taken out of the deletion's own statements.
#include "deletion/hiding.hpp"

#include "pg/boundary.hpp"

#include "deletion/table_name.hpp"
#include "pg/scan.hpp"
#include "pg/spi.hpp"

extern "C" {
#include <catalog/pg_policy.h>
#include <catalog/pg_type.h>
#include <nodes/primnodes.h>
#include <parser/parse_func.h>
#include <utils/fmgroids.h>
}

namespace proapp::deletion {

static constexpr char policy_name[] = "proapp_hides_deleted";

static Oid hiding_function() {
  const Oid types[] = {REGCLASSOID, ANYOID};
  return LookupFuncName(list_make2(makeString(pstrdup("proapp")), makeString(pstrdup("is_being_deleted"))), 2, types, false);
}

// Columns of the primary key in their order; null where there is none.
static Form_pg_index primary_key(Relation table) {
  RelationGetIndexList(table);
  if (!OidIsValid(table->rd_pkindex)) return nullptr;
  const Relation index = index_open(table->rd_pkindex, AccessShareLock);
  auto *copy = static_cast<Form_pg_index>(palloc(sizeof(FormData_pg_index) + sizeof(int16) * INDEX_MAX_KEYS));
  memcpy(copy, index->rd_index, offsetof(FormData_pg_index, indkey) + offsetof(int2vector, values) + sizeof(int16) * static_cast<size_t>(index->rd_index->indnatts));
  index_close(index, AccessShareLock);
  return copy;
}

// The call in "not proapp.is_being_deleted(…)"; null where the expression is another.
static const FuncExpr *hiding_call(const Node *expression, Oid function) {
  if (expression == nullptr || !IsA(expression, BoolExpr)) return nullptr;
  const auto *negation = reinterpret_cast<const BoolExpr *>(expression);
  if (negation->boolop != NOT_EXPR || !IsA(linitial(negation->args), FuncExpr)) return nullptr;
  const auto *call = linitial_node(FuncExpr, negation->args);
  return call->funcid == function ? call : nullptr;
}

// Is it the expression that protect() writes for this table and its key of today?
static bool hides_by(const Node *expression, Relation table, const Form_pg_index key) {
  const FuncExpr *call = hiding_call(expression, hiding_function());
  if (call == nullptr || call->funcvariadic || list_length(call->args) != key->indnkeyatts + 1 || !IsA(linitial(call->args), Const)) return false;
  const auto *relation = linitial_node(Const, call->args);
  if (relation->constisnull || DatumGetObjectId(relation->constvalue) != RelationGetRelid(table)) return false;
  for (int i = 0; i < key->indnkeyatts; ++i) {
    const auto *column = static_cast<const Node *>(list_nth(call->args, i + 1));
    if (!IsA(column, Var) || reinterpret_cast<const Var *>(column)->varattno != key->indkey.values[i]) return false;
  }
  return true;
}

enum class Policy { none, other, hides };

static Policy policy_of(Relation table, const Form_pg_index key) {
  ScanKeyData keys[2];
  ScanKeyInit(&keys[0], Anum_pg_policy_polrelid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(RelationGetRelid(table)));
  ScanKeyInit(&keys[1], Anum_pg_policy_polname, BTEqualStrategyNumber, F_NAMEEQ, CStringGetDatum(policy_name));
  Policy found = Policy::none;
  for (pg::CatalogScan scan(PolicyRelationId, PolicyPolrelidPolnameIndexId, nullptr, keys, 2); scan.next();) {
    const auto *row = scan.row<Form_pg_policy>();
    const auto expression = scan.column(Anum_pg_policy_polqual);
    const bool hides = !row->polpermissive && row->polcmd == '*' && expression && key != nullptr &&
                       hides_by(static_cast<const Node *>(stringToNode(TextDatumGetCString(*expression))), table, key);
    found = hides ? Policy::hides : Policy::other;
  }
  return found;
}

static bool has_portable_key(Relation table, const Form_pg_index key) {
  for (int i = 0; i < key->indnkeyatts; ++i)
    if (!is_portable(TupleDescAttr(RelationGetDescr(table), key->indkey.values[i] - 1)->atttypid)) return false;
  return true;
}

const char *why_not_hidden(Relation table) {
  if (!table->rd_rel->relrowsecurity) return "row-level security is off";
  const Form_pg_index key = primary_key(table);
  if (key == nullptr) return "there is no primary key";
  if (!has_portable_key(table, key)) return "values of its primary key mean something in this database alone";
  switch (policy_of(table, key)) {
    case Policy::hides:
      return nullptr;
    case Policy::other:
      return "policy proapp_hides_deleted is not what proapp.protect() makes";
    case Policy::none:
      break;
  }
  return "there is no policy proapp_hides_deleted";
}

static void drop_policy(const char *table) { pg::spi_run(psprintf("drop policy %s on %s", policy_name, table)); }

bool install_hiding_policy(Relation table) {
  const Form_pg_index key = table->rd_rel->relrowsecurity ? primary_key(table) : nullptr;
  if (key == nullptr || !has_portable_key(table, key)) return false;
  const Policy found = policy_of(table, key);
  if (found == Policy::hides) return false;
  const char *name = table_text(RelationGetRelid(table));
  if (found == Policy::other) drop_policy(name);
  StringInfo sql = makeStringInfo();
  appendStringInfo(sql, "create policy %s on %s as restrictive using (not proapp.is_being_deleted(%s::pg_catalog.regclass", policy_name, name, quote_literal_cstr(name));
  for (int i = 0; i < key->indnkeyatts; ++i) appendStringInfo(sql, ", %s", column_name(RelationGetRelid(table), key->indkey.values[i]));
  appendStringInfoString(sql, ")) with check (true)");
  pg::spi_run(sql->data);
  return true;
}

bool drop_hiding_policy(Oid relation) {
  const Relation table = table_open(relation, AccessShareLock);
  const bool found = policy_of(table, nullptr) != Policy::none;
  table_close(table, NoLock);
  if (found) drop_policy(table_text(relation));
  return found;
}

void reveal(Query *rewritten) {
  const Oid function = hiding_function();
  ListCell *relation;
  foreach (relation, rewritten->rtable) {
    auto *entry = lfirst_node(RangeTblEntry, relation);
    ListCell *qual;
    foreach (qual, entry->securityQuals)
      if (hiding_call(static_cast<const Node *>(lfirst(qual)), function) != nullptr) entry->securityQuals = foreach_delete_current(entry->securityQuals, qual);
  }
}

}  // namespace proapp::deletion
