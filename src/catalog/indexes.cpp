// Kind: index.
#include "pg/postgres.hpp"

#include "catalog/indexes.hpp"
#include "catalog/values.hpp"

extern "C" {
#include <catalog/pg_class.h>
#include <catalog/pg_collation.h>
#include <catalog/pg_constraint.h>
#include <catalog/pg_index.h>
}

namespace proapp::catalog {

static IndexFacts facts_of(Reader &reader, const pg::CatalogScan &scan, core::Arena &arena) {
  const auto *row = scan.row<Form_pg_index>();
  IndexFacts facts{};
  facts.oid = row->indexrelid;
  facts.table = row->indrelid;
  facts.unique = row->indisunique;
  facts.nulls_not_distinct = row->indnullsnotdistinct;
  facts.valid = row->indisvalid;
  facts.clustered = row->indisclustered;
  facts.replica_identity = row->indisreplident;
  auto &expressions = reader.arena.make<core::Vector<core::Digest>>(reader.arena);
  if (scan.column(Anum_pg_index_indexprs))
    reader.expressions.each(scan.text(Anum_pg_index_indexprs), row->indrelid, [&](const core::Digest &digest) { expressions.push_back(digest); });
  if (scan.column(Anum_pg_index_indpred)) {
    facts.predicate = &arena.make<core::Digest>(reader.tree(*scan.column(Anum_pg_index_indpred), row->indrelid));
  }
  const auto *classes = reinterpret_cast<oidvector *>(DatumGetPointer(*scan.column(Anum_pg_index_indclass)));
  const auto *collations = reinterpret_cast<oidvector *>(DatumGetPointer(*scan.column(Anum_pg_index_indcollation)));
  const auto *options = reinterpret_cast<int2vector *>(DatumGetPointer(*scan.column(Anum_pg_index_indoption)));
  const auto keys = static_cast<size_t>(row->indnkeyatts), all = static_cast<size_t>(row->indnatts);
  auto &columns = reader.arena.make<core::Vector<IndexColumn>>(reader.arena);
  size_t next_expression = 0;
  for (size_t i = 0; i < keys; ++i) {
    IndexColumn column{};
    column.number = row->indkey.values[i];
    if (column.number == 0 && next_expression < expressions.size()) column.expression = &arena.make<core::Digest>(expressions[next_expression++]);
    column.operator_class = classes->values[i];
    column.collation = collations->values[i];
    column.descending = (options->values[i] & INDOPTION_DESC) != 0;
    column.nulls_first = (options->values[i] & INDOPTION_NULLS_FIRST) != 0;
    columns.push_back(column);
  }
  facts.columns = arena.copy(columns.span());
  facts.included = arena.copy(std::span<const int16>(&row->indkey.values[keys], all - keys));
  return facts;
}

Indexes &read_index_facts(Reader &reader, core::Arena &arena) {
  auto &indexes = arena.make<Indexes>(arena);
  for (pg::CatalogScan scan(IndexRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_index>();
    const core::RelationName *table = reader.names.relations.find(row->indrelid);
    if (table == nullptr || reader.is_system(table->schema)) continue;
    if (row->indisreplident) reader.lookups.replica_identities.at(row->indrelid) = row->indexrelid;
    indexes.add(facts_of(reader, scan, arena));
    reader.arena.reset();
  }
  return indexes;
}

static core::Value columns(Reader &reader, const IndexFacts &index) {
  auto &items = reader.arena.make<core::Vector<core::Value>>(reader.arena);
  int32 number = 0;
  for (const IndexColumn &column : index.columns) {
    ++number;
    auto &members = reader.arena.make<core::Vector<core::Member>>(reader.arena);
    if (column.number != 0)
      members.push_back({"column", core::Value(reader.names.column(index.table, column.number))});
    else
      members.push_back({"expression", reader.expression(*column.expression, Deparse::index_column, index.oid, number)});
    const OperatorClass *operators = reader.lookups.operator_classes.find(column.operator_class);
    if (operators != nullptr && !operators->is_default) members.push_back({"operator_class", core::Value(operators->name)});
    const std::string_view *collation = column.collation == DEFAULT_COLLATION_OID ? nullptr : reader.names.collations.find(column.collation);
    if (collation != nullptr) members.push_back({"collation", core::Value(*collation)});
    members.push_back({"descending", core::Value(column.descending)});
    if (const int64 *target = reader.lookups.index_statistics.find(0, index.oid, number)) members.push_back({"statistics", core::Value(*target)});
    // Descending order puts nulls first by itself.
    if (column.nulls_first != column.descending) members.push_back({column.nulls_first ? "nulls_first" : "nulls_last", core::Value(true)});
    items.push_back(core::Value(members.span()));
  }
  return core::Value(items.span());
}

static void add_storage(Reader &reader, const IndexFacts &index) {
  if (const auto *options = reader.lookups.index_options.find(index.oid)) reader.add("options", core::Value(*options));
  const Oid *tablespace = reader.lookups.index_tablespaces.find(index.oid);
  const std::string_view *name = tablespace == nullptr ? nullptr : reader.names.others.find(*tablespace);
  if (name != nullptr) reader.add("tablespace", *name);
  reader.add("clustered", index.clustered);
  reader.add("replica_identity", index.replica_identity);
}

static std::string_view method(Reader &reader, Oid index) {
  const core::RelationName *relation = reader.names.relations.find(index);
  return relation == nullptr ? std::string_view{} : reader.other(relation->method);
}

void add_constraint_index(Reader &reader, const IndexFacts &index, char type) {
  reader.add("nulls_not_distinct", index.nulls_not_distinct);
  reader.add("include", column_list(reader, index.table, index.included));
  if (type == CONSTRAINT_EXCLUSION) {
    reader.add("method", method(reader, index.oid));
    reader.add("elements", columns(reader, index));
    if (index.predicate != nullptr) reader.add("predicate", reader.expression(*index.predicate, Deparse::index_predicate, index.oid));
  }
  reader.add("valid", index.valid);
  if (const std::string_view *comment = reader.lookups.comments.find(RelationRelationId, index.oid)) reader.add("index_comment", *comment);
  add_storage(reader, index);
}

// A partitioned index becomes valid when every partition has its part: until then nothing of its own is wrong with it.
static bool counts_as_valid(const core::RelationName &name, const IndexFacts &index) { return index.valid || name.kind == RELKIND_PARTITIONED_INDEX; }

void read_indexes(Reader &reader, const Indexes &indexes) {
  indexes.each([&](const IndexFacts &index) {
    CHECK_FOR_INTERRUPTS();
    const core::RelationName *name = reader.names.relations.find(index.oid);
    const core::RelationName *table = reader.names.relations.find(index.table);
    if (index.of_constraint || name == nullptr || table == nullptr || !reader.wants_part("index", *table, index.table, name->name)) return;
    reader.begin("index", name->identity, table->identity);
    reader.add("method", method(reader, index.oid));
    reader.add("unique", index.unique);
    reader.add("nulls_not_distinct", index.nulls_not_distinct);
    reader.add("columns", columns(reader, index));
    reader.add("include", column_list(reader, index.table, index.included));
    if (index.predicate != nullptr) reader.add("predicate", reader.expression(*index.predicate, Deparse::index_predicate, index.oid));
    reader.add("valid", counts_as_valid(*name, index));
    if (const std::string_view *parent = reader.lookups.parents.find(0, index.oid, 1)) reader.add("attached_to", *parent);
    add_storage(reader, index);
    reader.add_comment(RelationRelationId, index.oid);
    reader.add("definition", reader.definition(Deparse::index, index.oid));
    reader.finish();
  });
}

}  // namespace proapp::catalog
