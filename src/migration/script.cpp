#include "migration/script.hpp"

#include "core/sql_text.hpp"
#include "migration/conflicts.hpp"
#include "migration/deferred.hpp"
#include "migration/guard.hpp"
#include "pg/attempt.hpp"
#include "pg/session.hpp"
#include "pg/spi.hpp"

extern "C" {
#include <commands/extension.h>
#include <mb/pg_wchar.h>
#include <parser/parser.h>
#include <storage/latch.h>
#include <tcop/dest.h>
#include <utils/guc.h>
#include <utils/wait_event.h>
}

namespace proapp::migration {

struct Place {
  const Script *script;
  int statement;  // from 1; 0 while the script is parsed
  int line;
};

// The parser counts in characters.
static size_t byte_offset(const char *sql, int position) {
  const char *at = sql;
  for (int i = 1; i < position && *at != '\0'; ++i) at += pg_mblen(at);
  return static_cast<size_t>(at - sql);
}

// A syntax error is shown by its own line: the whole script would bury it.
static void describe_syntax_error(const Script &script) {
  const int position = geterrposition();
  if (position <= 0) {
    errcontext("%s of %s %s version %s", script.back ? "downgrade" : "migration", script.app, script.back ? "from" : "to", script.version);
    return;
  }
  const size_t offset = byte_offset(script.sql, position);
  const std::string_view line = core::line_text(script.sql, offset);
  const int before = static_cast<int>(script.sql + offset - line.data());
  constexpr size_t readable = 1000;
  errposition(0);
  if (line.size() <= readable) {
    internalerrposition(pg_mbstrlen_with_len(line.data(), before) + 1);
    internalerrquery(pg::c_string(line));
  }
  errcontext("%s of %s %s version %s, line %d", script.back ? "downgrade" : "migration", script.app, script.back ? "from" : "to", script.version,
             core::line_at(script.sql, offset));
}

static void describe_place(void *argument) {
  const auto &place = *static_cast<const Place *>(argument);
  if (place.statement == 0)
    describe_syntax_error(*place.script);
  else
    errcontext("%s of %s %s version %s, statement %d, line %d", place.script->back ? "downgrade" : "migration", place.script->app, place.script->back ? "from" : "to",
               place.script->version, place.statement, place.line);
}

static int lock_timeout = 0, lock_retries = 0;

void define_lock_settings() {
  DefineCustomIntVariable("proapp.migration_lock_timeout", "Time that a statement of a migration waits for a lock.", "0: what lock_timeout says.", &lock_timeout, 0, 0, INT_MAX, PGC_USERSET,
                          GUC_UNIT_MS, nullptr, nullptr, nullptr);
  DefineCustomIntVariable("proapp.migration_lock_retries", "How often a statement of a migration that got no lock is tried again.",
                          "With pauses that grow, in which it holds no lock that it got by itself.", &lock_retries, 0, 0, 1000, PGC_USERSET, 0, nullptr, nullptr, nullptr);
}

static void pin(const char *setting, const char *value) { set_config_option(setting, value, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false); }

// A released script means the same in every session. CREATE EXTENSION switches the check of function bodies off: broken bodies would stay unseen.
static int pin_settings() {
  const int level = NewGUCNestLevel();
  pin("search_path", "pg_catalog, pg_temp");
  pin("check_function_bodies", "on");
  pin("standard_conforming_strings", "on");
  if (lock_timeout > 0) pin("lock_timeout", psprintf("%d", lock_timeout));
  return level;
}

static void execute(const char *sql) {
  SPIExecuteOptions options{};
  options.dest = None_Receiver;  // nobody reads what a SELECT returns
  const int result = SPI_execute_extended(sql, &options);
  if (result == SPI_ERROR_TRANSACTION)
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED), errmsg("transaction control statements are not allowed in a migration"),
                    errdetail("A migration is applied as a whole or not at all.")));
  if (result == SPI_ERROR_COPY)
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED), errmsg("COPY to or from the client is not possible in a migration"), errhint("Use INSERT.")));
  if (result < 0) elog(ERROR, "SPI failed with %s", SPI_result_code_string(result));
}

// From a tenth of a second to five.
static void pause_before(int attempt) {
  const long milliseconds = Min(100L << Min(attempt, 6), 5000L);
  (void)WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, milliseconds, PG_WAIT_EXTENSION);
  ResetLatch(MyLatch);
  CHECK_FOR_INTERRUPTS();
}

static void run_statement(const char *sql) {
  if (lock_retries == 0) return execute(sql);
  for (int attempt = 0;; ++attempt) {
    ErrorData *error = pg::attempt([sql] { execute(sql); });
    if (error == nullptr) return;
    if (error->sqlerrcode != ERRCODE_LOCK_NOT_AVAILABLE || attempt == lock_retries) ReThrowError(error);
    pause_before(attempt);
  }
}

static void run_statements(Place &place) {
  const char *sql = place.script->sql;
  const size_t size = strlen(sql);
  List *statements = raw_parser(sql, RAW_PARSE_DEFAULT);
  bool making = place.script->back;
  ListCell *cell;
  foreach (cell, statements) {
    const auto *statement = lfirst_node(RawStmt, cell);
    // Blocks that a script begins with look whether it may be applied here, and say it better.
    if (!making && !IsA(statement->stmt, DoStmt)) {
      making = true;
      ErrorContextCallback *of_statement = error_context_stack;
      error_context_stack = of_statement->previous;  // it is about the whole script
      insist_on_free_names(*place.script);
      error_context_stack = of_statement;
    }
    const size_t end = statement->stmt_len == 0 ? size : static_cast<size_t>(statement->stmt_location + statement->stmt_len);
    const size_t begin = core::skip_blanks({sql, size}, static_cast<size_t>(statement->stmt_location));
    ++place.statement;
    place.line = core::line_at({sql, size}, begin);
    const char *text = pnstrdup(sql + begin, end - begin);
    if (!place.script->back && must_be_deferred(statement->stmt))
      defer(*place.script, statement->stmt, text);
    else
      run_statement(text);
  }
}

void run(const Script &script) {
  Place place = {&script, 0, 0};
  ErrorContextCallback context = {error_context_stack, describe_place, &place};
  error_context_stack = &context;

  const int settings = pin_settings();
  const Oid guarded_before = guard_for(GetUserId());
  PG_TRY();
  {
    // Else whatever is created became a member: DROP EXTENSION would drop it, and a dump would leave its rows out.
    pg::outside_of_extension([&place] { run_statements(place); });
  }
  PG_FINALLY();
  { guard_for(guarded_before); }
  PG_END_TRY();
  AtEOXact_GUC(false, settings);  // "false": also what the script itself set
  error_context_stack = context.previous;
}

}  // namespace proapp::migration
