// Kinds: schema, extension, default privileges.
#include "pg/postgres.hpp"

#include "catalog/reader.hpp"
#include "catalog/values.hpp"

extern "C" {
#include <catalog/pg_default_acl.h>
#include <catalog/pg_extension.h>
#include <catalog/pg_namespace.h>
}

namespace proapp::catalog {

void read_schemas(Reader &reader) {
  for (pg::CatalogScan scan(NamespaceRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_namespace>();
    if (!reader.wants("schema", NamespaceRelationId, row->oid, row->oid, {})) continue;
    reader.begin("schema", reader.schema(row->oid));
    reader.add("owner", reader.role(row->nspowner));
    reader.add("grants", grants(reader, scan.column(Anum_pg_namespace_nspacl), OBJECT_SCHEMA, row->nspowner));
    reader.add_comment(NamespaceRelationId, row->oid);
    reader.finish();
  }
}

// The owner of an extension is who installed it, a restore's user included: no fact about the schema.
void read_extensions(Reader &reader) {
  for (pg::CatalogScan scan(ExtensionRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_extension>();
    if (!reader.wants_of_database("extension", pg::view(row->extname))) continue;
    reader.begin("extension", quote_identifier(NameStr(row->extname)));
    reader.add("schema", reader.schema(row->extnamespace));
    reader.add("version", scan.text(Anum_pg_extension_extversion));
    reader.add_comment(ExtensionRelationId, row->oid);
    reader.finish();
  }
}

static ObjectType granted_type(char type) {
  switch (type) {
    case DEFACLOBJ_RELATION:
      return OBJECT_TABLE;
    case DEFACLOBJ_SEQUENCE:
      return OBJECT_SEQUENCE;
    case DEFACLOBJ_FUNCTION:
      return OBJECT_FUNCTION;
    case DEFACLOBJ_TYPE:
      return OBJECT_TYPE;
    default:
      return OBJECT_SCHEMA;
  }
}

static std::string_view granted_word(char type) {
  switch (type) {
    case DEFACLOBJ_RELATION:
      return "tables";
    case DEFACLOBJ_SEQUENCE:
      return "sequences";
    case DEFACLOBJ_FUNCTION:
      return "functions";
    case DEFACLOBJ_TYPE:
      return "types";
    default:
      return "schemas";
  }
}

void read_default_privileges(Reader &reader) {
  for (pg::CatalogScan scan(DefaultAclRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_default_acl>();
    const std::string_view schema = reader.schema(row->defaclnamespace);
    const std::string_view role = reader.role(row->defaclrole);
    const std::string_view identity = reader.join({"for role ", role, schema.empty() ? "" : " in schema ", schema, " on ", granted_word(row->defaclobjtype)});
    if (!reader.wants_of_database("default privileges", identity)) continue;
    reader.begin("default privileges", identity);
    reader.add("grants", grants(reader, scan.column(Anum_pg_default_acl_defaclacl), granted_type(row->defaclobjtype), row->defaclrole));
    reader.finish();
  }
}

}  // namespace proapp::catalog
