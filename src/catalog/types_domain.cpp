// Kinds: domain; constraint, where it belongs to a domain. NOT NULL is an attribute of the domain, as ALTER DOMAIN has it.
#include "pg/postgres.hpp"

#include "catalog/types.hpp"

extern "C" {
#include <catalog/pg_collation.h>
}

namespace proapp::catalog {

void read_domain(Reader &reader, const pg::CatalogScan &scan, const FormData_pg_type *row) {
  if (!reader.wants("domain", TypeRelationId, row->oid, row->typnamespace, pg::view(row->typname))) return;
  reader.begin("domain", reader.type(row->oid));
  reader.add("type", reader.type(row->typbasetype, row->typtypmod));
  if (row->typcollation != DEFAULT_COLLATION_OID) reader.add("collation", reader.collation(row->typcollation));
  if (scan.column(Anum_pg_type_typdefaultbin))
    reader.add("default", reader.expression(reader.expressions.default_digest(scan.text(Anum_pg_type_typdefaultbin), InvalidOid), Deparse::domain_default, row->oid));
  reader.add("not_null", row->typnotnull);
  reader.add("definition", reader.definition(Deparse::domain, row->oid));
  finish_type(reader, scan, row);
}

void read_domain_constraint(Reader &reader, const pg::CatalogScan &scan, const FormData_pg_constraint *row) {
  if (row->contype != CONSTRAINT_CHECK || !reader.wants_part_of_domain("constraint", row->contypid, pg::view(row->conname))) return;
  const std::string_view domain = reader.type(row->contypid);
  reader.begin("constraint", reader.join({"constraint ", quote_identifier(NameStr(row->conname)), " on ", domain}), domain);
  reader.add("type", "check");
  reader.add("of_domain", true);
  reader.add("expression", reader.expression(reader.expressions.digest(scan.text(Anum_pg_constraint_conbin), InvalidOid), Deparse::check_expression, row->oid));
  reader.add("validated", row->convalidated);
  reader.add_comment(ConstraintRelationId, row->oid);
  reader.add("definition", reader.definition(Deparse::constraint, row->oid));
  reader.finish();
}

}  // namespace proapp::catalog
