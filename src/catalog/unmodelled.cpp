// Kind: unmodelled. What users made and manifests do not compare yet is listed with its count: never silent.
#include "pg/postgres.hpp"

#include "catalog/reader.hpp"

extern "C" {
#include <catalog/pg_am.h>
#include <catalog/pg_cast.h>
#include <catalog/pg_class.h>
#include <catalog/pg_collation.h>
#include <catalog/pg_constraint.h>
#include <catalog/pg_conversion.h>
#include <catalog/pg_language.h>
#include <catalog/pg_opclass.h>
#include <catalog/pg_operator.h>
#include <catalog/pg_opfamily.h>
#include <catalog/pg_proc.h>
#include <catalog/pg_statistic_ext.h>
#include <catalog/pg_transform.h>
#include <catalog/pg_ts_config.h>
#include <catalog/pg_ts_dict.h>
#include <catalog/pg_ts_parser.h>
#include <catalog/pg_ts_template.h>
#include <catalog/pg_type.h>
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

static void count_types(Reader &reader) {
  int64 domains = 0, ranges = 0, bases = 0, composites = 0;
  for (pg::CatalogScan scan(TypeRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_type>();
    const core::SchemaName *schema = reader.names.schemas.find(row->typnamespace);
    if (!of_users(reader, TypeRelationId, row->oid) || schema == nullptr || is_system_schema(schema->name)) continue;
    const core::RelationName *relation = reader.names.relations.find(row->typrelid);
    domains += row->typtype == TYPTYPE_DOMAIN;
    ranges += row->typtype == TYPTYPE_RANGE;
    bases += row->typtype == TYPTYPE_BASE && !IsTrueArrayType(row);
    composites += row->typtype == TYPTYPE_COMPOSITE && relation != nullptr && relation->kind == RELKIND_COMPOSITE_TYPE;
  }
  list(reader, "domains", domains);
  list(reader, "range types", ranges);
  list(reader, "base types", bases);
  list(reader, "composite types", composites);
}

static void count_others(Reader &reader) {
  int64 aggregates = 0, operators = 0;
  for (pg::CatalogScan scan(ProcedureRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_proc>();
    aggregates += row->prokind == PROKIND_AGGREGATE && of_users(reader, ProcedureRelationId, row->oid);
  }
  for (pg::CatalogScan scan(OperatorRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_operator>();
    operators += row->oprcode != InvalidOid && of_users(reader, OperatorRelationId, row->oid);  // without code: a promise that no dump keeps
  }
  list(reader, "operators", operators);
  list(reader, "aggregates", aggregates);
}

void read_unmodelled(Reader &reader) {
  count_types(reader);
  count_others(reader);
  count_all(reader, CastRelationId, "casts");
  count_all(reader, OperatorClassRelationId, "operator classes");
  count_all(reader, OperatorFamilyRelationId, "operator families");
  count_all(reader, AccessMethodRelationId, "access methods");
  count_all(reader, CollationRelationId, "collations");
  count_all(reader, ConversionRelationId, "conversions");
  count_all(reader, LanguageRelationId, "languages");
  count_all(reader, TransformRelationId, "transforms");
  count_all(reader, StatisticExtRelationId, "statistics objects");
  count_all(reader, TSConfigRelationId, "text search configurations");
  count_all(reader, TSDictionaryRelationId, "text search dictionaries");
  count_all(reader, TSParserRelationId, "text search parsers");
  count_all(reader, TSTemplateRelationId, "text search templates");
}

}  // namespace proapp::catalog
