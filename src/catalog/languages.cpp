// Kinds: language, access method.
#include "pg/postgres.hpp"

#include "catalog/reader.hpp"
#include "catalog/values.hpp"

extern "C" {
#include <catalog/pg_am.h>
#include <catalog/pg_language.h>
}

namespace proapp::catalog {

void read_languages(Reader &reader) {
  for (pg::CatalogScan scan(LanguageRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_language>();
    if (!reader.wants_of_database("language", LanguageRelationId, row->oid, pg::view(row->lanname))) continue;
    reader.begin("language", reader.language(row->oid));
    reader.add("trusted", row->lanpltrusted);
    reader.add("handler", reader.function(row->lanplcallfoid));
    reader.add("inline", reader.function(row->laninline));
    reader.add("validator", reader.function(row->lanvalidator));
    reader.add("owner", reader.role(row->lanowner));
    reader.add("grants", grants(reader, scan.column(Anum_pg_language_lanacl), OBJECT_LANGUAGE, row->lanowner));
    reader.add_comment(LanguageRelationId, row->oid);
    reader.finish();
  }
}

void read_access_methods(Reader &reader) {
  for (pg::CatalogScan scan(AccessMethodRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_am>();
    if (!reader.wants_of_database("access method", AccessMethodRelationId, row->oid, pg::view(row->amname))) continue;
    reader.begin("access method", reader.other(row->oid));
    reader.add("type", row->amtype == AMTYPE_TABLE ? "table" : "index");
    reader.add("handler", reader.function(row->amhandler));
    reader.add_comment(AccessMethodRelationId, row->oid);
    reader.finish();
  }
}

}  // namespace proapp::catalog
