// Kind: event trigger.
#include "pg/postgres.hpp"

#include "catalog/reader.hpp"
#include "catalog/values.hpp"

extern "C" {
#include <catalog/pg_event_trigger.h>
}

namespace proapp::catalog {

void read_event_triggers(Reader &reader) {
  for (pg::CatalogScan scan(EventTriggerRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_event_trigger>();
    if (!reader.wants_of_database("event trigger", EventTriggerRelationId, row->oid, pg::view(row->evtname))) continue;
    reader.begin("event trigger", reader.arena.copy(std::string_view(quote_identifier(NameStr(row->evtname)))));
    reader.add("event", pg::view(row->evtevent));
    reader.add("tags", text_list(reader.arena, scan.column(Anum_pg_event_trigger_evttags), true));
    const std::string_view *function = reader.names.functions.find(row->evtfoid);
    reader.add("function", function == nullptr ? std::string_view{} : *function);
    reader.add("enabled", firing(row->evtenabled));
    reader.add("owner", reader.role(row->evtowner));
    reader.add_comment(EventTriggerRelationId, row->oid);
    reader.finish();
  }
}

}  // namespace proapp::catalog
