// What indexes are made of, for those that stand alone and for those behind a constraint.
#pragma once
#include "pg/postgres.hpp"

#include "catalog/reader.hpp"

namespace proapp::catalog {

struct IndexColumn {
  int16 number;  // of the table's column; 0: an expression
  bool descending, nulls_first;
  Oid operator_class, collation;
  const core::Digest *expression;
};

struct IndexFacts {
  Oid oid, table;
  std::span<const IndexColumn> columns;
  std::span<const int16> included;
  bool unique, nulls_not_distinct, valid, clustered, replica_identity;
  bool of_constraint;             // said by the constraint
  const core::Digest *predicate;  // null: it covers every row
};

class Indexes {
 public:
  explicit Indexes(core::Arena &arena) : facts_(arena) {}
  void add(const IndexFacts &facts) { facts_.at(facts.oid) = facts; }
  const IndexFacts *find(Oid index) const { return facts_.find(index); }
  void belongs_to_constraint(Oid index) {
    if (IndexFacts *facts = facts_.find(index)) facts->of_constraint = true;
  }

  template <class Visit>
  void each(Visit visit) const {
    facts_.each([&](Oid, const IndexFacts &facts) { visit(facts); });
  }

 private:
  core::OidMap<IndexFacts> facts_;
};

// In `arena`. Knows the replica identities of tables, too.
Indexes &read_index_facts(Reader &reader, core::Arena &arena);

void read_indexes(Reader &reader, const Indexes &indexes);
void read_constraints(Reader &reader, Indexes &indexes);  // marks those that belong to constraints; before read_indexes

// What a constraint says about its index; `type` is pg_constraint.contype.
void add_constraint_index(Reader &reader, const IndexFacts &index, char type);

}  // namespace proapp::catalog
