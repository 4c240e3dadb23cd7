// Kind: range type, with the multirange type that comes along.
#include "pg/postgres.hpp"

#include "catalog/types.hpp"

extern "C" {
#include <catalog/pg_collation.h>
#include <catalog/pg_range.h>
}

namespace proapp::catalog {

const Ranges &read_range_facts(Reader &reader) {
  auto &ranges = reader.lasting().make<Ranges>(reader.lasting());
  for (pg::CatalogScan scan(RangeRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_range>();
    if (row->rngtypid >= FirstUnpinnedObjectId)
      ranges.at(row->rngtypid) = {row->rngsubtype, row->rngmultitypid, row->rngcollation, row->rngsubopc, row->rngcanonical, row->rngsubdiff};
  }
  return ranges;
}

void read_range_type(Reader &reader, const pg::CatalogScan &scan, const FormData_pg_type *row, const Ranges &ranges) {
  const RangeFacts *range = ranges.find(row->oid);
  if (range == nullptr || !reader.wants("range type", TypeRelationId, row->oid, row->typnamespace, pg::view(row->typname))) return;
  reader.begin("range type", reader.type(row->oid));
  reader.add("subtype", reader.type(range->subtype));
  if (const OperatorClass *operators = reader.lookups.operator_classes.find(range->operator_class)) reader.add("operator_class", operators->name);
  if (range->collation != DEFAULT_COLLATION_OID) reader.add("collation", reader.collation(range->collation));
  reader.add("canonical", reader.function(range->canonical));
  reader.add("subtype_diff", reader.function(range->difference));
  reader.add("multirange", reader.type(range->multirange));
  finish_type(reader, scan, row);
}

}  // namespace proapp::catalog
