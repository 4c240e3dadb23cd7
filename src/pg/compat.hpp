// Every difference between PostgreSQL 15, 17 and 18 that our code meets, and nothing else: other files test no version.
#pragma once
#include "pg/postgres.hpp"

extern "C" {
#include <access/genam.h>
#include <catalog/pg_collation.h>
#include <catalog/pg_extension.h>
#include <catalog/pg_namespace.h>
#include <nodes/nodeFuncs.h>
#include <storage/proc.h>
#include <utils/acl.h>
#include <utils/guc.h>
#include <utils/guc_tables.h>
}

namespace proapp::pg {

// The server's record of a setting, with the stack of its earlier values; null for an unknown name.
inline const config_generic *find_setting(const char *name) {
#if PG_VERSION_NUM >= 160000
  return find_option(name, false, true, ERROR);
#else
  config_generic **settings = get_guc_variables();
  const int count = GetNumConfigOptions();
  for (int i = 0; i < count; ++i)
    if (pg_strcasecmp(settings[i]->name, name) == 0) return settings[i];
  return nullptr;
#endif
}

// This backend's transaction, also where it has no xid: another number for each.
inline LocalTransactionId local_transaction_id() {
#if PG_VERSION_NUM >= 170000
  return MyProc->vxid.lxid;
#else
  return MyProc->lxid;
#endif
}

inline IndexScanDesc begin_index_scan(Relation table, Relation index, Snapshot snapshot, int key_count) {
#if PG_VERSION_NUM >= 180000
  return index_beginscan(table, index, snapshot, nullptr, key_count, 0);
#else
  return index_beginscan(table, index, snapshot, key_count, 0);
#endif
}

inline bool may_use_schema(Oid schema) {
#if PG_VERSION_NUM >= 160000
  return object_aclcheck(NamespaceRelationId, schema, GetUserId(), ACL_USAGE) == ACLCHECK_OK;
#else
  return pg_namespace_aclcheck(schema, GetUserId(), ACL_USAGE) == ACLCHECK_OK;
#endif
}

// The columns of pg_collation that hold the provider's locale and its rules; 0 where there is none.
#if PG_VERSION_NUM >= 170000
inline constexpr int collation_locale = Anum_pg_collation_colllocale;
#else
inline constexpr int collation_locale = Anum_pg_collation_colliculocale;
#endif
#if PG_VERSION_NUM >= 160000
inline constexpr int collation_rules = Anum_pg_collation_collicurules;
#else
inline constexpr int collation_rules = 0;
#endif

// Tree walkers took untyped callbacks before 16.
using Walker = bool (*)(Node *, void *);
#if PG_VERSION_NUM >= 160000
inline bool walk_expression(Node *node, Walker walker, void *context) { return expression_tree_walker(node, walker, context); }
inline bool walk_query(Query *query, Walker walker, void *context, int flags) { return query_tree_walker(query, walker, context, flags); }
#else
// By way of void (*)(), which compilers take as the type of any function.
inline bool (*untyped(Walker walker))() { return reinterpret_cast<bool (*)()>(reinterpret_cast<void (*)()>(walker)); }
inline bool walk_expression(Node *node, Walker walker, void *context) { return expression_tree_walker(node, untyped(walker), context); }
inline bool walk_query(Query *query, Walker walker, void *context, int flags) { return query_tree_walker(query, untyped(walker), context, flags); }
#endif

}  // namespace proapp::pg
