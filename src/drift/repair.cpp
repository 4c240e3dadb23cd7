// repair, repair_script
#include "pg/boundary.hpp"

#include "drift/trial.hpp"
#include "pg/attempt.hpp"
#include "pg/rows.hpp"

extern "C" {
#include <access/xlog.h>
#include <catalog/pg_type.h>
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

static std::optional<std::string_view> name_argument(core::Arena &arena, FunctionCallInfo fcinfo) {
  if (PG_ARGISNULL(0)) return std::nullopt;
  return arena.copy(pg::view(PG_GETARG_DATUM(0)));
}

static std::string_view outcome(const Trial &trial, const Trial::Step &step, bool keep, bool kept) {
  if (step.statement.empty()) return "stays";
  if (step.forbidden) return "not allowed";
  if (kept) return "done";
  return keep || !trial.proven ? "taken back" : "would be done";
}

static Datum emit(FunctionCallInfo fcinfo, const Trial &trial, bool keep, bool kept) {
  pg::Rows rows(fcinfo);
  int64 number = 0;
  for (const Trial::Step &step : trial.steps)
    rows.put({++number, pg::Cell::text_or_null(step.statement), pg::Cell::text_or_null(step.hazard), outcome(trial, step, keep, kept), pg::Cell::text_or_null(step.reason)});
  rows.put({++number, pg::Cell::null(), pg::Cell::null(), trial.proven ? "proven" : "not proven",
            trial.proven ? "after these statements the digest is the baseline's" : "something would still differ: nothing was changed"});
  return rows.done();
}

}  // namespace proapp::drift

namespace proapp {

using namespace drift;

PROAPP_FUNCTION(proapp_repair) {
  pg::ContextArena arena("proapp repair");
  const std::string_view name = resolve_name(arena, name_argument(arena, fcinfo));
  const bool keep = !PG_ARGISNULL(1) && !PG_GETARG_BOOL(1);
  const Allowed allowed = allowed_costs(fcinfo->args[2]);
  const Baseline baseline = load(arena, name);
  pg::Subtransaction changes;
  Trial trial{};
  changes.run([&] { trial = try_repair(arena, baseline, allowed); });
  const bool kept = keep && trial.proven && !trial.forbidden;
  kept ? changes.keep() : changes.take_back();
  return emit(fcinfo, trial, keep, kept);
}

}  // namespace proapp
