// Kinds: foreign data wrapper, foreign server, user mapping; and what makes a table a foreign one.
#include "pg/postgres.hpp"

#include "catalog/reader.hpp"
#include "catalog/values.hpp"

extern "C" {
#include <catalog/pg_foreign_data_wrapper.h>
#include <catalog/pg_foreign_server.h>
#include <catalog/pg_foreign_table.h>
#include <catalog/pg_user_mapping.h>
}

namespace proapp::catalog {

using OidNames = core::OidMap<std::string_view>;

static std::string_view name_in(const OidNames &names, Oid oid) {
  const std::string_view *found = names.find(oid);
  return found == nullptr ? std::string_view{} : *found;
}

static std::string_view function(Reader &reader, Oid oid) { return name_in(reader.names.functions, oid); }

static void read_wrappers(Reader &reader, OidNames &names) {
  for (pg::CatalogScan scan(ForeignDataWrapperRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_foreign_data_wrapper>();
    names.at(row->oid) = reader.lasting().copy(std::string_view(quote_identifier(NameStr(row->fdwname))));
    if (!reader.wants_of_database("foreign data wrapper", ForeignDataWrapperRelationId, row->oid, pg::view(row->fdwname))) continue;
    reader.begin("foreign data wrapper", name_in(names, row->oid));
    reader.add("handler", function(reader, row->fdwhandler));
    reader.add("validator", function(reader, row->fdwvalidator));
    reader.add("options", option_list(reader, scan.column(Anum_pg_foreign_data_wrapper_fdwoptions)));
    reader.add("owner", reader.role(row->fdwowner));
    reader.add("grants", grants(reader, scan.column(Anum_pg_foreign_data_wrapper_fdwacl), OBJECT_FDW, row->fdwowner));
    reader.add_comment(ForeignDataWrapperRelationId, row->oid);
    reader.finish();
  }
}

static void read_servers(Reader &reader, const OidNames &wrappers, OidNames &names) {
  for (pg::CatalogScan scan(ForeignServerRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_foreign_server>();
    names.at(row->oid) = reader.lasting().copy(std::string_view(quote_identifier(NameStr(row->srvname))));
    if (!reader.wants_of_database("foreign server", ForeignServerRelationId, row->oid, pg::view(row->srvname))) continue;
    reader.begin("foreign server", name_in(names, row->oid));
    reader.add("wrapper", name_in(wrappers, row->srvfdw));
    reader.add("type", reader.arena.copy(scan.text(Anum_pg_foreign_server_srvtype)));
    reader.add("version", reader.arena.copy(scan.text(Anum_pg_foreign_server_srvversion)));
    reader.add("options", option_list(reader, scan.column(Anum_pg_foreign_server_srvoptions)));
    reader.add("owner", reader.role(row->srvowner));
    reader.add("grants", grants(reader, scan.column(Anum_pg_foreign_server_srvacl), OBJECT_FOREIGN_SERVER, row->srvowner));
    reader.add_comment(ForeignServerRelationId, row->oid);
    reader.finish();
  }
}

// Selected by the server: a mapping has no name of its own. Those of an extension's server come and go by hand, so they are always listed.
static void read_user_mappings(Reader &reader, const OidNames &servers) {
  for (pg::CatalogScan scan(UserMappingRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_user_mapping>();
    const std::string_view server = name_in(servers, row->umserver), role = row->umuser == InvalidOid ? "public" : reader.role(row->umuser);
    if (!reader.wants_of_database("user mapping", server)) continue;
    reader.begin("user mapping", reader.join({"for ", role, " server ", server}));
    reader.add("options", option_list(reader, scan.column(Anum_pg_user_mapping_umoptions)));
    reader.finish();
  }
}

static void read_foreign_tables(Reader &reader, const OidNames &servers) {
  for (pg::CatalogScan scan(ForeignTableRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_foreign_table>();
    const core::Value options = core::copy(reader.lasting(), option_list(reader, scan.column(Anum_pg_foreign_table_ftoptions)));
    reader.lookups.foreign_tables.at(row->ftrelid) = {name_in(servers, row->ftserver), options};
    reader.arena.reset();
  }
}

void read_foreign(Reader &reader) {
  auto &wrappers = reader.lasting().make<OidNames>(reader.lasting());
  auto &servers = reader.lasting().make<OidNames>(reader.lasting());
  read_wrappers(reader, wrappers);
  read_servers(reader, wrappers, servers);
  read_user_mappings(reader, servers);
  read_foreign_tables(reader, servers);
}

}  // namespace proapp::catalog
