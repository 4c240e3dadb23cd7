// Kinds: cast, transform.
#include "pg/postgres.hpp"

#include "catalog/reader.hpp"

extern "C" {
#include <catalog/pg_cast.h>
#include <catalog/pg_transform.h>
#include <catalog/pg_type.h>
}

namespace proapp::catalog {

static std::string_view context(char castcontext) {
  return castcontext == COERCION_CODE_IMPLICIT ? "implicit" : castcontext == COERCION_CODE_ASSIGNMENT ? "assignment" : "explicit";
}

static std::string_view method(char castmethod) { return castmethod == COERCION_METHOD_FUNCTION ? "function" : castmethod == COERCION_METHOD_INOUT ? "inout" : "binary"; }

// Every range type brings a cast to its multirange type.
static bool comes_with_range(Reader &reader, const FormData_pg_cast *row) {
  const core::TypeName *source = reader.names.types.find(row->castsource), *target = reader.names.types.find(row->casttarget);
  return source != nullptr && source->kind == TYPTYPE_RANGE && target != nullptr && target->kind == TYPTYPE_MULTIRANGE;
}

void read_casts(Reader &reader) {
  for (pg::CatalogScan scan(CastRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_cast>();
    if (row->oid < FirstUnpinnedObjectId || comes_with_range(reader, row)) continue;
    const std::string_view source = reader.type(row->castsource), target = reader.type(row->casttarget);
    const std::string_view identity = reader.join({"(", source, " AS ", target, ")"});
    if (!reader.wants_of_database("cast", CastRelationId, row->oid, identity)) continue;
    reader.begin("cast", identity);
    reader.add("source", source);
    reader.add("target", target);
    reader.add("method", method(row->castmethod));
    reader.add("function", reader.function(row->castfunc));
    reader.add("context", context(row->castcontext));
    reader.add_comment(CastRelationId, row->oid);
    reader.finish();
  }
  for (pg::CatalogScan scan(TransformRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_transform>();
    if (row->oid < FirstUnpinnedObjectId) continue;
    const std::string_view identity = reader.join({"for ", reader.type(row->trftype), " language ", reader.language(row->trflang)});
    if (!reader.wants_of_database("transform", TransformRelationId, row->oid, identity)) continue;
    reader.begin("transform", identity);
    reader.add("type", reader.type(row->trftype));
    reader.add("language", reader.language(row->trflang));
    reader.add("from_sql", reader.function(row->trffromsql));
    reader.add("to_sql", reader.function(row->trftosql));
    reader.add_comment(TransformRelationId, row->oid);
    reader.finish();
  }
}

}  // namespace proapp::catalog
