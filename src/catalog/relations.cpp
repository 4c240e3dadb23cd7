// Kinds: table, foreign table, view, materialized view.
#include "pg/postgres.hpp"

#include "catalog/reader.hpp"
#include "catalog/values.hpp"

extern "C" {
#include <catalog/pg_am.h>
#include <catalog/pg_class.h>
#include <catalog/pg_index.h>
#include <catalog/pg_partitioned_table.h>
#include <utils/syscache.h>
}

namespace proapp::catalog {

static std::string_view persistence(char relpersistence) { return relpersistence == RELPERSISTENCE_UNLOGGED ? "unlogged" : "permanent"; }

static std::string_view tablespace(Reader &reader, Oid oid) {
  const std::string_view *name = reader.names.others.find(oid);
  return name == nullptr ? std::string_view{} : *name;
}

static core::Value parents(Reader &reader, Oid relation) {
  auto &items = reader.arena.make<core::Vector<core::Value>>(reader.arena);
  for (int32 number = 1;; ++number) {
    const std::string_view *parent = reader.lookups.parents.find(0, relation, number);
    if (parent == nullptr) break;
    items.push_back(core::Value(*parent));
  }
  return core::Value(items.span());
}

// Which rows a partitioned table puts where: strategy, columns or expressions, operator classes.
static core::Value partition_key(Reader &reader, Oid relation) {
  HeapTuple tuple = SearchSysCacheCopy1(PARTRELID, ObjectIdGetDatum(relation));
  if (!HeapTupleIsValid(tuple)) return {};
  const auto *row = reinterpret_cast<Form_pg_partitioned_table>(GETSTRUCT(tuple));
  bool null;
  auto &facts = reader.arena.make<core::Bytes>(reader.arena);
  facts.raw(row->partstrat);
  const auto *classes = reinterpret_cast<oidvector *>(DatumGetPointer(SysCacheGetAttr(PARTRELID, tuple, Anum_pg_partitioned_table_partclass, &null)));
  const auto *collations = reinterpret_cast<oidvector *>(DatumGetPointer(SysCacheGetAttr(PARTRELID, tuple, Anum_pg_partitioned_table_partcollation, &null)));
  for (int i = 0; i < row->partnatts; ++i) {
    facts.field(row->partattrs.values[i] == 0 ? std::string_view{} : reader.names.column(relation, row->partattrs.values[i]));
    const OperatorClass *operators = reader.lookups.operator_classes.find(classes->values[i]);
    facts.field(operators == nullptr ? std::string_view{} : operators->name);
    const std::string_view *collation = reader.names.collations.find(collations->values[i]);
    facts.field(collation == nullptr ? std::string_view{} : *collation);
  }
  const Datum expressions = SysCacheGetAttr(PARTRELID, tuple, Anum_pg_partitioned_table_partexprs, &null);
  if (!null)
    reader.expressions.each(pg::view(expressions), relation, [&](const core::Digest &digest) {
      facts.raw({reinterpret_cast<const char *>(digest.bytes.data()), digest.bytes.size()});
    });
  return reader.expression(core::sha256(facts.view()), Deparse::partition_key, relation);
}

static std::string_view replica_identity(char relreplident) {
  switch (relreplident) {
    case REPLICA_IDENTITY_FULL:
      return "full";
    case REPLICA_IDENTITY_NOTHING:
      return "nothing";
    case REPLICA_IDENTITY_INDEX:
      return "index";
    default:
      return "default";
  }
}

static void add_table(Reader &reader, const pg::CatalogScan &scan, const FormData_pg_class *row) {
  reader.add("rls_enabled", row->relrowsecurity);
  reader.add("rls_forced", row->relforcerowsecurity);
  reader.add("persistence", persistence(row->relpersistence));
  const std::string_view *method = reader.names.others.find(row->relam);
  if (row->relkind == RELKIND_RELATION && method != nullptr) reader.add("access_method", *method);
  if (row->relkind == RELKIND_PARTITIONED_TABLE) reader.add("partition_key", partition_key(reader, row->oid));
  reader.add(row->relispartition ? "partition_of" : "inherits", parents(reader, row->oid));
  if (row->relispartition) reader.add("partition_bound", reader.expression(reader.tree(*scan.column(Anum_pg_class_relpartbound), 0), Deparse::partition_bound, row->oid));
  if (row->reloftype != InvalidOid) reader.add("of_type", reader.type(row->reloftype));
  reader.add("replica_identity", replica_identity(row->relreplident));
  const Oid *index = row->relreplident == REPLICA_IDENTITY_INDEX ? reader.lookups.replica_identities.find(row->oid) : nullptr;
  const core::RelationName *index_name = index == nullptr ? nullptr : reader.names.relations.find(*index);
  if (index_name != nullptr) reader.add("replica_identity_index", quote_identifier(pg::c_string(index_name->name)));
  if (const ForeignTable *foreign = reader.lookups.foreign_tables.find(row->oid)) {
    reader.add("server", foreign->server);
    reader.add("foreign_options", foreign->options);
  }
}

// The table's own, then those of its TOAST table.
static core::Value with_toast(Reader &reader, const core::Value &options, Oid toast) {
  const auto *of_toast = reader.lookups.toast_options.find(toast);
  if (of_toast == nullptr) return options;
  auto &items = reader.arena.make<core::Vector<core::Value>>(reader.arena);
  items.assign(options.items().begin(), options.items().end());
  items.insert(items.end(), of_toast->begin(), of_toast->end());
  return core::Value(items.span());
}

// security_barrier=true -> "security_barrier": true; the words that a boolean option may be spelled with mean the same.
static bool option_flag(const core::Value &options, std::string_view name) {
  for (const core::Value &option : options.items()) {
    const std::string_view text = option.text();
    bool on = false;
    if (text.size() > name.size() && text.starts_with(name) && text[name.size()] == '=')
      return parse_bool_with_len(text.data() + name.size() + 1, text.size() - name.size() - 1, &on) && on;
  }
  return false;
}

static std::string_view option_text(const core::Value &options, std::string_view name) {
  for (const core::Value &option : options.items()) {
    const std::string_view text = option.text();
    if (text.size() > name.size() && text.starts_with(name) && text[name.size()] == '=') return text.substr(name.size() + 1);
  }
  return {};
}

static void add_view(Reader &reader, const FormData_pg_class *row, const core::Value &options) {
  if (const core::Digest *query = reader.lookups.queries.find(row->oid)) reader.add("query", reader.expression(*query, Deparse::view_query, row->oid));
  if (row->relkind == RELKIND_MATVIEW) {
    reader.add("populated", row->relispopulated);
    return;
  }
  reader.add("security_invoker", option_flag(options, "security_invoker"));
  reader.add("security_barrier", option_flag(options, "security_barrier"));
  reader.add("check_option", option_text(options, "check_option"));
}

// Dropped columns leave gaps, which a restore closes: only the order counts.
static core::Value column_order(Reader &reader, const core::RelationName &relation) {
  auto &items = reader.arena.make<core::Vector<core::Value>>(reader.arena);
  for (const std::string_view column : relation.columns)
    if (!column.empty()) items.push_back(core::Value(column));
  return core::Value(items.span());
}

void read_relations(Reader &reader) {
  for (pg::CatalogScan scan(RelationRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_class>();
    const std::string_view kind = relation_kind(row->relkind);
    if (kind.empty() || row->relkind == RELKIND_SEQUENCE || row->relpersistence == RELPERSISTENCE_TEMP) continue;
    const core::RelationName *name = reader.names.relations.find(row->oid);
    if (!reader.wants(kind, RelationRelationId, row->oid, row->relnamespace, name->name)) continue;
    reader.begin(kind, name->identity);
    const core::Value options = text_list(reader.arena, scan.column(Anum_pg_class_reloptions), true);
    const bool table = row->relkind == RELKIND_RELATION || row->relkind == RELKIND_PARTITIONED_TABLE || row->relkind == RELKIND_FOREIGN_TABLE;
    table ? add_table(reader, scan, row) : add_view(reader, row, options);
    if (row->relkind != RELKIND_VIEW) {
      reader.add("options", with_toast(reader, options, row->reltoastrelid));
      reader.add("tablespace", tablespace(reader, row->reltablespace));
    }
    reader.add("column_order", column_order(reader, *name));
    reader.add("owner", reader.role(row->relowner));
    reader.add("grants", grants(reader, scan.column(Anum_pg_class_relacl), OBJECT_TABLE, row->relowner));
    reader.add_comment(RelationRelationId, row->oid);
    reader.finish();
  }
}

}  // namespace proapp::catalog
