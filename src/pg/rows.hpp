// The rows of a set-returning function.
//
//   Rows rows(fcinfo);
//   rows.put({name, count, Cell::null()});
//   return rows.done();
#pragma once
#include "pg/postgres.hpp"

#include "core/value.hpp"

extern "C" {
#include <nodes/execnodes.h>
}

#include <initializer_list>
#include <string_view>
#include <type_traits>

namespace proapp::pg {

struct Cell {
  enum class Type { null, text, boolean, integer, datum, json } type;
  union {
    std::string_view text;
    bool boolean;
    int64 integer;  // becomes integer or bigint as the column is declared
    Datum datum;    // of the column's own type
    const core::Value *json;
  };

  Cell(std::string_view value) : type(Type::text), text(value) {}
  Cell(const char *value) : Cell(value != nullptr ? Cell(std::string_view(value)) : null()) {}  // null for a null pointer
  Cell(bool value) : type(Type::boolean), boolean(value) {}
  Cell(int64 value) : type(Type::integer), integer(value) {}
  Cell(const core::Value &value) : type(Type::json), json(&value) {}
  static Cell null() { return Cell(Type::null, 0); }
  static Cell of(Datum value) { return Cell(Type::datum, value); }
  // A text that is null where it is empty.
  static Cell text_or_null(std::string_view value) { return value.empty() ? null() : Cell(value); }

 private:
  Cell(Type which, Datum value) : type(which), datum(value) {}
};
static_assert(std::is_trivially_destructible_v<Cell>);

class Rows {
 public:
  // Raises where the caller cannot take a set.
  explicit Rows(FunctionCallInfo fcinfo);
  void put(std::initializer_list<Cell> cells);
  // A row that came from elsewhere and has exactly the declared columns.
  void put_tuple(HeapTuple tuple, TupleDesc columns);
  Datum done() const { return static_cast<Datum>(0); }

 private:
  ReturnSetInfo *result_;
  MemoryContext scratch_;  // of one row
};
static_assert(std::is_trivially_destructible_v<Rows>);

}  // namespace proapp::pg
