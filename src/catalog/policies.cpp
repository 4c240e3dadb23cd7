// Kind: policy.
#include "pg/postgres.hpp"

#include "catalog/reader.hpp"

extern "C" {
#include <catalog/pg_policy.h>
#include <utils/acl.h>
#include <utils/array.h>
}

namespace proapp::catalog {

static std::string_view command(char polcmd) {
  switch (polcmd) {
    case ACL_SELECT_CHR:
      return "select";
    case ACL_INSERT_CHR:
      return "insert";
    case ACL_UPDATE_CHR:
      return "update";
    case ACL_DELETE_CHR:
      return "delete";
    default:
      return "all";
  }
}

static core::Value roles(Reader &reader, Datum polroles) {
  const ArrayType *array = DatumGetArrayTypeP(polroles);
  const auto *oids = reinterpret_cast<const Oid *>(ARR_DATA_PTR(array));
  auto &items = reader.arena.make<core::Vector<core::Value>>(reader.arena);
  for (int i = 0; i < ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array)); ++i)
    items.push_back(core::Value(oids[i] == InvalidOid ? std::string_view("PUBLIC") : reader.role(oids[i])));
  core::sort_by_text(items);
  return core::Value(items.span());
}

void read_policies(Reader &reader) {
  for (pg::CatalogScan scan(PolicyRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_policy>();
    const core::RelationName *relation = reader.names.relations.find(row->polrelid);
    if (relation == nullptr || !reader.wants_part("policy", *relation, row->polrelid, pg::view(row->polname))) continue;
    reader.begin("policy", reader.join({"policy ", quote_identifier(NameStr(row->polname)), " on ", relation->identity}), relation->identity);
    reader.add("command", command(row->polcmd));
    reader.add("restrictive", !row->polpermissive);
    reader.add("roles", roles(reader, *scan.column(Anum_pg_policy_polroles)));
    if (scan.column(Anum_pg_policy_polqual))
      reader.add("using", reader.expression(reader.tree(*scan.column(Anum_pg_policy_polqual), row->polrelid), Deparse::policy_using, row->oid));
    if (scan.column(Anum_pg_policy_polwithcheck))
      reader.add("check", reader.expression(reader.tree(*scan.column(Anum_pg_policy_polwithcheck), row->polrelid), Deparse::policy_check, row->oid));
    reader.add_comment(PolicyRelationId, row->oid);
    reader.finish();
  }
}

}  // namespace proapp::catalog
