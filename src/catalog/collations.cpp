// Kinds: collation, conversion.
#include "pg/postgres.hpp"

#include "catalog/reader.hpp"
#include "pg/compat.hpp"

extern "C" {
#include <catalog/pg_collation.h>
#include <catalog/pg_conversion.h>
#include <mb/pg_wchar.h>
}

namespace proapp::catalog {

static std::string_view provider(char collprovider) {
  switch (collprovider) {
    case COLLPROVIDER_ICU:
      return "icu";
    case COLLPROVIDER_LIBC:
      return "libc";
    case COLLPROVIDER_DEFAULT:
      return "default";
    default:
      return "builtin";
  }
}

// The encoding is the database's and the version the operating system's: the first is left out, drift mentions the second.
static void read_collation_objects(Reader &reader) {
  for (pg::CatalogScan scan(CollationRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_collation>();
    if (row->oid < FirstUnpinnedObjectId || !reader.wants("collation", CollationRelationId, row->oid, row->collnamespace, pg::view(row->collname))) continue;
    reader.begin("collation", reader.collation(row->oid));
    reader.add("provider", provider(row->collprovider));
    reader.add("locale", scan.text(pg::collation_locale));
    reader.add("lc_collate", scan.text(Anum_pg_collation_collcollate));
    reader.add("lc_ctype", scan.text(Anum_pg_collation_collctype));
    if (pg::collation_rules != 0) reader.add("rules", scan.text(pg::collation_rules));
    reader.add("nondeterministic", !row->collisdeterministic);
    reader.add("version", scan.text(Anum_pg_collation_collversion));
    reader.add("owner", reader.role(row->collowner));
    reader.add_comment(CollationRelationId, row->oid);
    reader.finish();
  }
}

static void read_conversions(Reader &reader) {
  for (pg::CatalogScan scan(ConversionRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_conversion>();
    if (row->oid < FirstUnpinnedObjectId || !reader.wants("conversion", ConversionRelationId, row->oid, row->connamespace, pg::view(row->conname))) continue;
    reader.begin("conversion", reader.join({reader.schema(row->connamespace), ".", quote_identifier(NameStr(row->conname))}));
    reader.add("source", pg_encoding_to_char(row->conforencoding));
    reader.add("target", pg_encoding_to_char(row->contoencoding));
    reader.add("function", reader.function(row->conproc));
    reader.add("default", row->condefault);
    reader.add("owner", reader.role(row->conowner));
    reader.add_comment(ConversionRelationId, row->oid);
    reader.finish();
  }
}

void read_collations(Reader &reader) {
  read_collation_objects(reader);
  read_conversions(reader);
}

}  // namespace proapp::catalog
