// Every difference between PostgreSQL 15, 17 and 18 that our code meets, and nothing else: other files test no version.
#pragma once
#include "pg/postgres.hpp"

#include "pg/scan.hpp"

extern "C" {
#include <access/genam.h>
#include <catalog/pg_collation.h>
#include <catalog/pg_constraint.h>
#include <catalog/pg_extension.h>
#include <catalog/pg_namespace.h>
#include <catalog/pg_publication.h>
#include <catalog/pg_subscription.h>
#include <executor/executor.h>
#if PG_VERSION_NUM >= 160000
#include <nodes/miscnodes.h>
#endif
#include <nodes/nodeFuncs.h>
#include <parser/parse_relation.h>
#include <parser/parse_type.h>
#include <storage/bufmgr.h>
#include <storage/proc.h>
#include <utils/acl.h>
#include <utils/guc.h>
#include <utils/guc_tables.h>
}

#include <algorithm>

namespace proapp::pg {

// The server's record of a setting, with the stack of its earlier values; null for an unknown name. `place` is where the caller met it last,
// or met that it is missing: proven, not trusted, so that it may be old.
#if PG_VERSION_NUM >= 160000
inline const config_generic *find_setting(const char *name, [[maybe_unused]] int &place) { return find_option(name, false, true, ERROR); }
#else
// As the server sorts its list: by name, ASCII letters folded. Most names are alike up to where they differ.
inline int compare_setting_names(const char *a, const char *b) {
  for (;; ++a, ++b) {
    for (; *a == *b; ++a, ++b)
      if (*a == '\0') return 0;
    const int left = *a >= 'A' && *a <= 'Z' ? *a + ('a' - 'A') : *a, right = *b >= 'A' && *b <= 'Z' ? *b + ('a' - 'A') : *b;
    if (left != right) return left - right;
  }
}

inline const config_generic *find_setting(const char *name, int &place) {
  config_generic **settings = get_guc_variables();
  const int count = GetNumConfigOptions();
  const auto order = [&](int i) { return i < count ? compare_setting_names(settings[i]->name, name) : 1; };
  int here = order(place);
  if (here != 0 && (here < 0 || place > count || (place > 0 && order(place - 1) >= 0))) {
    place = static_cast<int>(std::partition_point(settings, settings + count, [&](const config_generic *s) { return compare_setting_names(s->name, name) < 0; }) - settings);
    here = order(place);
  }
  return here == 0 ? settings[place] : nullptr;
}
#endif
inline const config_generic *find_setting(const char *name) {
  int place = 0;
  return find_setting(name, place);
}

// What a setting of text holds, as current_setting() gives it.
inline const char *setting_text(const config_generic *setting) {
  if (setting->vartype != PGC_STRING) return GetConfigOption(setting->name, true, false);
  return *reinterpret_cast<const config_string *>(setting)->variable;
}

// take(name) for each setting that there is.
template <class Take>
void for_each_setting(Take take) {
#if PG_VERSION_NUM >= 160000
  int count;
  config_generic **settings = get_guc_variables(&count);
#else
  config_generic **settings = get_guc_variables();
  const int count = GetNumConfigOptions();
#endif
  for (int i = 0; i < count; ++i) take(settings[i]->name);
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

// Pins a page if it still is in this buffer, without looking for it.
inline bool pin_recent_buffer(Relation table, BlockNumber block, Buffer buffer) {
#if PG_VERSION_NUM >= 160000
  return ReadRecentBuffer(table->rd_locator, MAIN_FORKNUM, block, buffer);
#else
  return ReadRecentBuffer(table->rd_node, MAIN_FORKNUM, block, buffer);
#endif
}

inline bool may_use_schema(Oid schema) {
#if PG_VERSION_NUM >= 160000
  return object_aclcheck(NamespaceRelationId, schema, GetUserId(), ACL_USAGE) == ACLCHECK_OK;
#else
  return pg_namespace_aclcheck(schema, GetUserId(), ACL_USAGE) == ACLCHECK_OK;
#endif
}

// May `member` say SET ROLE?
inline bool may_become(Oid member, Oid role) {
#if PG_VERSION_NUM >= 160000
  return member_can_set_role(member, role);
#else
  return is_member_of_role(member, role);
#endif
}

// Whose rights count for the first relation of a query.
inline void read_first_relation_as(Query *query, Oid user) {
  auto *entry = linitial_node(RangeTblEntry, query->rtable);
#if PG_VERSION_NUM >= 160000
  getRTEPermissionInfo(query->rteperminfos, entry)->checkAsUser = user;
#else
  entry->checkAsUser = user;
#endif
}

// Whose rights count for a relation of a query; InvalidOid: the current user's.
inline Oid read_as([[maybe_unused]] Query *query, RangeTblEntry *entry) {
#if PG_VERSION_NUM >= 160000
  return entry->perminfoindex != 0 ? getRTEPermissionInfo(query->rteperminfos, entry)->checkAsUser : InvalidOid;
#else
  return entry->checkAsUser;
#endif
}

inline void run_to_the_end(QueryDesc *query) {
#if PG_VERSION_NUM >= 180000
  ExecutorRun(query, ForwardScanDirection, 0);
#else
  ExecutorRun(query, ForwardScanDirection, 0, true);
#endif
}

// A type by its name in SQL, with its modifier. Raises for what is none.
inline void parse_type(const char *text, Oid &type, int32 &modifier) {
#if PG_VERSION_NUM >= 160000
  parseTypeString(text, &type, &modifier, nullptr);
#else
  parseTypeString(text, &type, &modifier, false);
#endif
}

// The same; false where there is no such type.
inline bool find_type(const char *text, Oid &type, int32 &modifier) {
#if PG_VERSION_NUM >= 160000
  ErrorSaveContext escape = {T_ErrorSaveContext, false, false, nullptr};
  return parseTypeString(text, &type, &modifier, reinterpret_cast<Node *>(&escape)) && OidIsValid(type);
#else
  parseTypeString(text, &type, &modifier, true);
  return OidIsValid(type);
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

// Constraints may be declared and not enforced, and keys may end WITHOUT OVERLAPS, from 18 on.
inline bool is_enforced([[maybe_unused]] const FormData_pg_constraint *row) {
#if PG_VERSION_NUM >= 180000
  return row->conenforced;
#else
  return true;
#endif
}

inline bool is_period([[maybe_unused]] const FormData_pg_constraint *row) {
#if PG_VERSION_NUM >= 180000
  return row->conperiod;
#else
  return false;
#endif
}

inline bool publishes_generated_columns([[maybe_unused]] const FormData_pg_publication *row) {
#if PG_VERSION_NUM >= 180000
  return row->pubgencols == PUBLISH_GENCOLS_STORED;
#else
  return false;
#endif
}

// Empty: off.
inline std::string_view subscription_streaming(const FormData_pg_subscription *row) {
#if PG_VERSION_NUM >= 160000
  return row->substream == LOGICALREP_STREAM_PARALLEL ? "parallel" : row->substream == LOGICALREP_STREAM_ON ? "on" : "";
#else
  return row->substream ? "on" : "";
#endif
}

// What subscriptions got after 15, as take(name, text or flag).
template <class Take>
void later_subscription_options([[maybe_unused]] const CatalogScan &scan, [[maybe_unused]] Take take) {
#if PG_VERSION_NUM >= 160000
  const auto *row = scan.row<Form_pg_subscription>();
  take("password_required", row->subpasswordrequired);
  take("run_as_owner", row->subrunasowner);
  take("origin", scan.text(Anum_pg_subscription_suborigin));
#endif
#if PG_VERSION_NUM >= 170000
  take("failover", row->subfailover);
#endif
}

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

// The number of the file that a relation is stored in.
inline uint64 file_of(Relation relation) {
#if PG_VERSION_NUM >= 160000
  return relation->rd_locator.relNumber;
#else
  return relation->rd_node.relNode;
#endif
}

// What a statement needs of a table that it names.
#if PG_VERSION_NUM >= 160000
inline AclMode required_rights(const PlannedStmt *statement, const RangeTblEntry *table) {
  return table->perminfoindex == 0 ? 0 : getRTEPermissionInfo(statement->permInfos, const_cast<RangeTblEntry *>(table))->requiredPerms;
}
#else
inline AclMode required_rights(const PlannedStmt *, const RangeTblEntry *table) { return table->requiredPerms; }
#endif

inline bool owns_extension(Oid extension) {
#if PG_VERSION_NUM >= 160000
  return object_ownercheck(ExtensionRelationId, extension, GetUserId());
#else
  return pg_extension_ownercheck(extension, GetUserId());
#endif
}

}  // namespace proapp::pg
