// Kind: unmodelled. What users made in a catalog that no reader knows is listed with its count: never silent, whatever the next PostgreSQL brings.
#include "pg/postgres.hpp"

#include "catalog/reader.hpp"

extern "C" {
#include <catalog/pg_class.h>
#include <catalog/pg_namespace.h>
}

namespace proapp::catalog {

// Catalogs that are read, that follow from others (dependencies, statistics), that hold data (large objects), or that belong to the cluster.
static constexpr std::string_view known =
    "pg_authid pg_auth_members pg_database pg_db_role_setting pg_parameter_acl pg_replication_origin pg_shdepend pg_shdescription pg_shseclabel pg_subscription pg_tablespace"
    " pg_aggregate pg_am pg_amop pg_amproc pg_attrdef pg_attribute pg_cast pg_class pg_collation pg_constraint pg_conversion pg_default_acl pg_depend pg_description"
    " pg_enum pg_event_trigger pg_extension pg_foreign_data_wrapper pg_foreign_server pg_foreign_table pg_index pg_inherits pg_init_privs pg_language pg_largeobject"
    " pg_largeobject_metadata pg_namespace pg_opclass pg_operator pg_opfamily pg_partitioned_table pg_policy pg_proc pg_publication pg_publication_namespace"
    " pg_publication_rel pg_range pg_rewrite pg_seclabel pg_sequence pg_statistic pg_statistic_ext pg_statistic_ext_data pg_subscription_rel pg_transform pg_trigger"
    " pg_ts_config pg_ts_config_map pg_ts_dict pg_ts_parser pg_ts_template pg_type pg_user_mapping";

// Objects have an OID in the first column; those of users, a high one.
static int64 count_of_users(Reader &reader, Oid catalog) {
  int64 count = 0;
  for (pg::CatalogScan scan(catalog, reader.snapshot); scan.next();) {
    const Oid oid = *scan.row<const Oid *>();
    count += oid >= FirstNormalObjectId && reader.lookups.members.find(catalog, oid) == nullptr;
  }
  return count;
}

void read_unmodelled(Reader &reader) {
  reader.names.relations.each([&](Oid catalog, const core::RelationName &relation) {
    if (relation.schema != PG_CATALOG_NAMESPACE || relation.kind != RELKIND_RELATION || catalog >= FirstNormalObjectId) return;
    if (pg::is_one_of(relation.name, known) || reader.names.column(catalog, 1) != "oid") return;
    const int64 count = count_of_users(reader, catalog);
    if (count == 0 || !reader.wants_of_database("unmodelled", relation.name)) return;
    reader.begin("unmodelled", relation.name);
    reader.add("count", count);
    reader.finish();
  });
}

}  // namespace proapp::catalog
