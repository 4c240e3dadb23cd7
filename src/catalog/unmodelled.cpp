// Kind: unmodelled. What users made and manifests do not compare yet is listed with its count: never silent.
#include "pg/postgres.hpp"

#include "catalog/reader.hpp"

extern "C" {
#include <catalog/pg_class.h>
#include <catalog/pg_db_role_setting.h>
#include <catalog/pg_event_trigger.h>
#include <catalog/pg_foreign_data_wrapper.h>
#include <catalog/pg_foreign_server.h>
#include <catalog/pg_rewrite.h>
#include <catalog/pg_seclabel.h>
#include <catalog/pg_subscription.h>
#include <catalog/pg_user_mapping.h>
#include <utils/fmgroids.h>
}

namespace proapp::catalog {

// Every catalog's first column is its row's OID, in those counted here.
static Oid own_oid(const pg::CatalogScan &scan) { return *scan.row<const Oid *>(); }

static bool of_users(Reader &reader, Oid catalog, Oid oid) { return oid >= FirstNormalObjectId && reader.lookups.members.find(catalog, oid) == nullptr; }

static void list(Reader &reader, std::string_view what, int64 count) {
  if (count == 0 || !reader.wants_of_database("unmodelled", what)) return;
  reader.begin("unmodelled", what);
  reader.add("count", count);
  reader.finish();
}

static void count_all(Reader &reader, Oid catalog, std::string_view what) {
  int64 count = 0;
  for (pg::CatalogScan scan(catalog, reader.snapshot, reader.row); scan.next();) count += of_users(reader, catalog, own_oid(scan));
  list(reader, what, count);
}

static void count_others(Reader &reader) {
  int64 rules = 0, settings = 0, labels = 0, subscriptions = 0;
  for (pg::CatalogScan scan(RewriteRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_rewrite>();
    const core::RelationName *relation = reader.names.relations.find(row->ev_class);
    const bool ours = relation != nullptr && reader.is_system(relation->schema);
    rules += strcmp(NameStr(row->rulename), "_RETURN") != 0 && !ours && of_users(reader, RewriteRelationId, row->oid);
  }
  for (pg::CatalogScan scan(DbRoleSettingRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_db_role_setting>();
    settings += row->setdatabase == MyDatabaseId;
  }
  for (pg::CatalogScan scan(SecLabelRelationId, reader.snapshot, reader.row); scan.next();) ++labels;
  for (pg::CatalogScan scan(SubscriptionRelationId, reader.snapshot, reader.row); scan.next();) subscriptions += scan.row<Form_pg_subscription>()->subdbid == MyDatabaseId;
  list(reader, "subscriptions", subscriptions);
  list(reader, "rules", rules);
  list(reader, "database settings", settings);
  list(reader, "security labels", labels);
}

void read_unmodelled(Reader &reader) {
  count_others(reader);
  count_all(reader, EventTriggerRelationId, "event triggers");
  count_all(reader, ForeignDataWrapperRelationId, "foreign data wrappers");
  count_all(reader, ForeignServerRelationId, "foreign servers");
  count_all(reader, UserMappingRelationId, "user mappings");
}

}  // namespace proapp::catalog
