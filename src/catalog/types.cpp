// Kind: enum.
#include "pg/postgres.hpp"

#include "catalog/reader.hpp"
#include "catalog/values.hpp"

#include <algorithm>

extern "C" {
#include <catalog/pg_enum.h>
#include <catalog/pg_type.h>
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

void read_enums(Reader &reader) {
  const std::span<const Label> all = labels(reader);
  for (pg::CatalogScan scan(TypeRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_type>();
    if (row->typtype != TYPTYPE_ENUM || !reader.wants("enum", TypeRelationId, row->oid, row->typnamespace, pg::view(row->typname))) continue;
    reader.begin("enum", reader.type(row->oid));
    reader.add("values", values(reader, all, row->oid));
    reader.add("owner", reader.role(row->typowner));
    reader.add("grants", grants(reader, scan.column(Anum_pg_type_typacl), OBJECT_TYPE, row->typowner));
    reader.add_comment(TypeRelationId, row->oid);
    reader.finish();
  }
}

}  // namespace proapp::catalog
