#include "pg/boundary.hpp"

#include "core/digest.hpp"
#include "drift/statement.hpp"
#include "pg/attempt.hpp"
#include "pg/spi.hpp"
#include "pg/text.hpp"

extern "C" {
#include <access/relation.h>
#include <catalog/namespace.h>
#include <nodes/makefuncs.h>
#include <storage/lmgr.h>
#include <utils/builtins.h>
#include <utils/guc.h>
#include <utils/rel.h>
#include <utils/relcache.h>
#include <utils/snapmgr.h>
#include <utils/varlena.h>
}

namespace proapp::drift {

namespace {

constexpr std::size_t most_hazards = 16;

// The table that the step is about; InvalidOid where it is about none, or about one that is not there.
Oid table_of(const core::Step &step, const char *relation) {
  if (relation == nullptr || (step.kind != "table" && step.kind != "column")) return InvalidOid;
  return RangeVarGetRelid(makeRangeVarFromNameList(textToQualifiedNameList(cstring_to_text(relation))), NoLock, true);
}

// app.t.c is a column of app.t.
const char *relation_of(const core::Step &step) {
  if (step.kind == "table") return pg::c_string(step.identity);
  if (step.kind != "column") return nullptr;
  bool quoted = false;
  std::size_t dot = std::string_view::npos;
  for (std::size_t i = 0; i < step.identity.size(); ++i) {
    if (step.identity[i] == '"') quoted = !quoted;
    if (step.identity[i] == '.' && !quoted) dot = i;
  }
  return pg::c_string(step.identity.substr(0, dot));
}

Oid storage_of(Oid table) {
  const Relation relation = OidIsValid(table) ? try_relation_open(table, AccessExclusiveLock) : nullptr;
  if (relation == nullptr) return InvalidOid;
  const Oid storage = relation->rd_rel->relfilenode;
  relation_close(relation, NoLock);
  return storage;
}

// A policy that would hide rows, or a cast that fails, is an error: who cannot tell must assume the worst.
bool is_real(const char *guard) {
  bool real = true;
  bool *answer = &real;
  const ErrorData *error = pg::attempt([guard, answer] {
    const int level = NewGUCNestLevel();
    set_config_option("row_security", "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
    PushActiveSnapshot(GetLatestSnapshot());  // a transaction's own may be older than a row
    pg::spi_begin();
    if (pg::spi_run(guard, {}, true) == 1) *answer = DatumGetBool(pg::spi_datum(0, 1).value_or(BoolGetDatum(true)));
    pg::spi_end();
    PopActiveSnapshot();
    AtEOXact_GUC(true, level);
  });
  return error != nullptr || real;
}

// What is lost with it is more than the statement; the caller may try again.
bool concerns_the_transaction(int code) { return code == ERRCODE_T_R_DEADLOCK_DETECTED || code == ERRCODE_T_R_SERIALIZATION_FAILURE || code == ERRCODE_OUT_OF_MEMORY; }

struct Work {
  const char *statement, *relation;
  const core::Step *step;
  const char *guards[most_hazards];
  bool real[most_hazards];
  bool rewritten;
};

void work_on(Work &work) {
  const core::Step &step = *work.step;
  const Oid table = table_of(step, work.relation);
  bool has_guard = false;
  for (std::size_t i = 0; i < step.hazards.size() && i < most_hazards; ++i) has_guard |= work.guards[i] != nullptr;
  const Oid before = has_guard ? storage_of(table) : InvalidOid;  // locks
  for (std::size_t i = 0; i < step.hazards.size() && i < most_hazards; ++i) work.real[i] = work.guards[i] == nullptr || is_real(work.guards[i]);
  pg::spi_begin();
  const int result = SPI_execute(work.statement, false, 0);
  if (result < 0) elog(ERROR, "SPI failed with %s: %s", SPI_result_code_string(result), work.statement);
  pg::spi_end();
  CommandCounterIncrement();
  work.rewritten = !has_guard || !OidIsValid(before) || storage_of(table) != before;
}

}  // namespace

Outcome run_step(pg::ContextArena &arena, const core::Step &step) {
  Work work{};
  work.statement = pg::c_string(step.statement);
  work.relation = relation_of(step);
  work.step = &step;
  for (std::size_t i = 0; i < step.hazards.size() && i < most_hazards; ++i) work.guards[i] = step.hazards[i].guard.empty() ? nullptr : pg::c_string(step.hazards[i].guard);
  Work *pointer = &work;
  Outcome outcome;
  if (ErrorData *error = pg::attempt([pointer] { work_on(*pointer); })) {
    if (concerns_the_transaction(error->sqlerrcode)) ReThrowError(error);
    outcome.error = arena.copy(std::string_view(error->message));
    return outcome;
  }
  core::Bytes hazards(arena);
  for (std::size_t i = 0; i < step.hazards.size() && i < most_hazards; ++i) {
    const std::string_view name = step.hazards[i].name;
    if (!work.real[i] || (name == "rewrite" && !work.rewritten)) continue;
    outcome.row_loss |= name == "row_loss";
    outcome.rewrite |= name == "rewrite";
    hazards.raw(hazards.size() == 0 ? "" : ", ").raw(name);
  }
  outcome.hazards = hazards.view();
  return outcome;
}

}  // namespace proapp::drift
