// check_drift: compare, keep what was found, commit, and only then raise; the views drift_runs and drift_findings
#include "pg/boundary.hpp"

#include "drift/baseline.hpp"
#include "drift/check.hpp"
#include "pg/attempt.hpp"
#include "pg/spi.hpp"
#include "state/retention.hpp"

extern "C" {
#include <utils/guc.h>
#include <utils/resowner.h>
}

namespace proapp::drift {

static constexpr state::Table runs = {
    "drift_runs",
    "run bigint generated always as identity primary key, baseline text collate \"C\" not null, revision integer, started_at timestamptz not null, finished_at timestamptz not "
    "null,"
    " outcome text not null, worst text, critical bigint not null, high bigint not null, medium bigint not null, low bigint not null, alert text not null,"
    " checked_by text not null default session_user, error text"};

static constexpr state::Table findings = {"drift_findings",
                                          "run bigint not null, place bigint not null, severity text not null, kind text not null, identity text not null, change text not null,"
                                          " attribute text, expected text, actual text, changed_by text, changed_at timestamptz, fix text, primary key (run, place)"};

static int alert_level = 1;
static const config_enum_entry alert_levels[] = {{"critical", 0, false}, {"high", 1, false}, {"medium", 2, false}, {"low", 3, false}, {"off", -1, false}, {nullptr, 0, false}};
static const char *const severities[] = {"critical", "high", "medium", "low"};

static const char *alert_name() { return alert_level < 0 ? "off" : severities[alert_level]; }

void define_alert_setting() {
  DefineCustomEnumVariable("proapp.drift_alert", "Says from which severity on check_drift() fails.", "\"off\" records what was found and never fails.", &alert_level, 1,
                           alert_levels, PGC_USERSET, 0, nullptr, nullptr, nullptr);
}

// What a run found; plain bytes, so that it outlives the transaction.
struct Found {
  int64 run;
  int64 counts[4];  // by severity
  int worst() const {
    for (int i = 0; i < 4; ++i)
      if (counts[i] > 0) return i;
    return -1;
  }
  int64 total() const { return counts[0] + counts[1] + counts[2] + counts[3]; }
  bool alert() const { return worst() >= 0 && worst() <= alert_level; }
};

// Baseline $1, compared; the rows of drift() become the findings of run $2.
static void compare_and_keep(std::string_view baseline, int64 run) {
  state::run(
      "insert into proapp_data.drift_findings (severity, kind, identity, change, attribute, expected, actual, changed_by, changed_at, fix, place, run)"
      " select d.*, $2 from proapp.drift($1) with ordinality d",
      {baseline, run});
}

// A comparison that fails is a run, too. Returns what it said; null where it went well. What the user cancelled is no run.
static ErrorData *failure_of(std::string_view baseline, int64 run) {
  return pg::attempt([=] { compare_and_keep(baseline, run); });
}

static Found record(std::string_view baseline, ErrorData *&failure) {
  Found found{};
  state::run(
      "insert into proapp_data.drift_runs (baseline, revision, started_at, finished_at, outcome, critical, high, medium, low, alert)"
      " select $1, (select revision from proapp_data.baselines where baseline = $1), pg_catalog.clock_timestamp(), pg_catalog.clock_timestamp(), 'OK', 0, 0, 0, 0, $2 returning "
      "run",
      {baseline, alert_name()});
  found.run = DatumGetInt64(*pg::spi_datum(0, 1));
  failure = failure_of(baseline, found.run);
  state::run(
      "select count(*) filter (where severity = 'critical'), count(*) filter (where severity = 'high'), count(*) filter (where severity = 'medium'), count(*) filter (where "
      "severity = 'low')"
      " from proapp_data.drift_findings where run = $1",
      {found.run});
  for (int i = 0; i < 4; ++i) found.counts[i] = DatumGetInt64(*pg::spi_datum(0, i + 1));
  const char *outcome = failure != nullptr ? "failed" : found.alert() ? "alert" : found.total() > 0 ? "drift" : "OK";
  const pg::Argument worst{TEXTOID, found.worst() < 0 ? static_cast<Datum>(0) : pg::text_datum(severities[found.worst()]), found.worst() < 0};
  const pg::Argument error{TEXTOID, failure == nullptr ? static_cast<Datum>(0) : pg::text_datum(failure->message), failure == nullptr};
  state::run(
      "update proapp_data.drift_runs set finished_at = pg_catalog.clock_timestamp(), outcome = $2, worst = $3, critical = $4, high = $5, medium = $6, low = $7, error = $8"
      " where run = $1",
      {found.run, outcome, worst, found.counts[0], found.counts[1], found.counts[2], found.counts[3], error});
  // A channel's payload has a limit, and a baseline's name has none.
  state::run(
      "select pg_catalog.pg_notify('proapp_drift', pg_catalog.json_build_object('baseline', pg_catalog.left(baseline, 1000), 'run', run, 'outcome', outcome, 'worst', worst,"
      " 'critical', critical, 'high', high, 'medium', medium, 'low', low)::pg_catalog.text) from proapp_data.drift_runs where run = $1",
      {found.run});
  return found;
}

static void forget_old_runs() {
  const int32 days = state::history_retention();
  if (days == 0) return;
  state::run(
      "with old as (delete from proapp_data.drift_runs where finished_at < pg_catalog.now() - pg_catalog.make_interval(days => $1) returning run)"
      " delete from proapp_data.drift_findings f using old where f.run = old.run",
      {days});
}

// The worst findings as one text, in memory that outlives the commit.
static const char *worst_findings(const Found &found) {
  constexpr int64 shown = 10;
  state::run(
      "select pg_catalog.string_agg(pg_catalog.concat(severity, ': ', case when not pg_catalog.starts_with(identity, kind || ' ') then kind || ' ' end, pg_catalog.left(identity, "
      "200), ' ', change, ' (' || attribute || ')',"
      " ', by ' || changed_by), E'\\n' order by place) from proapp_data.drift_findings where run = $1 and place <= $2",
      {found.run, shown});
  const char *text = pg::c_string(pg::spi_text(0, 1));
  return found.total() <= shown ? text : psprintf("%s\nand %lld more", text, static_cast<long long>(found.total() - shown));
}

static const char *counts_text(const Found &found) {
  const char *text = "";
  for (int i = 0; i < 4; ++i)
    if (found.counts[i] > 0) text = psprintf("%s%s%lld %s", text, *text == '\0' ? "" : ", ", static_cast<long long>(found.counts[i]), severities[i]);
  return text;
}

[[noreturn]] static void raise_alert(const char *baseline, const Found &found, const char *counts, const char *detail) {
  ereport(ERROR, (errcode(ERRCODE_ASSERT_FAILURE), errmsg("drift from baseline \"%s\": %s", baseline, counts), errdetail_internal("%s", detail),
                  errhint("select * from proapp.drift_findings where run = %lld; repair() takes them back, accept_drift() takes intended ones into the baseline.",
                          static_cast<long long>(found.run))));
  pg_unreachable();
}

}  // namespace proapp::drift

