// Reads what the checks look at, once a call and under the caller's snapshot: big catalogs by walking them (reading.hpp), the rest by SQL with the caller's rights.
#pragma once
#include "pg/postgres.hpp"

#include "core/facts.hpp"
#include "pg/context_arena.hpp"

#include <algorithm>

namespace proapp::verify {

class Reading;

// Between spi_begin() and spi_end(). In this order: later ones point to what earlier ones read.
void read_roles(core::Facts &facts);  // and schemas, default privileges
void read_tables(Reading &reading);   // and columns, defaults, views
void read_policies(Reading &reading);
void read_keys(Reading &reading);       // constraints and indexes
void read_functions(Reading &reading);  // and triggers
void read_rest(Reading &reading);       // sequences, extensions, publications, buckets, mappings, memberships

// Checks may ask for texts that are not printed yet: print_texts(), with search_path pinned as it was.
core::Facts &read_facts(pg::ContextArena &arena);
void print_texts(const core::Facts &facts);

// To the facts of a table.
template <class Fact>
void append(core::Facts &facts, core::OidMap<core::Vector<Fact *> *> &map, core::Oid table, Fact &fact) {
  auto *&of_table = map.at(table);
  if (of_table == nullptr) of_table = &facts.arena.make<core::Vector<Fact *>>(facts.arena);
  of_table->push_back(&fact);
}

// Takes the facts of each table, appended before, into `all`: by table, and of a table by name. Faster than sorting all of them.
template <class Fact>
void gather_by_table(core::Facts &facts, const core::OidMap<core::Vector<Fact *> *> &map, core::Vector<Fact *> &all) {
  auto &tables = facts.arena.make<core::Vector<core::Oid>>(facts.arena);
  size_t count = 0;
  map.each([&](core::Oid table, const core::Vector<Fact *> *of_table) {
    tables.push_back(table);
    count += of_table->size();
  });
  std::ranges::sort(tables);
  all.reserve(count);
  for (const core::Oid table : tables) {
    core::Vector<Fact *> &of_table = *core::Facts::get(map, table);
    std::ranges::sort(of_table, {}, &Fact::name);
    all.insert(all.end(), of_table.begin(), of_table.end());
  }
}

// The rows of the last statement that SPI ran.
class Result {
 public:
  Result(const char *sql, core::Arena &arena);
  uint64 count() const { return count_; }
  bool is_null(uint64 row, int column) const;
  std::string_view text(uint64 row, int column) const;  // of a text column, copied; empty where null
  core::Oid oid(uint64 row, int column) const;          // 0 where null
  bool flag(uint64 row, int column) const;
  char letter(uint64 row, int column) const;                            // of a "char" column; \0 where null
  int64 integer(uint64 row, int column) const;                          // of a bigint column
  std::span<const core::Oid> oids(uint64 row, int column) const;        // of an oid[] or oidvector column
  std::span<const std::int16_t> numbers(uint64 row, int column) const;  // of a smallint[] or int2vector column

 private:
  Datum datum(uint64 row, int column, bool &null) const;
  core::Arena &arena_;
  uint64 count_;
  struct SPITupleTable *table_;
};

}  // namespace proapp::verify
