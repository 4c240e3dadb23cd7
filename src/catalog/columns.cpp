// Kind: column, of tables and views. An identity column's sequence is part of it.
#include "pg/postgres.hpp"

#include "catalog/reader.hpp"
#include "catalog/sequences.hpp"
#include "catalog/types.hpp"
#include "catalog/values.hpp"

#include <algorithm>

extern "C" {
#include <catalog/pg_attribute.h>
#include <catalog/pg_class.h>
#include <catalog/pg_collation.h>
#include <catalog/pg_type.h>
}

namespace proapp::catalog {

static std::string_view compression(char attcompression) {
  switch (attcompression) {
    case 'p':
      return "pglz";
    case 'l':
      return "lz4";
    default:
      return {};
  }
}

static constexpr std::string_view n_distinct = "n_distinct";

// Options that ALTER TABLE … SET takes; the server keeps others of its own in the same place, which change in a restore.
static core::Value options(Reader &reader, std::optional<Datum> attoptions) {
  // Nearly always there is nothing to keep.
  if (!attoptions || pg::view(*attoptions).find(n_distinct) == std::string_view::npos) return core::Value(std::span<const core::Value>());
  const core::Value all = text_list(reader.arena, attoptions, true);
  auto &kept = reader.arena.make<core::Vector<core::Value>>(reader.arena);
  for (const core::Value &option : all.items())
    if (option.text().starts_with(n_distinct)) kept.push_back(option);
  return core::Value(kept.span());
}

static void add_stored_column(Reader &reader, const pg::CatalogScan &scan, const FormData_pg_attribute *row, const Sequences &sequences) {
  reader.add("not_null", row->attnotnull);
  if (row->attidentity != '\0') {
    reader.add("identity", row->attidentity == ATTRIBUTE_IDENTITY_ALWAYS ? "always" : "by default");
    if (const SequenceFacts *sequence = sequences.of_column(row->attrelid, row->attnum)) reader.add("identity_sequence", sequence_options(reader, *sequence));
  }
  reader.add("storage", storage_word(row->attstorage));
  reader.add("compression", compression(row->attcompression));
  if (const auto target = scan.column(Anum_pg_attribute_attstattarget); target && DatumGetInt32(*target) >= 0) reader.add("statistics", int64{DatumGetInt32(*target)});
  reader.add("options", options(reader, scan.column(Anum_pg_attribute_attoptions)));
  if (const auto foreign = scan.column(Anum_pg_attribute_attfdwoptions)) reader.add("foreign_options", option_list(reader, foreign));
}

namespace {
// A relation's columns mostly stand together; then the last of them is known to be the last.
class Run {
 public:
  explicit Run(Reader &reader) : reader_(reader) {}
  void next(const core::RelationName *relation) {
    if (relation == relation_) {
      ++seen_;
      return;
    }
    end();
    relation_ = relation;
    seen_ = 1;
  }
  void end() {
    if (relation_ == nullptr) return;
    const auto all = std::ranges::count_if(relation_->columns, [](std::string_view name) { return !name.empty(); });
    if (seen_ == all) reader_.sink.end_of_parent("column", relation_->identity);
  }

 private:
  Reader &reader_;
  const core::RelationName *relation_ = nullptr;
  std::ptrdiff_t seen_ = 0;
};
}  // namespace

void read_columns(Reader &reader, const Sequences &sequences) {
  Run run(reader);
  for (pg::CatalogScan scan(AttributeRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_attribute>();
    if (row->attnum <= 0 || row->attisdropped) continue;
    const core::RelationName *relation = reader.names.relations.find(row->attrelid);
    if (relation == nullptr || relation_kind(relation->kind).empty() || relation->kind == RELKIND_SEQUENCE) continue;
    run.next(relation);
    const std::string_view name = reader.names.column(row->attrelid, row->attnum);
    if (!reader.wants_part("column", *relation, row->attrelid, pg::view(row->attname))) continue;
    reader.begin("column", reader.join({relation->identity, ".", name}), relation->identity);
    reader.add("type", reader.type(row->atttypid, row->atttypmod));
    const std::string_view *collation = row->attcollation == DEFAULT_COLLATION_OID ? nullptr : reader.names.collations.find(row->attcollation);
    if (collation != nullptr) reader.add("collation", *collation);
    const core::Digest *default_tree = reader.lookups.defaults->find(0, row->attrelid, row->attnum);
    if (default_tree != nullptr)
      reader.add(row->attgenerated == '\0' ? "default" : "generated", reader.expression(*default_tree, Deparse::column_default, row->attrelid, row->attnum));
    if (relation->kind != RELKIND_VIEW) add_stored_column(reader, scan, row, sequences);
    reader.add("grants", grants(reader, scan.column(Anum_pg_attribute_attacl), OBJECT_COLUMN, InvalidOid));
    reader.add_comment(RelationRelationId, row->attrelid, row->attnum);
    reader.finish();
  }
  run.end();
}

}  // namespace proapp::catalog
