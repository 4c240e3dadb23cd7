#include "identity/policy_recursion.hpp"

#include "pg/compat.hpp"

extern "C" {
#include <catalog/pg_authid.h>
#include <utils/acl.h>
#include <utils/array.h>
}

namespace proapp::identity {

bool is_for_user(const RowSecurityPolicy *policy, Oid user) {
  const auto *roles = reinterpret_cast<const Oid *>(ARR_DATA_PTR(policy->roles));
  for (int i = 0; i < ARR_DIMS(policy->roles)[0]; ++i)
    if (roles[i] == ACL_ID_PUBLIC || has_privs_of_role(user, roles[i])) return true;
  return false;
}

// Counted as PostgreSQL counts: by policy, whichever of its two expressions has the sub-select.
static bool has_sub_selects(Oid table, Oid user) {
  Relation relation = table_open(table, NoLock);
  bool permitted = false, found = false;
  const ListCell *cell;
  foreach (cell, relation->rd_rsdesc->policies) {
    const auto *policy = static_cast<const RowSecurityPolicy *>(lfirst(cell));
    if ((policy->polcmd != '*' && policy->polcmd != ACL_SELECT_CHR) || policy->qual == nullptr || !is_for_user(policy, user)) continue;
    permitted |= policy->permissive;
    found |= policy->hassublinks;
  }
  table_close(relation, NoLock);
  return permitted && found;  // nobody asks restrictive policies where no permissive one is
}

static bool recurs(Node *node, void *context) {
  if (node == nullptr) return false;
  if (!IsA(node, Query)) return pg::walk_expression(node, recurs, context);
  auto *query = reinterpret_cast<Query *>(node);
  const Oid table = *static_cast<const Oid *>(context);
  const ListCell *cell;
  foreach (cell, query->rtable) {
    auto *entry = lfirst_node(RangeTblEntry, cell);
    if (entry->rtekind != RTE_RELATION || entry->relid != table || entry->securityQuals == NIL) continue;
    const Oid user = pg::read_as(query, entry);
    if (has_sub_selects(table, OidIsValid(user) ? user : GetUserId())) return true;
  }
  return pg::walk_query(query, recurs, context, 0);
}

void refuse_recursion(Oid relation, Node *rewritten) {
  if (recurs(rewritten, &relation))
    ereport(ERROR, (errcode(ERRCODE_INVALID_OBJECT_DEFINITION), errmsg("infinite recursion detected in policy for relation \"%s\"", get_rel_name(relation))));
}

}  // namespace proapp::identity
