// Tables, views, their columns, defaults and queries.
#include "pg/boundary.hpp"

#include "verify/reading.hpp"

#include <cmath>

extern "C" {
#include <access/reloptions.h>
#include <catalog/pg_attrdef.h>
#include <catalog/pg_attribute.h>
#include <catalog/pg_class.h>
#include <catalog/pg_inherits.h>
#include <catalog/pg_rewrite.h>
#include <commands/defrem.h>
#include <rewrite/prs2lock.h>
#include <utils/acl.h>
}

namespace proapp::verify {

static constexpr uint32 table_rights = core::may_insert | core::may_select | core::may_update | core::may_delete | core::may_truncate | core::may_reference | core::may_trigger;
static constexpr uint32 column_rights = core::may_insert | core::may_select | core::may_update | core::may_reference;

static bool is_table_like(char kind) {
  return kind == RELKIND_RELATION || kind == RELKIND_PARTITIONED_TABLE || kind == RELKIND_VIEW || kind == RELKIND_MATVIEW || kind == RELKIND_FOREIGN_TABLE;
}

static void add_view_options(core::Facts &facts, core::TableFact &view, std::optional<Datum> options) {
  if (!options) return;
  const ListCell *cell;
  const List *list = untransformRelOptions(*options);
  foreach (cell, list) {
    auto *option = static_cast<DefElem *>(lfirst(cell));
    view.options = facts.text({view.options, view.options.empty() ? "" : ", ", option->defname, " = ", quote_literal_cstr(defGetString(option))});
    if (strcmp(option->defname, "security_invoker") == 0) view.invoker = defGetBoolean(option);
    if (strcmp(option->defname, "security_barrier") == 0) view.barrier = defGetBoolean(option);
  }
}

static bool reaches(const core::SchemaFact *schema, uint32 core::Reach::*role) { return schema != nullptr && !schema->system && (schema->reach.*role & core::may_use) != 0; }

static void add_reach(const Reading &reading, core::TableFact &table, const Acl *acl, uint32 asked) {
  if (reaches(table.of_schema, &core::Reach::anon)) table.reach.anon |= Reading::rights(reading.anon, acl, table.owner, asked);
  if (reaches(table.of_schema, &core::Reach::authenticated)) table.reach.authenticated |= Reading::rights(reading.authenticated, acl, table.owner, asked);
}

static void add_columns(core::Facts &facts, core::TableFact &table, int count) {
  const auto number = static_cast<size_t>(count);
  auto *columns = static_cast<core::ColumnFact *>(facts.arena.allocate(number * sizeof(core::ColumnFact) + 1, alignof(core::ColumnFact)));
  for (size_t c = 0; c < number; ++c) new (&columns[c]) core::ColumnFact();
  table.columns = {columns, number};
}

static void read_classes(Reading &reading) {
  core::Facts &facts = reading.facts;
  for (pg::CatalogScan scan(RelationRelationId, reading.snapshot, reading.row); scan.next();) {
    const auto *row = scan.row<Form_pg_class>();
    const core::SchemaFact *schema = reading.schema(row->relnamespace);
    if (schema == nullptr || schema->name.starts_with("pg_toast") || schema->name.starts_with("pg_temp")) continue;
    if (row->relkind == RELKIND_INDEX || row->relkind == RELKIND_PARTITIONED_INDEX) {
      const catalog::QuotedNames::Name name = reading.names.of(row->relname);
      reading.indexes.at(row->oid) = {name.bare, name.quoted, row->relnamespace, row->relam, int64{row->relpages} * BLCKSZ};
    }
    if (!is_table_like(row->relkind)) continue;
    const catalog::QuotedNames::Name name = reading.names.of(row->relname);
    auto &table = facts.arena.make<core::TableFact>();
    table.id = row->oid;
    table.schema = row->relnamespace;
    table.of_schema = schema;
    table.owner = row->relowner;
    table.kind = row->relkind;
    table.rls = row->relrowsecurity;
    table.forced = row->relforcerowsecurity;
    table.partition = row->relispartition;
    table.name = name.bare;
    table.identity = facts.text({schema->quoted, ".", name.quoted});
    table.extension = reading.extension(RelationRelationId, row->oid);
    table.rows = std::rint(static_cast<double>(row->reltuples));
    table.unlogged = row->relpersistence == RELPERSISTENCE_UNLOGGED;
    table.replica_identity = row->relreplident;
    table.exposed = !schema->system && schema->exposed;
    if (row->relkind == RELKIND_VIEW) add_view_options(facts, table, scan.column(Anum_pg_class_reloptions));
    const auto acl = scan.column(Anum_pg_class_relacl);
    if (!schema->system) add_reach(reading, table, acl ? DatumGetAclP(*acl) : acldefault(OBJECT_TABLE, row->relowner), table_rights);
    if (!is_built_in(schema)) add_columns(facts, table, row->relnatts);
    facts.tables.push_back(&table);
    facts.table_of.at(table.id) = &table;
  }
}

static void read_parents(Reading &reading) {
  for (pg::CatalogScan scan(InheritsRelationId, reading.snapshot, reading.row); scan.next();) {
    const auto *row = scan.row<Form_pg_inherits>();
    core::TableFact *child = row->inhseqno == 1 ? core::Facts::get(reading.facts.table_of, row->inhrelid) : nullptr;
    if (child != nullptr) child->parent = row->inhparent;
  }
}

static void read_columns(Reading &reading) {
  core::Facts &facts = reading.facts;
  core::TableFact *table = nullptr;  // of the row before, and mostly of this one
  Oid last = InvalidOid;
  for (pg::CatalogScan scan(AttributeRelationId, reading.snapshot, reading.row); scan.next();) {
    const auto *row = scan.row<Form_pg_attribute>();
    if (row->attnum <= 0 || row->attisdropped) continue;
    if (row->attrelid != last) table = core::Facts::get(facts.table_of, last = row->attrelid);
    if (table == nullptr || static_cast<size_t>(row->attnum) > table->columns.size()) continue;
    const catalog::QuotedNames::Name name = reading.names.of(row->attname);
    reading.type(row->atttypid);
    table->columns[static_cast<size_t>(row->attnum) - 1] = {name.bare, name.quoted, row->atttypid, row->attnotnull, row->attgenerated != '\0', row->attidentity != '\0', nullptr};
    if (const auto acl = scan.column(Anum_pg_attribute_attacl)) add_reach(reading, *table, DatumGetAclP(*acl), column_rights);
  }
  // Columns that were dropped at the end.
  for (core::TableFact *one : facts.tables)
    while (!one->columns.empty() && one->columns.back().name.empty()) one->columns = one->columns.first(one->columns.size() - 1);
}

static void read_defaults(Reading &reading) {
  for (pg::CatalogScan scan(AttrDefaultRelationId, reading.snapshot, reading.row); scan.next();) {
    const auto *row = scan.row<Form_pg_attrdef>();
    core::TableFact *table = core::Facts::get(reading.facts.table_of, row->adrelid);
    if (table == nullptr || table->column(row->adnum) == nullptr) continue;
    table->columns[static_cast<size_t>(row->adnum) - 1].default_value = reading.term(scan.column(Anum_pg_attrdef_adbin), table->id);
  }
}

static void read_views(Reading &reading) {
  for (pg::CatalogScan scan(RewriteRelationId, reading.snapshot, reading.row); scan.next();) {
    const auto *row = scan.row<Form_pg_rewrite>();
    core::TableFact *view = row->ev_type == '1' ? core::Facts::get(reading.facts.table_of, row->ev_class) : nullptr;  // SELECT
    if (view == nullptr || is_built_in(view->of_schema)) continue;
    view->queries = reading.terms.queries(scan.text(Anum_pg_rewrite_ev_action));
    view->query_text = reading.text(catalog::Deparse::view_query, view->id);
  }
}

void read_tables(Reading &reading) {
  read_classes(reading);
  read_parents(reading);
  read_columns(reading);
  read_defaults(reading);
  read_views(reading);
}

}  // namespace proapp::verify
