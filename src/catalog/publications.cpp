// Kinds: publication, publication member.
#include "pg/postgres.hpp"

#include "catalog/reader.hpp"
#include "catalog/values.hpp"
#include "pg/compat.hpp"

extern "C" {
#include <catalog/pg_publication.h>
#include <catalog/pg_publication_namespace.h>
#include <catalog/pg_publication_rel.h>
}

namespace proapp::catalog {

namespace {
struct Member {
  Oid publication, schema;
};
}  // namespace

static core::Value operations(Reader &reader, const FormData_pg_publication *row) {
  auto &items = reader.arena.make<core::Vector<core::Value>>(reader.arena);
  if (row->pubinsert) items.push_back(core::Value(std::string_view("insert")));
  if (row->pubupdate) items.push_back(core::Value(std::string_view("update")));
  if (row->pubdelete) items.push_back(core::Value(std::string_view("delete")));
  if (row->pubtruncate) items.push_back(core::Value(std::string_view("truncate")));
  return core::Value(items.span());
}

static core::Value schemas(Reader &reader, std::span<const Member> members, Oid publication) {
  auto &items = reader.arena.make<core::Vector<core::Value>>(reader.arena);
  for (const Member &member : members)
    if (member.publication == publication) items.push_back(core::Value(reader.schema(member.schema)));
  core::sort_by_text(items);
  return core::Value(items.span());
}

static void read_members(Reader &reader, const core::OidMap<std::string_view> &publications) {
  for (pg::CatalogScan scan(PublicationRelRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_publication_rel>();
    const core::RelationName *relation = reader.names.relations.find(row->prrelid);
    const std::string_view *publication = publications.find(row->prpubid);
    if (relation == nullptr || publication == nullptr) continue;
    const bool asked_for = reader.wants_of_database("publication", *publication);
    if (!reader.wants_part("publication member", *relation, row->prrelid, *publication) && !asked_for) continue;
    reader.begin("publication member", reader.join({relation->identity, " in publication ", *publication}), relation->identity);
    reader.add("publication", *publication);
    const auto columns = scan.column(Anum_pg_publication_rel_prattrs);
    if (columns) {
      const auto *numbers = reinterpret_cast<const int2vector *>(PG_DETOAST_DATUM(*columns));
      reader.add("columns", column_list(reader, row->prrelid, {numbers->values, static_cast<size_t>(numbers->dim1)}));
    }
    if (scan.column(Anum_pg_publication_rel_prqual))
      reader.add("filter", reader.expression(reader.tree(*scan.column(Anum_pg_publication_rel_prqual), row->prrelid), Deparse::publication_filter, row->oid));
    reader.finish();
  }
}

void read_publications(Reader &reader) {
  auto &members = reader.lasting().make<core::Vector<Member>>(reader.lasting());
  for (pg::CatalogScan scan(PublicationNamespaceRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_publication_namespace>();
    members.push_back({row->pnpubid, row->pnnspid});
  }
  auto &names = reader.lasting().make<core::OidMap<std::string_view>>(reader.lasting());
  for (pg::CatalogScan scan(PublicationRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_publication>();
    names.at(row->oid) = reader.lasting().copy(std::string_view(quote_identifier(NameStr(row->pubname))));
    if (!reader.wants_of_database("publication", pg::view(row->pubname))) continue;
    reader.begin("publication", names.at(row->oid));
    reader.add("all_tables", row->puballtables);
    reader.add("operations", operations(reader, row));
    reader.add("via_root", row->pubviaroot);
    if (pg::publishes_generated_columns(row)) reader.add("generated_columns", true);
    reader.add("schemas", schemas(reader, members.span(), row->oid));
    reader.add("owner", reader.role(row->pubowner));
    reader.add_comment(PublicationRelationId, row->oid);
    reader.finish();
  }
  read_members(reader, names);
}

}  // namespace proapp::catalog
