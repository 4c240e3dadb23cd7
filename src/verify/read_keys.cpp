// Constraints and indexes.
#include "pg/boundary.hpp"

#include "verify/reading.hpp"

extern "C" {
#include <catalog/pg_am.h>
#include <catalog/pg_constraint.h>
#include <catalog/pg_index.h>
#include <utils/fmgrprotos.h>
}

namespace proapp::verify {

// ---- constraints ----

static bool is_key(char type) { return type == CONSTRAINT_PRIMARY || type == CONSTRAINT_UNIQUE || type == CONSTRAINT_EXCLUSION; }

// Partitions' copies are their parents' matter. Answers the indexes that belong to constraints, to copies too.
static const core::OidMap<bool> &read_constraints(Reading &reading) {
  core::Facts &facts = reading.facts;
  auto &of_constraint = facts.arena.make<core::OidMap<bool>>(facts.arena);
  for (pg::CatalogScan scan(ConstraintRelationId, reading.snapshot, reading.row); scan.next();) {
    const auto *row = scan.row<Form_pg_constraint>();
    if (is_key(row->contype) && OidIsValid(row->conindid)) of_constraint.at(row->conindid) = true;
    if (OidIsValid(row->conparentid) || !(is_key(row->contype) || row->contype == CONSTRAINT_CHECK || row->contype == CONSTRAINT_FOREIGN)) continue;
    const core::TableFact *table = facts.table(row->conrelid);
    if (table == nullptr || is_built_in(table->of_schema)) continue;
    auto &fact = facts.arena.make<core::ConstraintFact>();
    const catalog::QuotedNames::Name name = reading.names.of(row->conname);
    fact.id = row->oid;
    fact.type = row->contype;
    fact.table = table;
    fact.name = name.bare;
    fact.quoted = name.quoted;
    fact.identity = facts.text({"constraint ", name.quoted, " on ", table->identity});
    fact.validated = row->convalidated;
    fact.deferrable = row->condeferrable;
    fact.columns = reading.numbers(scan.column(Anum_pg_constraint_conkey));
    if (row->contype == CONSTRAINT_FOREIGN) {
      fact.referenced = facts.table(row->confrelid);
      fact.referenced_columns = reading.numbers(scan.column(Anum_pg_constraint_confkey));
      fact.set_columns = reading.numbers(scan.column(Anum_pg_constraint_confdelsetcols));
    }
    fact.on_delete = row->confdeltype;
    fact.on_update = row->confupdtype;
    fact.check = reading.term(scan.column(Anum_pg_constraint_conbin), table->id);
    if (fact.check != nullptr) fact.text = reading.text(catalog::Deparse::constraint, row->oid);
    append(facts, facts.constraints_of, table->id, fact);
  }
  gather_by_table(facts, facts.constraints_of, facts.constraints);
  return of_constraint;
}

// ---- indexes ----

static std::string_view bytes_of(const void *bytes, size_t size) { return {static_cast<const char *>(bytes), size}; }

// All of CREATE INDEX but its name and the expressions, for comparing.
static std::string_view shape_of(core::Facts &facts, const pg::CatalogScan &scan, const IndexClass &index) {
  const auto *row = scan.row<Form_pg_index>();
  const auto *classes = reinterpret_cast<oidvector *>(DatumGetPointer(*scan.column(Anum_pg_index_indclass)));
  const auto *collations = reinterpret_cast<oidvector *>(DatumGetPointer(*scan.column(Anum_pg_index_indcollation)));
  const auto *options = reinterpret_cast<int2vector *>(DatumGetPointer(*scan.column(Anum_pg_index_indoption)));
  const size_t all = static_cast<size_t>(row->indkey.dim1), keys = static_cast<size_t>(row->indnkeyatts);
  const char distinct = row->indnullsnotdistinct ? 'n' : 'd';
  return facts.text({bytes_of(&index.method, sizeof index.method), bytes_of(&row->indnkeyatts, sizeof row->indnkeyatts), bytes_of(&distinct, 1),
                     bytes_of(row->indkey.values, all * sizeof(int16)), bytes_of(classes->values, keys * sizeof(Oid)), bytes_of(collations->values, keys * sizeof(Oid)),
                     bytes_of(options->values, keys * sizeof(int16))});
}

static void add_expressions(Reading &reading, const pg::CatalogScan &scan, core::IndexFact &fact) {
  fact.predicate = reading.term(scan.column(Anum_pg_index_indpred), fact.table->id);
  if (fact.predicate != nullptr) fact.predicate_text = reading.text(catalog::Deparse::index_predicate, fact.id);
  const core::Term *list = reading.term(scan.column(Anum_pg_index_indexprs), fact.table->id);
  if (list == nullptr) return;
  fact.expressions = list->arguments;
  auto &texts = reading.facts.arena.make<core::Vector<core::Printed>>(reading.facts.arena);
  for (size_t i = 0; i < fact.columns.size(); ++i)
    if (fact.columns[i] == 0) texts.push_back(reading.text(catalog::Deparse::index_column, fact.id, static_cast<int32>(i) + 1));
  fact.expression_texts = texts.span();
}

static int64 scans_of(Oid relation) { return DatumGetInt64(DirectFunctionCall1(pg_stat_get_numscans, ObjectIdGetDatum(relation))); }

void read_keys(Reading &reading) {
  core::Facts &facts = reading.facts;
  const core::OidMap<bool> &of_constraint = read_constraints(reading);
  for (pg::CatalogScan scan(IndexRelationId, reading.snapshot, reading.row); scan.next();) {
    const auto *row = scan.row<Form_pg_index>();
    core::TableFact *table = core::Facts::get(facts.table_of, row->indrelid);
    const IndexClass *index = reading.indexes.find(row->indexrelid);
    if (table == nullptr || index == nullptr) continue;
    table->primary_key = table->primary_key || row->indisprimary;
    if (is_built_in(table->of_schema)) continue;
    auto &fact = facts.arena.make<core::IndexFact>();
    fact.id = row->indexrelid;
    fact.table = table;
    fact.name = index->name;
    fact.identity = facts.text({reading.schema(index->schema)->quoted, ".", index->quoted});
    fact.shape = shape_of(facts, scan, *index);
    fact.columns = facts.arena.copy(std::span<const std::int16_t>(row->indkey.values, static_cast<size_t>(row->indnkeyatts)));
    fact.unique = row->indisunique;
    fact.primary = row->indisprimary;
    fact.valid = row->indisvalid && row->indisready && row->indislive;
    fact.of_constraint = of_constraint.find(row->indexrelid) != nullptr;
    fact.btree = index->method == BTREE_AM_OID;
    fact.hash = index->method == HASH_AM_OID;
    fact.bytes = index->bytes;
    fact.scans = scans_of(row->indexrelid);
    table->scans += fact.scans;
    add_expressions(reading, scan, fact);
    append(facts, facts.indexes_of, table->id, fact);
  }
  gather_by_table(facts, facts.indexes_of, facts.indexes);
  for (core::TableFact *table : facts.tables)
    if (!is_built_in(table->of_schema)) table->scans += scans_of(table->id);
}

}  // namespace proapp::verify
