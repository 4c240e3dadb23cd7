#include "verify/isolation_sql.hpp"

#include "pg/session.hpp"
#include "pg/spi.hpp"

namespace proapp::verify {

// The text of each value is made as whoever is the user now.
Answer take_rows(MemoryContext into) {
  Answer answer = {static_cast<int64>(SPI_processed), SPI_tuptable->tupdesc->natts, nullptr};
  answer.cells = static_cast<const char **>(MemoryContextAllocHuge(into, Max(1, answer.count * answer.columns) * sizeof(char *)));
  for (int64 row = 0; row < answer.count; ++row)
    for (int column = 0; column < answer.columns; ++column) {
      const char *text = SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column + 1);
      answer.cells[row * answer.columns + column] = text == nullptr ? nullptr : MemoryContextStrdup(into, text);
    }
  return answer;
}

uint64 run_statement(const char *sql, Answer *answer) {
  const MemoryContext context = CurrentMemoryContext;
  pg::spi_begin();
  const uint64 touched = pg::spi_run(sql);
  if (answer != nullptr) *answer = take_rows(context);
  pg::spi_end();
  return touched;
}

Answer ask(const char *sql) {
  Answer answer{};
  const int pin = pg::pin_search_path();
  run_statement(sql, &answer);
  pg::unpin_search_path(pin);
  return answer;
}

int64 ask_count(const char *sql) {
  const Answer answer = ask(sql);
  return DatumGetInt64(DirectFunctionCall1(int8in, CStringGetDatum(answer.at(0, 0))));
}

const char *literal(const char *text, const char *type) { return psprintf("%s::%s", text == nullptr ? "null" : quote_literal_cstr(text), type); }

}  // namespace proapp::verify
