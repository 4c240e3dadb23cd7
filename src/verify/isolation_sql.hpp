// Questions of prove_isolation() to the database, asked as its caller.
#pragma once
#include "pg/postgres.hpp"

#include <type_traits>

namespace proapp::verify {

// Rows as text, in the memory context of the call; null where null.
struct Answer {
  int64 count;
  int columns;
  const char **cells;

  const char *at(int64 row, int column) const { return cells[row * columns + column]; }
  bool is(int64 row, int column) const { return *at(row, column) == 't'; }
};
static_assert(std::is_trivially_destructible_v<Answer>);

// With search_path pinned.
Answer ask(const char *sql);
int64 ask_count(const char *sql);

// Runs one statement with the search_path that there is; how many rows it touched. Its rows stand in `answer` where that is asked for.
uint64 run_statement(const char *sql, Answer *answer = nullptr);

// Between spi_begin() and spi_end(): the rows of the last statement, in that memory context.
Answer take_rows(MemoryContext into);

// 'text'::type, or null.
const char *literal(const char *text, const char *type);

}  // namespace proapp::verify
