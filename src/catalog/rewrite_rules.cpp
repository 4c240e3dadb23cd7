// Kind: rule. The rule behind a view is the view's query.
#include "pg/postgres.hpp"

#include "catalog/reader.hpp"
#include "catalog/values.hpp"

extern "C" {
#include <catalog/pg_rewrite.h>
}

namespace proapp::catalog {

static std::string_view event(char ev_type) { return ev_type == '2' ? "update" : ev_type == '3' ? "insert" : ev_type == '4' ? "delete" : "select"; }

// The actions in their order; none is DO NOTHING.
static core::Value actions(Reader &reader, const pg::CatalogScan &scan) {
  auto &items = reader.arena.make<core::Vector<core::Value>>(reader.arena);
  reader.expressions.each(scan.text(Anum_pg_rewrite_ev_action), InvalidOid, [&](const core::Digest &digest) { items.push_back(core::Value(core::hex(reader.arena, digest))); });
  return core::Value(items.span());
}

// {"sql": the whole rule, "tree": …}: PostgreSQL has no text for a rule's parts.
static core::Value part(Reader &reader, Oid rule, const core::Value &tree) {
  const core::Member members[] = {{"sql", core::Value(core::Origin{static_cast<uint32>(Deparse::rule), rule, 0})}, {"tree", tree}};
  return core::Value(reader.arena.copy(std::span<const core::Member>(members)));
}

void read_rules(Reader &reader) {
  for (pg::CatalogScan scan(RewriteRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_rewrite>();
    if (strcmp(NameStr(row->rulename), "_RETURN") == 0) continue;
    const core::RelationName *relation = reader.names.relations.find(row->ev_class);
    if (relation == nullptr || !reader.wants_part("rule", *relation, row->ev_class, pg::view(row->rulename))) continue;
    reader.begin("rule", reader.join({"rule ", quote_identifier(NameStr(row->rulename)), " on ", relation->identity}), relation->identity);
    reader.add("event", event(row->ev_type));
    reader.add("instead", row->is_instead);
    if (const std::string_view condition = scan.text(Anum_pg_rewrite_ev_qual); condition != "<>")
      reader.add("condition", part(reader, row->oid, core::Value(core::hex(reader.arena, reader.expressions.digest(condition, row->ev_class)))));
    reader.add("actions", part(reader, row->oid, actions(reader, scan)));
    reader.add("enabled", firing(row->ev_enabled));
    reader.add_comment(RewriteRelationId, row->oid);
    reader.add("definition", reader.definition(Deparse::rule, row->oid));
    reader.finish();
  }
}

}  // namespace proapp::catalog
