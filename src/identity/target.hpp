// The table behind a mapping or a membership: is it one that may be read by an index, past its policies, at any moment? Asked when it is
// registered and again at every read, because tables change.
#pragma once
#include "pg/postgres.hpp"

#include "pg/kept_row.hpp"

#include <type_traits>

namespace proapp::identity {

// As registered: names, no OIDs.
struct Source {
  const char *schema;
  const char *table;
  const char *key_column;  // by which rows are found
  const char *value_column;
  bool unique;  // a key has one row at most
};

// schema.table and schema.table.column, quoted where needed.
const char *table_text(const Source &source);
const char *column_text(const Source &source, const char *column);

// Why not. `message` is null where all is well; the texts are those of an error message.
struct Problem {
  int sqlstate;
  const char *message;
  const char *detail;
  const char *hint;

  explicit operator bool() const { return message != nullptr; }
};
[[noreturn]] void raise(const Problem &problem);
const char *problem_text(const Problem &problem);  // null where there is none

struct Target {
  Relation table;
  Relation index;  // a btree that begins with the key; of the key alone where keys are unique
  Oid table_id, index_id;
  AttrNumber key, value;
  Oid key_type, value_type;
  Oid collation, operator_input;
  RegProcedure equals;
  bool lasting;  // the index serves every snapshot, as far as we know
};
static_assert(std::is_trivially_destructible_v<Target>);

// A column's number and type; they stay as they are where there is a problem. find_key_column insists on a type that ids have.
Problem find_column(const Source &source, Relation table, const char *name, AttrNumber &number, Oid &type);
Problem find_key_column(const Source &source, Relation table, const char *name, AttrNumber &number, Oid &type);

// Finds columns and index in a table that is open; the index is left open where there is no problem.
Problem inspect_target(const Source &source, Relation table, Target &into);

// Finds and locks the table by its name, without asking for privileges. Nothing stays open where there is a problem.
Problem open_by_name(const Source &source, Relation &table);
// The same, and inspects it.
Problem open_target(const Source &source, Target &into);
void close_target(const Target &target);

// The rows of one key under a snapshot: no executor, no privileges, no policies, as a definer's function would read.
// Use: for (TargetScan scan(target, key, snapshot); scan.next();) … scan.column(target.value) …  Closed by running to its end or by close().
class TargetScan {
 public:
  TargetScan(const Target &target, Datum key, Snapshot snapshot);
  bool next();
  struct Value {
    Datum datum;
    bool null;
  };
  Value column(AttrNumber number) const;  // lives until the next row
  pg::KeptRow keep() const { return pg::keep_row(table_, row_); }
  void close();

 private:
  Relation table_;
  struct IndexScanDescData *scan_;
  struct TupleTableSlot *row_;
};
static_assert(std::is_trivially_destructible_v<TargetScan>);

}  // namespace proapp::identity
