// repair, repair_script
#include "pg/boundary.hpp"

#include "drift/trial.hpp"
#include "pg/attempt.hpp"
#include "pg/rows.hpp"
#include "pg/text.hpp"

extern "C" {
#include <catalog/pg_type.h>
#include <tcop/utility.h>
#include <utils/array.h>
}

namespace proapp::drift {

static Allowed allowed_costs(const NullableDatum &array) {
  Allowed allowed{};
  if (array.isnull) return allowed;
  Datum *elements;
  bool *nulls;
  int count;
  deconstruct_array(DatumGetArrayTypeP(array.value), TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls, &count);
  for (int i = 0; i < count; ++i) {
    const std::string_view word = nulls[i] ? std::string_view("null") : pg::view(elements[i]);
    if (word == "row_loss")
      allowed.row_loss = true;
    else if (word == "rewrite")
      allowed.rewrite = true;
    else if (word == "imported")
      allowed.imported = true;
    else
      core::fail("22023", core::message("\"", word, "\" is nothing that repair can allow"), {}, "Allow row_loss, rewrite or imported.");
  }
  return allowed;
}

struct Repair {
  std::string_view baseline;
  Trial trial;
  bool keep;  // asked for
  bool kept;
};

static Repair repair(pg::ContextArena &arena, FunctionCallInfo fcinfo, bool keep, const Allowed &allowed) {
  PreventCommandIfReadOnly("proapp.repair()");
  Repair repair{resolve_name(arena, optional_text(arena, fcinfo, 0)), {}, keep, false};
  const Baseline baseline = load(arena, repair.baseline);
  if (baseline.imported && !allowed.imported)
    core::fail("55000", core::message("baseline \"", repair.baseline, "\" was imported"), "To repair by it is to run statements that another database wrote.",
               "Read the document first; then select * from proapp.repair(allow => '{imported}').");
  pg::Subtransaction changes;
  changes.run([&] { repair.trial = try_repair(arena, baseline, allowed); });
  repair.kept = keep && repair.trial.proven && !repair.trial.forbidden;
  repair.kept ? changes.keep() : changes.take_back();
  return repair;
}

static std::string_view outcome(const Repair &repair, const Trial::Step &step) {
  if (step.statement.empty()) return "stays";
  if (step.forbidden) return "not allowed";
  if (repair.kept) return "done";
  return repair.keep || !repair.trial.proven ? "taken back" : "would be done";
}

static std::string_view verdict(const Repair &repair) {
  if (!repair.trial.proven) return "some differences stay, so nothing was changed";
  if (repair.keep && !repair.kept) return "the digest would be the baseline's, but something must be allowed first: nothing was changed";
  return repair.kept ? "the digest is the baseline's" : "the digest would be the baseline's; nothing was changed";
}

static Datum emit(FunctionCallInfo fcinfo, const Repair &repair) {
  pg::Rows rows(fcinfo);
  int64 number = 0;
  for (const Trial::Step &step : repair.trial.steps)
    rows.put({++number, pg::Cell::text_or_null(step.statement), pg::Cell::text_or_null(step.hazard), outcome(repair, step), pg::Cell::text_or_null(step.reason)});
  rows.put({++number, pg::Cell::null(), pg::Cell::null(), repair.trial.proven ? "proven" : "not proven", verdict(repair)});
  return rows.done();
}

// A comment of one line each: what comes from names may not end it.
static void comment(std::string_view text, core::Bytes &out) {
  out.raw("-- ");
  for (const char c : text) out.raw(c == '\n' || c == '\r' ? ' ' : c);
  out.raw('\n');
}

static std::string_view script(core::Arena &arena, const Repair &repair) {
  core::Bytes out(arena);
  comment(core::message("Makes the database what the baseline ", repair.baseline, " says."), out);
  comment(repair.trial.proven ? "Tried and taken back: afterwards the digest is the baseline's." : "Tried and taken back: what is left then is told at the end.", out);
  out.raw("begin;\nset local search_path = pg_catalog, pg_temp;\nset local check_function_bodies = off;\n");
  for (const Trial::Step &step : repair.trial.steps) {
    if (step.statement.empty()) continue;
    if (!step.hazard.empty()) comment(step.hazard, out);
    out.raw(step.statement).raw('\n');
  }
  out.raw("commit;\n");
  for (const Trial::Step &step : repair.trial.steps)
    if (step.statement.empty()) comment(core::message("stays: ", step.reason), out);
  return out.view();
}

}  // namespace proapp::drift

namespace proapp {

using namespace drift;

PROAPP_FUNCTION(proapp_repair) {
  pg::ContextArena arena("proapp repair");
  const bool keep = !PG_ARGISNULL(1) && !PG_GETARG_BOOL(1);
  return emit(fcinfo, repair(arena, fcinfo, keep, allowed_costs(fcinfo->args[2])));
}

PROAPP_FUNCTION(proapp_repair_script) {
  pg::ContextArena arena("proapp repair");
  const Repair tried = repair(arena, fcinfo, false, {});
  return pg::text_datum(script(arena, tried));
}

}  // namespace proapp
