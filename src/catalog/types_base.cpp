// Kind: base type, the shell of one included.
#include "pg/postgres.hpp"

#include "catalog/types.hpp"

namespace proapp::catalog {

std::string_view storage_word(char typstorage) {
  switch (typstorage) {
    case TYPSTORAGE_PLAIN:
      return "plain";
    case TYPSTORAGE_EXTERNAL:
      return "external";
    case TYPSTORAGE_EXTENDED:
      return "extended";
    default:
      return "main";
  }
}

std::string_view alignment_word(char typalign) {
  switch (typalign) {
    case TYPALIGN_CHAR:
      return "char";
    case TYPALIGN_SHORT:
      return "int2";
    case TYPALIGN_INT:
      return "int4";
    default:
      return "double";
  }
}

static void add_definition(Reader &reader, const pg::CatalogScan &scan, const FormData_pg_type *row) {
  reader.add("input", reader.function(row->typinput));
  reader.add("output", reader.function(row->typoutput));
  reader.add("receive", reader.function(row->typreceive));
  reader.add("send", reader.function(row->typsend));
  reader.add("typmod_in", reader.function(row->typmodin));
  reader.add("typmod_out", reader.function(row->typmodout));
  reader.add("analyze", reader.function(row->typanalyze));
  reader.add("subscript", reader.function(row->typsubscript));
  row->typlen < 0 ? reader.add("length", row->typlen == -1 ? "variable" : "cstring") : reader.add("length", int64{row->typlen});
  reader.add("passed_by_value", row->typbyval);
  reader.add("alignment", alignment_word(row->typalign));
  reader.add("storage", storage_word(row->typstorage));
  reader.add("category", reader.arena.copy(std::string_view(&row->typcategory, 1)));
  reader.add("preferred", row->typispreferred);
  if (scan.column(Anum_pg_type_typdefault)) reader.add("default", quote_literal_cstr(pg::c_string(scan.text(Anum_pg_type_typdefault))));
  if (row->typelem != InvalidOid) reader.add("element", reader.type(row->typelem));
  reader.add("delimiter", reader.arena.copy(std::string_view(&row->typdelim, 1)));
  reader.add("collatable", row->typcollation != InvalidOid);
}

void read_base_type(Reader &reader, const pg::CatalogScan &scan, const FormData_pg_type *row) {
  if (!reader.wants("base type", TypeRelationId, row->oid, row->typnamespace, pg::view(row->typname))) return;
  reader.begin("base type", reader.type(row->oid));
  row->typisdefined ? add_definition(reader, scan, row) : reader.add("shell", true);
  finish_type(reader, scan, row);
}

}  // namespace proapp::catalog
