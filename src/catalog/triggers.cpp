// Kind: trigger. Those that PostgreSQL makes for constraints, and clones on partitions, belong to what they were made for,
// but a clone that was switched on or off alone is a partition trigger.
#include "pg/postgres.hpp"

#include "catalog/reader.hpp"
#include "catalog/values.hpp"

extern "C" {
#include <catalog/pg_class.h>
#include <catalog/pg_trigger.h>
#include <commands/trigger.h>
}

namespace proapp::catalog {

namespace {
struct Clone {
  Oid parent, relation;
  char enabled;
  std::string_view name;
};
}  // namespace

static std::string_view timing(int16 type) { return TRIGGER_FOR_BEFORE(type) ? "before" : TRIGGER_FOR_INSTEAD(type) ? "instead of" : "after"; }

static core::Value events(Reader &reader, int16 type) {
  auto &items = reader.arena.make<core::Vector<core::Value>>(reader.arena);
  if (TRIGGER_FOR_INSERT(type)) items.push_back(core::Value(std::string_view("insert")));
  if (TRIGGER_FOR_UPDATE(type)) items.push_back(core::Value(std::string_view("update")));
  if (TRIGGER_FOR_DELETE(type)) items.push_back(core::Value(std::string_view("delete")));
  if (TRIGGER_FOR_TRUNCATE(type)) items.push_back(core::Value(std::string_view("truncate")));
  return core::Value(items.span());
}

// tgargs: texts, each ended by a zero byte
static core::Value arguments(Reader &reader, const pg::CatalogScan &scan, int count) {
  auto &items = reader.arena.make<core::Vector<core::Value>>(reader.arena);
  std::string_view rest = scan.text(Anum_pg_trigger_tgargs);
  for (int i = 0; i < count; ++i) {
    const size_t end = rest.find('\0');
    items.push_back(core::Value(reader.arena.copy(rest.substr(0, end))));
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  }
  return core::Value(items.span());
}

// A clone goes with its parent, as long as it fires when that does: where not, that is an object of its own.
static void read_clones(Reader &reader, std::span<const Clone> clones, const core::OidMap<char> &states) {
  for (const Clone &clone : clones) {
    const char *parent = states.find(clone.parent);
    const core::RelationName *relation = reader.names.relations.find(clone.relation);
    if (parent == nullptr || *parent == clone.enabled || !reader.wants_part("partition trigger", *relation, clone.relation, clone.name)) continue;
    reader.begin("partition trigger", reader.join({"partition trigger ", quote_identifier(pg::c_string(clone.name)), " on ", relation->identity}), relation->identity);
    reader.add("enabled", firing(clone.enabled));
    reader.add("enabled_on_parent", firing(*parent));
    reader.finish();
  }
}

void read_triggers(Reader &reader) {
  auto &states = reader.lasting().make<core::OidMap<char>>(reader.lasting());
  auto &clones = reader.lasting().make<core::Vector<Clone>>(reader.lasting());
  for (pg::CatalogScan scan(TriggerRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_trigger>();
    if (row->tgisinternal) {
      if (row->tgconstraint != InvalidOid && row->tgenabled != TRIGGER_FIRES_ON_ORIGIN) reader.lookups.disabled_constraints.at(row->tgconstraint) = true;
      continue;
    }
    const core::RelationName *relation = reader.names.relations.find(row->tgrelid);
    if (relation == nullptr) continue;
    if (relation->partition || relation->kind == RELKIND_PARTITIONED_TABLE) states.at(row->oid) = row->tgenabled;
    if (row->tgparentid != InvalidOid) {
      clones.push_back({row->tgparentid, row->tgrelid, row->tgenabled, reader.lasting().copy(pg::view(row->tgname))});
      continue;
    }
    if (!reader.wants_part("trigger", *relation, row->tgrelid, pg::view(row->tgname))) continue;
    reader.begin("trigger", reader.join({"trigger ", quote_identifier(NameStr(row->tgname)), " on ", relation->identity}), relation->identity);
    const std::string_view *function = reader.names.functions.find(row->tgfoid);
    reader.add("function", function == nullptr ? std::string_view{} : *function);
    reader.add("timing", timing(row->tgtype));
    reader.add("events", events(reader, row->tgtype));
    reader.add("columns", column_list(reader, row->tgrelid, {row->tgattr.values, static_cast<size_t>(row->tgattr.dim1)}));
    reader.add("level", TRIGGER_FOR_ROW(row->tgtype) ? "row" : "statement");
    if (scan.column(Anum_pg_trigger_tgqual))
      reader.add("condition", reader.expression(reader.tree(*scan.column(Anum_pg_trigger_tgqual), row->tgrelid), Deparse::trigger, row->oid));
    reader.add("arguments", arguments(reader, scan, row->tgnargs));
    if (const auto name = scan.column(Anum_pg_trigger_tgoldtable)) reader.add("old_table", reader.arena.copy(pg::view(*DatumGetName(*name))));
    if (const auto name = scan.column(Anum_pg_trigger_tgnewtable)) reader.add("new_table", reader.arena.copy(pg::view(*DatumGetName(*name))));
    reader.add("constraint", row->tgconstraint != InvalidOid);
    reader.add("deferrable", row->tgdeferrable);
    reader.add("deferred", row->tginitdeferred);
    reader.add("enabled", firing(row->tgenabled));
    reader.add_comment(TriggerRelationId, row->oid);
    reader.add("definition", reader.definition(Deparse::trigger, row->oid));
    reader.finish();
  }
  read_clones(reader, clones.span(), states);
}

}  // namespace proapp::catalog
