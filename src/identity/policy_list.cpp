#include "identity/policy_list.hpp"

#include "identity/policy_recursion.hpp"
#include "pg/session.hpp"

extern "C" {
#include <catalog/pg_authid.h>
#include <nodes/makefuncs.h>
#include <rewrite/rowsecurity.h>
#include <utils/acl.h>
#include <utils/array.h>
#include <utils/ruleutils.h>
}

namespace proapp::identity {

static const char *expression_text(Relation relation, Expr *tree) {
  if (tree == nullptr) return nullptr;
  return deparse_expression(reinterpret_cast<Node *>(tree), deparse_context_for(RelationGetRelationName(relation), RelationGetRelid(relation)), false, false);
}

static void read_roles(const RowSecurityPolicy *policy, Policy &into) {
  const auto *roles = reinterpret_cast<const Oid *>(ARR_DATA_PTR(policy->roles));
  into.applies = is_for_user(policy, GetUserId());
  into.roles = "";
  for (int i = 0; i < ARR_DIMS(policy->roles)[0]; ++i) {
    into.roles = psprintf("%s%s%s", into.roles, i > 0 ? ", " : "", roles[i] == ACL_ID_PUBLIC ? "public" : quote_identifier(GetUserNameFromId(roles[i], false)));
  }
}

static Policy *read_policy(Relation relation, const RowSecurityPolicy *policy) {
  auto *into = static_cast<Policy *>(palloc0(sizeof(Policy)));
  into->name = pstrdup(policy->policy_name);
  into->command = policy->polcmd;
  into->permissive = policy->permissive;
  into->using_tree = static_cast<Expr *>(copyObjectImpl(policy->qual));
  into->check_tree = static_cast<Expr *>(copyObjectImpl(policy->with_check_qual));
  into->using_text = expression_text(relation, policy->qual);
  into->check_text = expression_text(relation, policy->with_check_qual);
  read_roles(policy, *into);
  return into;
}

List *read_policies(Relation relation, const Query *query) {
  List *policies = NIL;
  const ListCell *cell;
  const int pin = pg::pin_search_path();  // so that names in the expressions say where things are
  foreach (cell, relation->rd_rsdesc->policies) policies = lappend(policies, read_policy(relation, static_cast<const RowSecurityPolicy *>(lfirst(cell))));
  pg::unpin_search_path(pin);
  foreach (cell, policies) {
    auto *policy = static_cast<Policy *>(lfirst(cell));
    if (!policy->applies) continue;
    policy->using_value = evaluate(query, policy->using_tree);
    policy->check_value = evaluate(query, policy->check_tree);
  }
  return policies;
}

List *by_name(const List *policies) {
  List *sorted = list_copy(policies);
  list_sort(sorted, [](const ListCell *a, const ListCell *b) { return strcmp(static_cast<const Policy *>(lfirst(a))->name, static_cast<const Policy *>(lfirst(b))->name); });
  return sorted;
}

namespace {

// One policy's part in a judgement.
struct Part {
  const Expr *tree;
  const PolicyValue *value;
};

Part part_of(const Policy &policy, bool check) {
  if (check && !policy.checks_with_using()) return {policy.check_tree, &policy.check_value};
  return {policy.using_tree, &policy.using_value};
}

const char *outcome(const PolicyValue &value) {
  if (value.error != nullptr) return psprintf("raises: %s", value.error);
  return value.null ? "is null" : value.passes ? "is true" : "is false";
}

// By the first that stops the row; passes where none does.
Judgement restriction(const List *policies, Command command, bool check) {
  const ListCell *cell;
  foreach (cell, by_name(policies)) {
    const auto &policy = *static_cast<const Policy *>(lfirst(cell));
    const Part part = part_of(policy, check);
    if (policy.permissive || !policy.applies || !policy.is_for(command) || part.tree == nullptr || part.value->passes) continue;
    return {false, part.value->error != nullptr, psprintf("restrictive policy %s %s", quote_identifier(policy.name), outcome(*part.value))};
  }
  return {true, false, nullptr};
}

struct Permission {
  List *trees;          // of all permissive policies
  const char *passing;  // names of those that let the row through
  const char *raising;  // the first that raised
};

Permission permission(const List *policies, Command command, bool check) {
  Permission found = {NIL, nullptr, nullptr};
  const ListCell *cell;
  foreach (cell, policies) {
    const auto &policy = *static_cast<const Policy *>(lfirst(cell));
    const Part part = part_of(policy, check);
    if (!policy.permissive || !policy.applies || !policy.is_for(command) || part.tree == nullptr) continue;
    found.trees = lappend(found.trees, const_cast<Expr *>(part.tree));
    if (part.value->passes) found.passing = found.passing == nullptr ? quote_identifier(policy.name) : psprintf("%s, %s", quote_identifier(policy.name), found.passing);
    if (part.value->error != nullptr) found.raising = psprintf("policy %s %s", quote_identifier(policy.name), outcome(*part.value));
  }
  return found;
}

}  // namespace

// An OR ends at the first that is true, unless planning alone raises, and planning may drop what would raise: where something did, only the whole tells.
static PolicyValue any(const Permission &found, const Query *query) {
  if (found.raising != nullptr) return evaluate(query, makeBoolExpr(OR_EXPR, found.trees, -1));
  return {true, false, found.passing != nullptr, nullptr};
}

Judgement judge(const List *policies, Command command, bool check, const Query *query) {
  const Permission found = permission(policies, command, check);
  if (found.trees == NIL) return {false, false, psprintf("no permissive policy applies to %s", quote_identifier(GetUserNameFromId(GetUserId(), false)))};
  const Judgement restricted = restriction(policies, command, check);
  if (!restricted.passes) return restricted;
  const PolicyValue whole = any(found, query);
  if (whole.passes) return {true, false, psprintf("let through by %s", found.passing != nullptr ? found.passing : "all together")};
  if (whole.error != nullptr) return {false, true, found.raising};
  return {false, false, "no permissive policy is true"};
}

}  // namespace proapp::identity
