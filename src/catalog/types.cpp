// Kind: enum; and the one walk over pg_type, which gives each row to the reader of its kind.
#include "pg/postgres.hpp"

#include "catalog/reader.hpp"
#include "catalog/types.hpp"
#include "catalog/values.hpp"

#include <algorithm>

extern "C" {
#include <catalog/pg_class.h>
#include <catalog/pg_enum.h>
#include <catalog/pg_type.h>
#include <utils/fmgroids.h>
}

namespace proapp::catalog {

namespace {
struct Label {
  Oid type;
  float4 order;
  Oid oid;
};
}  // namespace

// All labels, by type and order.
static std::span<const Label> labels(Reader &reader) {
  auto &found = reader.lasting().make<core::Vector<Label>>(reader.lasting());
  for (pg::CatalogScan scan(EnumRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_enum>();
    found.push_back({row->enumtypid, row->enumsortorder, row->oid});
  }
  std::sort(found.begin(), found.end(), [](const Label &a, const Label &b) { return a.type != b.type ? a.type < b.type : a.order < b.order; });
  return found.span();
}

static core::Value values(Reader &reader, std::span<const Label> all, Oid type) {
  auto &items = reader.arena.make<core::Vector<core::Value>>(reader.arena);
  auto label = std::lower_bound(all.begin(), all.end(), type, [](const Label &l, Oid t) { return l.type < t; });
  for (; label != all.end() && label->type == type; ++label)
    if (const std::string_view *text = reader.names.enum_labels.find(label->oid)) items.push_back(core::Value(*text));
  return core::Value(items.span());
}

static void read_enum(Reader &reader, const pg::CatalogScan &scan, const FormData_pg_type *row, std::span<const Label> all) {
  if (!reader.wants("enum", TypeRelationId, row->oid, row->typnamespace, pg::view(row->typname))) return;
  reader.begin("enum", reader.type(row->oid));
  reader.add("values", values(reader, all, row->oid));
  finish_type(reader, scan, row);
}

void finish_type(Reader &reader, const pg::CatalogScan &scan, const FormData_pg_type *row) {
  reader.add("owner", reader.role(row->typowner));
  reader.add("grants", grants(reader, scan.column(Anum_pg_type_typacl), OBJECT_TYPE, row->typowner));
  reader.add_comment(TypeRelationId, row->oid);
  reader.finish();
}

// The row type of a table is no type of its own.
static bool is_composite(Reader &reader, const FormData_pg_type *row) {
  const core::RelationName *relation = reader.names.relations.find(row->typrelid);
  return relation != nullptr && relation->kind == RELKIND_COMPOSITE_TYPE;
}

void read_types(Reader &reader) {
  const std::span<const Label> all = labels(reader);
  const Ranges &ranges = read_range_facts(reader);
  for (pg::CatalogScan scan(TypeRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_type>();
    if (row->oid < FirstUnpinnedObjectId) continue;
    switch (row->typtype) {
      case TYPTYPE_ENUM:
        read_enum(reader, scan, row, all);
        break;
      case TYPTYPE_DOMAIN:
        read_domain(reader, scan, row);
        break;
      case TYPTYPE_COMPOSITE:
        if (is_composite(reader, row)) read_composite_type(reader, scan, row);
        break;
      case TYPTYPE_RANGE:
        read_range_type(reader, scan, row, ranges);
        break;
      case TYPTYPE_BASE:
        if (!IsTrueArrayType(row)) read_base_type(reader, scan, row);
        break;
      case TYPTYPE_PSEUDO:
        if (!row->typisdefined) read_base_type(reader, scan, row);  // a shell: only the name, until somebody defines it
        break;
      default:
        break;  // multiranges come with their ranges
    }
  }
}

}  // namespace proapp::catalog
