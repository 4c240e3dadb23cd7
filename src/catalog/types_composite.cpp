// Kind: composite type.
#include "pg/postgres.hpp"

#include "catalog/types.hpp"

extern "C" {
#include <catalog/pg_attribute.h>
#include <catalog/pg_class.h>
#include <catalog/pg_collation.h>
#include <utils/fmgroids.h>
}

namespace proapp::catalog {

// Their order counts: it is the order of a row's values. Comments stand apart because they are worth another severity.
static void add_attributes(Reader &reader, Oid relation) {
  auto &attributes = reader.arena.make<core::Vector<core::Value>>(reader.arena);
  auto &comments = reader.arena.make<core::Vector<core::Value>>(reader.arena);
  ScanKeyData key;
  ScanKeyInit(&key, Anum_pg_attribute_attrelid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relation));
  for (pg::CatalogScan scan(AttributeRelationId, AttributeRelidNumIndexId, reader.snapshot, &key, 1); scan.next();) {
    const auto *row = scan.row<Form_pg_attribute>();
    if (row->attnum <= 0 || row->attisdropped) continue;
    const core::Value name(reader.names.column(relation, row->attnum));
    auto &members = reader.arena.make<core::Vector<core::Member>>(reader.arena);
    members.push_back({"name", name});
    members.push_back({"type", core::Value(reader.type(row->atttypid, row->atttypmod))});
    if (row->attcollation != InvalidOid && row->attcollation != DEFAULT_COLLATION_OID) members.push_back({"collation", core::Value(reader.collation(row->attcollation))});
    attributes.push_back(core::Value(members.span()));
    if (const std::string_view *comment = reader.lookups.comments.find(RelationRelationId, relation, row->attnum)) {
      const core::Member both[] = {{"name", name}, {"comment", core::Value(*comment)}};
      comments.push_back(core::Value(reader.arena.copy(std::span<const core::Member>(both))));
    }
  }
  reader.add("attributes", core::Value(attributes.span()));
  reader.add("attribute_comments", core::Value(comments.span()));
}

void read_composite_type(Reader &reader, const pg::CatalogScan &scan, const FormData_pg_type *row) {
  if (!reader.wants("composite type", TypeRelationId, row->oid, row->typnamespace, pg::view(row->typname))) return;
  reader.begin("composite type", reader.type(row->oid));
  add_attributes(reader, row->typrelid);
  finish_type(reader, scan, row);
}

}  // namespace proapp::catalog
