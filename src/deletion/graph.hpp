// Which tables reference which, as far as a deletion can get from its root: by foreign keys, and by what add_reference() registered.
#pragma once
#include "pg/postgres.hpp"

#include "core/deletion_order.hpp"

#include <type_traits>

namespace proapp::deletion {

// A partition is part of its partitioned table.
struct Table {
  Oid id;
  const char *name;  // schema.name, quoted where needed: what regclass prints under an empty search_path
  bool partitioned;
  bool goes;        // rows of it may go; otherwise it only references such
  int key_columns;  // of the primary key; 0 where there is none
  const AttrNumber *key;
};
static_assert(std::is_trivially_destructible_v<Table>);

struct Reference {
  enum class Kind { foreign_key, array, polymorphic } kind;
  enum class Action { cascade, set_null, set_default, restricts, no_action } action;  // no_action for what was registered
  const char *name;                                                                   // of the constraint, quoted; of a registered reference, what it is
  Oid constraint;                                                                     // of a foreign key
  uint32_t from, to;                                                                  // numbers of tables
  Oid referencing, referenced;                                                        // their tables, or partitions of them, where the key was declared on one alone
  int columns;
  const AttrNumber *referencing_columns, *referenced_columns;  // numbers in the tables `from` and `to`
  const Oid *operators;                                        // referenced = referencing
  int set_count;                                               // columns that SET NULL and SET DEFAULT touch, in the table `from`
  const AttrNumber *set_columns;
  bool indexed;             // an index serves those who look for the rows that reference a key
  const char *type_column;  // of a polymorphic reference: only rows where it holds type_value
  const char *type_value;
  bool follows;  // rows that reference what goes, go too
};
static_assert(std::is_trivially_destructible_v<Reference>);

struct Graph {
  core::Vector<Table> &tables;  // the root is the first
  core::Vector<Reference> &references;
  core::DeletionOrder order;
  bool erase;
};

// `latest`: for a deletion. Registrations are read as they are now, and tables whose rows may go are locked, so that no foreign key comes meanwhile. `erase`: rows behind RESTRICT
// and NO ACTION go as well.
Graph read_graph(core::Arena &arena, Oid root, bool erase, bool latest);

// The partitioned table that a partition belongs to in the end, or the table itself.
Oid topmost(Oid relation);

// Quoted where needed.
const char *column_name(Oid relation, AttrNumber column);

}  // namespace proapp::deletion
