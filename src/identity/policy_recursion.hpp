// Policies that read their own table.
#pragma once
#include "pg/postgres.hpp"

extern "C" {
#include <nodes/nodes.h>
#include <rewrite/rowsecurity.h>
}

namespace proapp::identity {

bool is_for_user(const RowSecurityPolicy *policy, Oid user);

// Raises PostgreSQL's own 42P17 where it would: where a policy's expression, rewritten, reads the policy's table again, and a policy that applies there
// has a sub-select. That is asked where the table's policies are added to a query, which ours are not: the expression is all of it.
void refuse_recursion(Oid relation, Node *rewritten);

}  // namespace proapp::identity