namespace proapp {

using namespace drift;

PROAPP_FUNCTION(proapp_check_drift) {
  pg::insist_on_commit(fcinfo, "check_drift()", "It commits what it found before it fails: else the failure would take the findings along.",
                       "To look only: select * from proapp.drift().");
  state::refuse_while_restoring();
  pg::ContextArena arena("proapp check");
  const std::string_view name = resolve_name(arena, optional_text(arena, fcinfo, 0));
  pg::spi_begin_procedure();
  if (state::run("select from proapp_data.baselines where baseline = $1", {name}, false) == 0) unknown_baseline(name);
  state::find_or_make(runs);
  state::find_or_make(findings);
  ErrorData *failure = nullptr;
  const Found found = record(name, failure);
  forget_old_runs();
  const char *baseline = pg::c_string(name), *counts = counts_text(found), *detail = worst_findings(found);
  const bool alert = found.alert();
  pg::spi_commit();
  if (failure != nullptr) ReThrowError(failure);
  if (alert) raise_alert(baseline, found, counts, detail);
  pg::spi_end();
  PG_RETURN_VOID();
}

PROAPP_FUNCTION(proapp_drift_runs) {
  return state::rows(fcinfo, runs,
                     "select run, baseline::pg_catalog.text, revision, started_at, finished_at, outcome, worst, critical, high, medium, low, alert, checked_by, error"
                     " from proapp_data.drift_runs order by run desc");
}

PROAPP_FUNCTION(proapp_drift_findings) {
  return state::rows(fcinfo, findings,
                     "select f.run, r.baseline::pg_catalog.text, r.finished_at, severity, kind, identity, change, attribute, expected, actual, changed_by, changed_at, fix"
                     " from proapp_data.drift_findings f join proapp_data.drift_runs r using (run) order by f.run desc, place");
}

}  // namespace proapp
