// SQL from C++: fixed statements with arguments, results as views.
#pragma once
#include "pg/postgres.hpp"

#include "pg/text.hpp"

#include <initializer_list>
#include <optional>
#include <string_view>

extern "C" {
#include <catalog/pg_type.h>
#include <executor/spi.h>
}

namespace proapp::pg {

struct Argument {
  Oid type;
  Datum value;
  bool null = false;

  Argument(std::string_view text) : type(TEXTOID), value(text_datum(text)) {}
  Argument(const char *text) : Argument(std::string_view(text)) {}
  Argument(bool boolean) : type(BOOLOID), value(BoolGetDatum(boolean)) {}
  Argument(int32 integer) : type(INT4OID), value(Int32GetDatum(integer)) {}
  Argument(int64 integer) : type(INT8OID), value(Int64GetDatum(integer)) {}
  Argument(Oid datum_type, Datum datum, bool is_null = false) : type(datum_type), value(datum), null(is_null) {}
};

// Connects to SPI; everything SPI returns lives until spi_end().
void spi_begin();
void spi_end();

// The same in a procedure that its caller lets commit. spi_commit() ends the transaction and begins the next one: arenas and rows of before
// are gone then, while what was allocated in the current memory context after this call lives until spi_end().
void spi_begin_procedure();
void spi_commit();

// Runs one statement; the number of rows it touched or returned. Rows are then read by spi_text and spi_datum.
// `read_only` uses the caller's snapshot; otherwise the statement sees everything that committed before it.
uint64 spi_run(const char *sql, std::initializer_list<Argument> arguments = {}, bool read_only = false);

// A column (from 1) of a row (from 0) of the last result.
std::optional<Datum> spi_datum(uint64 row, int column);
std::string_view spi_text(uint64 row, int column);  // of a text column; empty where null

}  // namespace proapp::pg
