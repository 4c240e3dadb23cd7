// Kind: trigger. Those that PostgreSQL makes for constraints, and clones on partitions, belong to what they were made for.
#include "pg/postgres.hpp"

#include "catalog/reader.hpp"
#include "catalog/values.hpp"

extern "C" {
#include <catalog/pg_trigger.h>
#include <commands/trigger.h>
}

namespace proapp::catalog {

static std::string_view timing(int16 type) { return TRIGGER_FOR_BEFORE(type) ? "before" : TRIGGER_FOR_INSTEAD(type) ? "instead of" : "after"; }

static core::Value events(Reader &reader, int16 type) {
  auto &items = reader.arena.make<core::Vector<core::Value>>(reader.arena);
  if (TRIGGER_FOR_INSERT(type)) items.push_back(core::Value(std::string_view("insert")));
  if (TRIGGER_FOR_UPDATE(type)) items.push_back(core::Value(std::string_view("update")));
  if (TRIGGER_FOR_DELETE(type)) items.push_back(core::Value(std::string_view("delete")));
  if (TRIGGER_FOR_TRUNCATE(type)) items.push_back(core::Value(std::string_view("truncate")));
  return core::Value(items.span());
}

static std::string_view state(char tgenabled) {
  switch (tgenabled) {
    case TRIGGER_DISABLED:
      return "disabled";
    case TRIGGER_FIRES_ALWAYS:
      return "always";
    case TRIGGER_FIRES_ON_REPLICA:
      return "replica";
    default:
      return "origin";
  }
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

void read_triggers(Reader &reader) {
  for (pg::CatalogScan scan(TriggerRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_trigger>();
    if (row->tgisinternal || row->tgparentid != InvalidOid) continue;
    const core::RelationName *relation = reader.names.relations.find(row->tgrelid);
    if (relation == nullptr || !reader.wants_part("trigger", *relation, row->tgrelid, pg::view(row->tgname))) continue;
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
    reader.add("enabled", state(row->tgenabled));
    reader.add_comment(TriggerRelationId, row->oid);
    reader.add("definition", reader.definition(Deparse::trigger, row->oid));
    reader.finish();
  }
}

}  // namespace proapp::catalog
