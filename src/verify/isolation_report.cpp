#include "verify/isolation_report.hpp"

namespace proapp::verify {

void put(List *&findings, const Finding &finding) {
  auto *copy = static_cast<Finding *>(palloc(sizeof(Finding)));
  *copy = finding;
  copy->number = list_length(findings);
  findings = lappend(findings, copy);
}

void put_skipped(List *&findings, const char *relation, const char *actor, const char *reason) { put(findings, {relation, nullptr, actor, nullptr, "skipped", 0, reason}); }

void conclude(const Case &one, const char *command, const Sum &sum, const char *through) {
  const char *verdict = sum.reached > 0 ? "LEAK" : sum.unclear != nullptr ? "skipped" : "isolated";
  const char *why = sum.reached > 0 ? through : sum.unclear != nullptr ? sum.unclear : sum.refused;
  put(*one.findings, {one.table->name, command, one.pair->actor->label, described(one.pair->victim), verdict, sum.reached, why});
}

static constexpr char exemption[] = R"(
select case when not c.relrowsecurity then 'no row-level security'
            when r.rolsuper then 'role ' || quote_ident(r.rolname) || ' is a superuser'
            when r.rolbypassrls then 'role ' || quote_ident(r.rolname) || ' has BYPASSRLS'
            when pg_has_role(r.oid, c.relowner, 'USAGE') and not c.relforcerowsecurity then 'role ' || quote_ident(r.rolname) || ' owns the table' end
  from pg_class c, pg_roles r where c.oid = %u and r.rolname = %s)";

static constexpr char policies[] = R"(
select quote_ident(p.polname), case when p.polcmd = 'a' or '%c' = 'a' then coalesce(pg_get_expr(p.polwithcheck, p.polrelid), pg_get_expr(p.polqual, p.polrelid)) else pg_get_expr(p.polqual, p.polrelid) end
  from pg_policy p, pg_roles r
 where p.polrelid = %u and p.polpermissive and p.polcmd in ('*', '%c') and r.rolname = %s and exists (select from unnest(p.polroles) x where x = 0 or pg_has_role(r.oid, x, 'USAGE'))
 order by p.polname)";

const char *any_row(const Case &one, const char *alias) {
  const char *all = nullptr;
  const ListCell *cell;
  foreach (cell, one.pair->rows) {
    const char *row = condition(*one.table, *static_cast<const Row *>(lfirst(cell)), alias);
    all = all == nullptr ? psprintf("(%s)", row) : psprintf("%s or (%s)", all, row);
  }
  return all;
}

static bool holds_for_rows(const Case &one, const char *expression) {
  Answer answer{};
  const char *sql = psprintf("select pg_catalog.count(*) from %s where (%s) and (%s)", one.table->name, any_row(one, quote_identifier(one.table->bare)), expression);
  const Outcome outcome = perform(*one.pair->actor, {.sql = sql, .answer = &answer}, *one.budget);
  return outcome.ended == Ended::well && strcmp(answer.at(0, 0), "0") != 0;
}

const char *let_through(const Case &one, const Table &table, char command) {
  const char *role = quote_literal_cstr(one.pair->actor->identity.role);
  if (const char *exempt = ask(psprintf(exemption, table.owned->id, role)).at(0, 0)) return exempt;
  const Answer answer = ask(psprintf(policies, command, table.owned->id, command, role));
  const char *all = nullptr, *sure = nullptr;
  for (int64 i = 0; i < answer.count; ++i) {
    const auto add = [&answer, i](const char *names) { return names == nullptr ? psprintf("policy %s", answer.at(i, 0)) : psprintf("%s or %s", names, answer.at(i, 0)); };
    all = add(all);
    if (answer.count > 1 && &table == one.table && answer.at(i, 1) != nullptr && holds_for_rows(one, answer.at(i, 1))) sure = add(sure);
  }
  return sure != nullptr ? sure : all != nullptr ? all : "no policy";
}

static int rank(const Finding &finding) { return *finding.verdict == 'L' ? 0 : *finding.verdict == 's' ? 1 : 2; }

List *sorted(List *findings) {
  list_sort(findings, [](const ListCell *left, const ListCell *right) {
    const auto &a = *static_cast<const Finding *>(lfirst(left)), &b = *static_cast<const Finding *>(lfirst(right));
    return rank(a) != rank(b) ? rank(a) - rank(b) : a.number - b.number;
  });
  return findings;
}

}  // namespace proapp::verify
