// Kind: operator.
#include "pg/postgres.hpp"

#include "catalog/reader.hpp"

extern "C" {
#include <catalog/pg_operator.h>
}

namespace proapp::catalog {

void read_operators(Reader &reader) {
  for (pg::CatalogScan scan(OperatorRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_operator>();
    // Without code: somebody's promised commutator or negator, which no dump keeps.
    if (row->oid < FirstUnpinnedObjectId || row->oprcode == InvalidOid) continue;
    if (!reader.wants("operator", OperatorRelationId, row->oid, row->oprnamespace, pg::view(row->oprname))) continue;
    reader.begin("operator", reader.operation(row->oid));
    if (row->oprleft != InvalidOid) reader.add("left", reader.type(row->oprleft));
    reader.add("right", reader.type(row->oprright));
    reader.add("returns", reader.type(row->oprresult));
    reader.add("function", reader.function(row->oprcode));
    reader.add("commutator", reader.operation(row->oprcom));
    reader.add("negator", reader.operation(row->oprnegate));
    reader.add("restrict", reader.function(row->oprrest));
    reader.add("join", reader.function(row->oprjoin));
    reader.add("hashes", row->oprcanhash);
    reader.add("merges", row->oprcanmerge);
    reader.add("owner", reader.role(row->oprowner));
    reader.add_comment(OperatorRelationId, row->oid);
    reader.finish();
  }
}

}  // namespace proapp::catalog
