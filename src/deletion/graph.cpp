#include "deletion/graph.hpp"

#include "pg/boundary.hpp"
#include "pg/scan.hpp"

#include "deletion/registered.hpp"
#include "deletion/table_name.hpp"

#include "core/oid_map.hpp"
#include "core/sorted.hpp"

extern "C" {
#include <catalog/partition.h>
#include <catalog/pg_am.h>
#include <catalog/pg_constraint.h>
#include <catalog/pg_inherits.h>
#include <nodes/parsenodes.h>
#include <storage/lmgr.h>
#include <utils/relcache.h>
#include <utils/syscache.h>
}

namespace proapp::deletion {

using Action = Reference::Action;

Oid topmost(Oid relation) {
  if (!get_rel_relispartition(relation)) return relation;
  List *ancestors = get_partition_ancestors(relation);
  return ancestors == NIL ? relation : llast_oid(ancestors);
}

const char *column_name(Oid relation, AttrNumber column) { return quote_identifier(get_attname(relation, column, false)); }

namespace {

struct Key {
  Oid constraint, referenced;  // the topmost table
};

// Copies of a key for partitions have a parent.
core::Vector<Key> &read_foreign_keys(core::Arena &arena) {
  auto &keys = arena.make<core::Vector<Key>>(arena);
  for (pg::CatalogScan scan(ConstraintRelationId, nullptr); scan.next();) {
    auto *row = scan.row<Form_pg_constraint>();
    if (row->contype == CONSTRAINT_FOREIGN && !OidIsValid(row->conparentid)) keys.push_back({row->oid, topmost(row->confrelid)});
  }
  std::ranges::sort(keys, {}, [](const Key &key) { return std::pair(key.referenced, key.constraint); });
  return keys;
}

AttrNumber *copy_numbers(const AttrNumber *numbers, int count) {
  auto *copy = static_cast<AttrNumber *>(palloc(sizeof(AttrNumber) * static_cast<size_t>(Max(count, 1))));
  memcpy(copy, numbers, sizeof(AttrNumber) * static_cast<size_t>(count));
  return copy;
}

// A partition numbers its columns for itself.
AttrNumber *numbers_in(Oid table, Oid declared, const AttrNumber *numbers, int count) {
  AttrNumber *found = copy_numbers(numbers, count);
  if (table == declared) return found;
  for (int i = 0; i < count; ++i) found[i] = get_attnum(table, get_attname(declared, numbers[i], false));
  return found;
}

bool begins_with(Form_pg_index index, const AttrNumber *columns, int count) {
  if (index->indnkeyatts < count) return false;
  for (int i = 0; i < count; ++i) {
    bool found = false;
    for (int j = 0; j < count; ++j) found |= index->indkey.values[j] == columns[i];
    if (!found) return false;
  }
  return true;
}

// A btree that begins with the columns; for the elements of an array, GIN.
bool has_index(Oid relation, const AttrNumber *columns, int count, bool array) {
  const Relation table = table_open(relation, AccessShareLock);
  List *indexes = RelationGetIndexList(table);
  bool found = false;
  ListCell *cell;
  foreach (cell, indexes) {
    const Relation index = index_open(lfirst_oid(cell), AccessShareLock);
    const Oid method = index->rd_rel->relam;
    const bool fits = array ? method == GIN_AM_OID : method == BTREE_AM_OID || (method == HASH_AM_OID && count == 1);
    if (fits && index->rd_index->indisvalid && RelationGetIndexPredicate(index) == NIL && begins_with(index->rd_index, columns, count)) found = true;
    index_close(index, AccessShareLock);
  }
  list_free(indexes);
  table_close(table, AccessShareLock);
  return found;
}

Table describe(Oid id) {
  Table table = {};
  table.id = id;
  table.name = table_text(id);
  const Relation relation = table_open(id, AccessShareLock);
  table.partitioned = relation->rd_rel->relkind == RELKIND_PARTITIONED_TABLE;
  list_free(RelationGetIndexList(relation));
  if (OidIsValid(relation->rd_pkindex)) {
    const Relation index = index_open(relation->rd_pkindex, AccessShareLock);
    table.key_columns = index->rd_index->indnkeyatts;
    table.key = copy_numbers(index->rd_index->indkey.values, table.key_columns);
    index_close(index, AccessShareLock);
  }
  table_close(relation, NoLock);
  return table;
}

Action action_of(char letter) {
  switch (letter) {
    case FKCONSTR_ACTION_CASCADE:
      return Action::cascade;
    case FKCONSTR_ACTION_SETNULL:
      return Action::set_null;
    case FKCONSTR_ACTION_SETDEFAULT:
      return Action::set_default;
    case FKCONSTR_ACTION_RESTRICT:
      return Action::restricts;
    default:
      return Action::no_action;
  }
}

class Reading {
 public:
  Reading(core::Arena &arena, bool erase, bool latest)
      : keys_(read_foreign_keys(arena)),
        registered_(registered_references(latest ? Sight::latest : Sight::snapshot)),
        tables_(arena.make<core::Vector<Table>>(arena)),
        references_(arena.make<core::Vector<Reference>>(arena)),
        numbers_(arena),
        going_(arena),
        erase_(erase) {}

  uint32_t table(Oid id) {
    if (const uint32_t *known = numbers_.find(id)) return *known;
    const auto number = static_cast<uint32_t>(tables_.size());
    tables_.push_back(describe(id));
    numbers_.at(id) = number;
    return number;
  }

