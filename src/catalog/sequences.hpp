// What sequences are made of, for those that stand alone and for those that are part of an identity column.
#pragma once
#include "pg/postgres.hpp"

#include "catalog/reader.hpp"

namespace proapp::catalog {

struct SequenceFacts {
  Oid oid, type;
  int64 start, increment, maximum, minimum, cache;
  bool cycle;
  Oid owner_table;  // 0: owned by no column
  int32 owner_column;
  bool identity;  // part of an identity column
};

class Sequences {
 public:
  explicit Sequences(core::Arena &arena) : all_(arena), by_column_(arena) {}
  void add(const SequenceFacts &facts);
  std::span<const SequenceFacts> all() const { return all_.span(); }
  const SequenceFacts *of_column(Oid table, int32 column) const;  // of an identity column

 private:
  core::Vector<SequenceFacts> all_;
  core::ObjectMap<SequenceFacts> by_column_;
};

Sequences &read_sequence_facts(Reader &reader);

void read_sequences(Reader &reader, const Sequences &sequences);
void read_columns(Reader &reader, const Sequences &sequences);

// The options as one object, those that the type implies left out.
core::Value sequence_options(Reader &reader, const SequenceFacts &facts);

}  // namespace proapp::catalog
