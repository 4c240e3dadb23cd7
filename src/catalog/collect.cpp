#include "pg/boundary.hpp"

#include "catalog/collect.hpp"
#include "catalog/indexes.hpp"
#include "catalog/sequences.hpp"
#include "pg/session.hpp"

namespace proapp::catalog {

void collect(pg::ContextArena &arena, core::Selection &selection, Sink &sink) {
  const MemoryContext row = AllocSetContextCreate(arena.context(), "proapp catalog row", ALLOCSET_DEFAULT_SIZES);
  auto &of_object = arena.make<pg::ContextArena>(AllocSetContextCreate(arena.context(), "proapp object", ALLOCSET_DEFAULT_SIZES));
  const Snapshot snapshot = RegisterSnapshot(GetActiveSnapshot());
  const int pin = pg::pin_search_path();
  const MemoryContext before = MemoryContextSwitchTo(arena.context());
  auto &reader = arena.make<Reader>(arena, of_object, row, snapshot, selection, sink, pg::watch);

  read_names(reader);
  read_lookups(reader);
  const Sequences &sequences = read_sequence_facts(reader);

  read_foreign(reader);
  read_triggers(reader);  // constraints say whether theirs are switched off
  sink.end_of_kind("trigger");
  read_schemas(reader);
  read_extensions(reader);
  read_default_privileges(reader);
  read_types(reader);
  read_sequences(reader, sequences);
  auto &of_kind = arena.make<pg::ContextArena>(AllocSetContextCreate(arena.context(), "proapp kind", ALLOCSET_DEFAULT_SIZES));
  read_defaults(reader, of_kind);
  read_columns(reader, sequences);
  sink.end_of_kind("column");
  of_kind.reset();
  Indexes &indexes = read_index_facts(reader, of_kind);
  read_constraints(reader, indexes);
  sink.end_of_kind("constraint");
  read_indexes(reader, indexes);
  sink.end_of_kind("index");
  of_kind.reset();
  read_relations(reader);
  read_functions(reader);
  sink.end_of_kind("function");
  read_policies(reader);
  read_publications(reader);
  read_operators(reader);
  read_operator_classes(reader);
  read_casts(reader);
  read_languages(reader);
  read_access_methods(reader);
  read_collations(reader);
  read_text_search(reader);
  read_statistics_objects(reader);
  read_rules(reader);
  read_event_triggers(reader);
  read_subscriptions(reader);
  read_databases(reader);
  read_unmodelled(reader);

  MemoryContextSwitchTo(before);
  MemoryContextDelete(row);
  MemoryContextDelete(of_object.context());
  MemoryContextDelete(of_kind.context());
  pg::unpin_search_path(pin);
  UnregisterSnapshot(snapshot);
}

}  // namespace proapp::catalog
