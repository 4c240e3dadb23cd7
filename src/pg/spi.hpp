// SQL from C++: fixed statements with arguments, results as views.
#pragma once
#include "pg/postgres.hpp"

#include "pg/rows.hpp"
#include "pg/text.hpp"

#include <initializer_list>
#include <optional>
#include <string_view>

extern "C" {
#include <catalog/pg_type.h>
#include <executor/spi.h>
#include <utils/array.h>
}

namespace proapp::pg {

struct Argument {
  Oid type;
  Datum value;
  bool null = false;

  Argument(std::string_view text) : type(TEXTOID), value(text_datum(text)) {}
  Argument(std::optional<std::string_view> text) : type(TEXTOID), value(text ? text_datum(*text) : static_cast<Datum>(0)), null(!text) {}
  Argument(const char *text) : Argument(text != nullptr ? std::optional<std::string_view>(text) : std::nullopt) {}  // null for a null pointer
  Argument(bool boolean) : type(BOOLOID), value(BoolGetDatum(boolean)) {}
  Argument(int32 integer) : type(INT4OID), value(Int32GetDatum(integer)) {}
  Argument(int64 integer) : type(INT8OID), value(Int64GetDatum(integer)) {}
  Argument(Oid datum_type, Datum datum, bool is_null = false) : type(datum_type), value(datum), null(is_null) {}
};

// An array of `count` texts, of which `item(i)` is one.
template <class Item>
Argument text_array(size_t count, Item item) {
  auto *texts = static_cast<Datum *>(palloc(sizeof(Datum) * (count + 1)));
  for (size_t i = 0; i < count; ++i) texts[i] = text_datum(item(i));
  return {TEXTARRAYOID, PointerGetDatum(construct_array(texts, static_cast<int>(count), TEXTOID, -1, false, TYPALIGN_INT))};
}

// Connects to SPI; everything SPI returns lives until spi_end().
void spi_begin();
void spi_end();

// The same in a procedure that its caller lets commit. spi_commit() ends the transaction and begins the next one: arenas and rows of before
// are gone then, while what was allocated in the current memory context after this call lives until spi_end().
void spi_begin_procedure();
// Raises 2D000 where the procedure was called so that it cannot; `why` is a sentence, `instead` the rest of the HINT.
void insist_on_commit(FunctionCallInfo fcinfo, const char *procedure, const char *why, const char *instead);
void spi_commit();

// Runs one statement; the number of rows it touched or returned. Rows are then read by spi_text and spi_datum.
// `read_only` uses the caller's snapshot; otherwise the statement sees everything that committed before it.
uint64 spi_run(const char *sql, std::initializer_list<Argument> arguments = {}, bool read_only = false);

// All rows of the last result, which have exactly the declared columns.
void spi_put(Rows &rows);

// A column (from 1) of a row (from 0) of the last result.
std::optional<Datum> spi_datum(uint64 row, int column);
std::string_view spi_text(uint64 row, int column);  // of a text column; empty where null

}  // namespace proapp::pg