  // Who references the root, and those whose rows go with it.
  void read_from(Oid root) {
    table(root);
    tables_[0].goes = true;
    going_.push_back(0);
    for (size_t next = 0; next < going_.size(); ++next) {
      const uint32_t number = going_[next];
      for (const Key &key : core::equal_items(keys_.span(), tables_[number].id, &Key::referenced)) add(foreign_key(key.constraint, number));
      for (const RegisteredReference &reference : registered_)
        if (reference.relation == tables_[number].id) add(registered(reference, number));
    }
  }

  bool follows(const Reference &reference) const {
    switch (reference.action) {
      case Action::cascade:
        return true;
      case Action::restricts:
      case Action::no_action:
        return erase_ && reference.kind != Reference::Kind::array;
      default:
        return false;
    }
  }

  core::Vector<Table> &tables() { return tables_; }
  core::Vector<Reference> &references() { return references_; }

 private:
  void add(Reference reference) {
    reference.follows = follows(reference);
    references_.push_back(reference);
    if (!reference.follows || tables_[reference.from].goes) return;
    tables_[reference.from].goes = true;
    going_.push_back(reference.from);
  }

  Reference foreign_key(Oid constraint, uint32_t to) {
    Reference reference = {};
    HeapTuple tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(constraint));
    if (!HeapTupleIsValid(tuple)) elog(ERROR, "cache lookup failed for constraint %u", constraint);
    auto *row = reinterpret_cast<Form_pg_constraint>(GETSTRUCT(tuple));
    reference.kind = Reference::Kind::foreign_key;
    reference.constraint = constraint;
    reference.name = quote_identifier(pstrdup(NameStr(row->conname)));
    reference.action = action_of(row->confdeltype);
    reference.referencing = row->conrelid;
    reference.referenced = row->confrelid;
    AttrNumber referencing[INDEX_MAX_KEYS], referenced[INDEX_MAX_KEYS], set[INDEX_MAX_KEYS];
    Oid operators[INDEX_MAX_KEYS];
    DeconstructFkConstraintRow(tuple, &reference.columns, referencing, referenced, operators, nullptr, nullptr, &reference.set_count, set);
    ReleaseSysCache(tuple);

    reference.to = to;
    const Oid from = topmost(reference.referencing);
    reference.from = table(from);
    reference.referencing_columns = numbers_in(from, reference.referencing, referencing, reference.columns);
    reference.referenced_columns = numbers_in(tables_[to].id, reference.referenced, referenced, reference.columns);
    if (reference.set_count == 0) {
      reference.set_count = reference.columns;
      reference.set_columns = reference.referencing_columns;
    } else {
      reference.set_columns = numbers_in(from, reference.referencing, set, reference.set_count);
    }
    auto *copy = static_cast<Oid *>(palloc(sizeof operators));
    memcpy(copy, operators, sizeof operators);
    reference.operators = copy;
    reference.indexed = has_index(from, reference.referencing_columns, reference.columns, false);
    return reference;
  }

  Reference registered(const RegisteredReference &registered, uint32_t to) {
    Reference reference = {};
    const bool array = registered.kind == RegisteredReference::Kind::array;
    reference.kind = array ? Reference::Kind::array : Reference::Kind::polymorphic;
    reference.action = Action::no_action;
    const char *column = column_name(registered.referencing, registered.column);
    reference.referencing = registered.referencing;
    reference.referenced = registered.relation;
    reference.to = to;
    reference.from = table(registered.referencing);
    reference.columns = reference.set_count = 1;
    reference.referencing_columns = reference.set_columns = copy_numbers(&registered.column, 1);
    reference.referenced_columns = copy_numbers(&registered.relation_column, 1);
    reference.indexed = has_index(registered.referencing, &registered.column, 1, array);
    if (array) {
      reference.name = psprintf("array %s", column);
    } else {
      reference.type_column = get_attname(registered.referencing, registered.type_column, false);
      reference.type_value = registered.type_value;
      reference.name = psprintf("%s where %s = %s", column, quote_identifier(reference.type_column), quote_literal_cstr(reference.type_value));
    }
    return reference;
  }

  core::Vector<Key> &keys_;
  RegisteredReferences registered_;
  core::Vector<Table> &tables_;
  core::Vector<Reference> &references_;
  core::OidMap<uint32_t> numbers_;
  core::Vector<uint32_t> going_;
  bool erase_;
};

}  // namespace

// A foreign key that somebody adds waits for whoever deletes from the table, and no longer for who only looks at it. True where a lock is new.
static bool lock_going(const core::Vector<Table> &tables, core::OidMap<bool> &locked) {
  bool added = false;
  for (const Table &table : tables) {
    if (!table.goes || locked.find(table.id) != nullptr) continue;
    LockRelationOid(table.id, RowExclusiveLock);
    if (table.partitioned) list_free(find_all_inheritors(table.id, RowExclusiveLock, nullptr));
    locked.at(table.id) = added = true;
  }
  return added;
}

static Graph ordered(core::Arena &arena, Reading &reading, bool erase) {
  auto &edges = arena.make<core::Vector<core::Following>>(arena);
  for (const Reference &reference : reading.references())
    if (reference.follows) edges.push_back({reference.from, reference.to});
  const auto order = core::deletion_order(arena, pg::watch, 0, static_cast<uint32_t>(reading.tables().size()), edges.span());
  return {reading.tables(), reading.references(), order, erase};
}

Graph read_graph(core::Arena &arena, Oid root, bool erase, bool latest) {
  auto &locked = arena.make<core::OidMap<bool>>(arena);
  for (;;) {
    Reading &reading = arena.make<Reading>(arena, erase, latest);
    reading.read_from(root);
    if (!latest || !lock_going(reading.tables(), locked)) return ordered(arena, reading, erase);
  }
}

}  // namespace proapp::deletion
