// Kind: statistics object. It hangs on its table, but has a name in a schema of its own.
#include "pg/postgres.hpp"

#include "catalog/reader.hpp"

extern "C" {
#include <catalog/pg_statistic_ext.h>
#include <utils/array.h>
}

namespace proapp::catalog {

static std::string_view kind_word(char kind) {
  switch (kind) {
    case STATS_EXT_NDISTINCT:
      return "ndistinct";
    case STATS_EXT_DEPENDENCIES:
      return "dependencies";
    case STATS_EXT_MCV:
      return "mcv";
    default:
      return {};  // that of single expressions, which nobody asks for by name
  }
}

static void sort(core::Vector<core::Value> &items) { core::sort_by_text(items); }

static core::Value kinds(Reader &reader, std::optional<Datum> array) {
  auto &items = reader.arena.make<core::Vector<core::Value>>(reader.arena);
  const ArrayType *values = DatumGetArrayTypeP(*array);
  for (int i = 0; i < ArrayGetNItems(ARR_NDIM(values), ARR_DIMS(values)); ++i)
    if (const std::string_view word = kind_word(ARR_DATA_PTR(values)[i]); !word.empty()) items.push_back(core::Value(word));
  sort(items);
  return core::Value(items.span());
}

// PostgreSQL stores them by number, which says nothing: by name.
static core::Value columns(Reader &reader, const FormData_pg_statistic_ext *row) {
  auto &items = reader.arena.make<core::Vector<core::Value>>(reader.arena);
  for (int i = 0; i < row->stxkeys.dim1; ++i) items.push_back(core::Value(reader.names.column(row->stxrelid, row->stxkeys.values[i])));
  sort(items);
  return core::Value(items.span());
}

static core::Value expressions(Reader &reader, const pg::CatalogScan &scan, const FormData_pg_statistic_ext *row) {
  auto &items = reader.arena.make<core::Vector<core::Value>>(reader.arena);
  if (!scan.column(Anum_pg_statistic_ext_stxexprs)) return {};
  reader.expressions.each(scan.text(Anum_pg_statistic_ext_stxexprs), row->stxrelid, [&](const core::Digest &digest) {
    items.push_back(reader.expression(digest, Deparse::statistics_expression, row->oid, static_cast<int32>(items.size())));
  });
  return core::Value(items.span());
}

static bool wanted(Reader &reader, const core::RelationName &relation, const FormData_pg_statistic_ext *row) {
  if (row->stxnamespace == relation.schema) return reader.wants_part("statistics object", relation, row->stxrelid, pg::view(row->stxname));
  return reader.wants("statistics object", StatisticExtRelationId, row->oid, row->stxnamespace, pg::view(row->stxname));
}

void read_statistics_objects(Reader &reader) {
  for (pg::CatalogScan scan(StatisticExtRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_statistic_ext>();
    const core::RelationName *relation = reader.names.relations.find(row->stxrelid);
    if (relation == nullptr || !wanted(reader, *relation, row)) continue;
    reader.begin("statistics object", reader.join({reader.schema(row->stxnamespace), ".", quote_identifier(NameStr(row->stxname))}), relation->identity);
    reader.add("kinds", kinds(reader, scan.column(Anum_pg_statistic_ext_stxkind)));
    reader.add("columns", columns(reader, row));
    reader.add("expressions", expressions(reader, scan, row));
    if (const auto target = scan.column(Anum_pg_statistic_ext_stxstattarget); target && DatumGetInt32(*target) >= 0) reader.add("target", int64{DatumGetInt32(*target)});
    reader.add("owner", reader.role(row->stxowner));
    reader.add_comment(StatisticExtRelationId, row->oid);
    reader.add("definition", reader.definition(Deparse::statistics_object, row->oid));
    reader.finish();
  }
}

}  // namespace proapp::catalog
