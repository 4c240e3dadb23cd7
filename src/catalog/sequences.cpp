// Kind: sequence.
#include "pg/postgres.hpp"

#include "catalog/sequences.hpp"
#include "catalog/values.hpp"

extern "C" {
#include <catalog/dependency.h>
#include <catalog/pg_class.h>
#include <catalog/pg_depend.h>
#include <catalog/pg_sequence.h>
#include <catalog/pg_type.h>
#include <commands/defrem.h>
#include <utils/fmgroids.h>
#include <utils/lsyscache.h>
}

namespace proapp::catalog {

void Sequences::add(const SequenceFacts &facts) {
  all_.push_back(facts);
  if (facts.identity) by_column_.put(0, facts.owner_table, facts.owner_column, facts);
}

const SequenceFacts *Sequences::of_column(Oid table, int32 column) const { return by_column_.find(0, table, column); }

static void find_owner(Reader &reader, SequenceFacts &facts) {
  ScanKeyData keys[2];
  ScanKeyInit(&keys[0], Anum_pg_depend_classid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(RelationRelationId));
  ScanKeyInit(&keys[1], Anum_pg_depend_objid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(facts.oid));
  for (pg::CatalogScan scan(DependRelationId, DependDependerIndexId, reader.snapshot, keys, 2); scan.next();) {
    const auto *row = scan.row<Form_pg_depend>();
    const bool owned = row->deptype == DEPENDENCY_AUTO || row->deptype == DEPENDENCY_INTERNAL;
    if (!owned || row->refclassid != RelationRelationId || row->refobjsubid == 0) continue;
    facts.owner_table = row->refobjid;
    facts.owner_column = row->refobjsubid;
    facts.identity = row->deptype == DEPENDENCY_INTERNAL;
  }
}

Sequences &read_sequence_facts(Reader &reader) {
  auto &sequences = reader.lasting().make<Sequences>(reader.lasting());
  for (pg::CatalogScan scan(SequenceRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_sequence>();
    SequenceFacts facts{row->seqrelid, row->seqtypid, row->seqstart, row->seqincrement, row->seqmax, row->seqmin, row->seqcache, row->seqcycle, InvalidOid, 0, false};
    find_owner(reader, facts);
    sequences.add(facts);
  }
  return sequences;
}

static int64 type_maximum(Oid type) { return type == INT2OID ? PG_INT16_MAX : type == INT4OID ? PG_INT32_MAX : PG_INT64_MAX; }
static int64 type_minimum(Oid type) { return type == INT2OID ? PG_INT16_MIN : type == INT4OID ? PG_INT32_MIN : PG_INT64_MIN; }

// PostgreSQL names an identity column's sequence by table and column, with a number where that was taken: no fact then.
static bool is_generated_name(Reader &reader, std::string_view name, const SequenceFacts &facts) {
  const core::RelationName *table = reader.names.relations.find(facts.owner_table);
  const std::string_view quoted = reader.names.column(facts.owner_table, facts.owner_column);
  if (table != nullptr && name == reader.join({table->name, "_", quoted, "_seq"})) return true;  // nearly all of them
  const size_t end = name.find_last_not_of("0123456789") + 1;
  char *column = get_attname(facts.owner_table, static_cast<AttrNumber>(facts.owner_column), true);
  if (table == nullptr || column == nullptr) return false;
  return name == makeObjectName(pg::c_string(table->name), column, pg::c_string(reader.join({"seq", name.substr(end)})));
}

// What everybody's sequence grants: all to its owner.
static bool is_usual(const core::Value &grants) {
  if (grants.items().size() != 1 || grants.items()[0].find("grantee")->text() != "(owner)") return false;
  const core::Value *privileges = grants.items()[0].find("privileges");
  return privileges->items().size() == 1 && privileges->items()[0].text() == "ALL";
}

// Of a sequence that is part of an identity column.
static void add_own_facts(Reader &reader, const SequenceFacts &facts, core::Vector<core::Member> &members) {
  const core::RelationName *name = reader.names.relations.find(facts.oid);
  if (name != nullptr && !is_generated_name(reader, name->name, facts)) members.push_back({"name", core::Value(name->name)});
  const SequenceClass *own = reader.lookups.sequences.find(facts.oid);
  const core::Value granted = own == nullptr || !own->grants ? core::Value() : grants(reader, own->grants, OBJECT_SEQUENCE, own->owner);
  if (!granted.is_null() && !is_usual(granted)) members.push_back({"grants", granted});
  if (const std::string_view *comment = reader.lookups.comments.find(RelationRelationId, facts.oid)) members.push_back({"comment", core::Value(*comment)});
}

core::Value sequence_options(Reader &reader, const SequenceFacts &facts) {
  const bool up = facts.increment > 0;
  const int64 maximum = up ? type_maximum(facts.type) : -1, minimum = up ? 1 : type_minimum(facts.type);
  auto &members = reader.arena.make<core::Vector<core::Member>>(reader.arena);
  members.push_back({"type", core::Value(reader.type(facts.type))});
  members.push_back({"start", core::Value(facts.start)});
  members.push_back({"increment", core::Value(facts.increment)});
  if (facts.minimum != minimum) members.push_back({"minimum", core::Value(facts.minimum)});
  if (facts.maximum != maximum) members.push_back({"maximum", core::Value(facts.maximum)});
  members.push_back({"cache", core::Value(facts.cache)});
  members.push_back({"cycle", core::Value(facts.cycle)});
  if (facts.identity) add_own_facts(reader, facts, members);
  return core::Value(members.span());
}

void read_sequences(Reader &reader, const Sequences &sequences) {
  for (const SequenceFacts &facts : sequences.all()) {
    const core::RelationName *name = reader.names.relations.find(facts.oid);
    if (facts.identity || name == nullptr) continue;
    const core::RelationName *table = facts.owner_table == InvalidOid ? nullptr : reader.names.relations.find(facts.owner_table);
    const bool wanted =
        table == nullptr ? reader.wants("sequence", RelationRelationId, facts.oid, name->schema, name->name) : reader.wants_part("sequence", *table, facts.owner_table, name->name);
    if (!wanted) continue;
    reader.begin("sequence", name->identity, table == nullptr ? std::string_view{} : table->identity);
    const core::Value options = sequence_options(reader, facts);
    for (const core::Member &option : options.members()) reader.add(option.name, option.value);
    if (table != nullptr) reader.add("owned_by", reader.join({table->identity, ".", reader.names.column(facts.owner_table, facts.owner_column)}));
    if (const SequenceClass *own = reader.lookups.sequences.find(facts.oid)) {
      if (own->unlogged) reader.add("persistence", "unlogged");
      reader.add("owner", reader.role(own->owner));
      reader.add("grants", grants(reader, own->grants, OBJECT_SEQUENCE, own->owner));
    }
    reader.add_comment(RelationRelationId, facts.oid);
    reader.finish();
  }
}

}  // namespace proapp::catalog
