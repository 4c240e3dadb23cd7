// prove_isolation: can one user reach another's rows? By trying it.
#include "pg/boundary.hpp"

#include "catalog/manifest.hpp"
#include "core/selector.hpp"
#include "pg/attempt.hpp"
#include "pg/compat.hpp"
#include "pg/context_arena.hpp"
#include "pg/rehearsal.hpp"
#include "pg/rows.hpp"
#include "verify/isolation_report.hpp"

extern "C" {
#include <tcop/utility.h>
#include <utils/acl.h>
#include <utils/guc.h>
}

using namespace proapp;

namespace proapp::verify {

namespace {

// What the selectors want.
struct Wanted {
  Answer relations;  // oid, kind, name, may be read
  List *tables;      // positions there
  List *functions;   // Function *
};

struct Proof {
  const Model *model;
  Acquaintances acquaintances;
  Budget budget;
  const List *functions;
  bool anon;
  List *findings;
};

}  // namespace

static constexpr char relations[] = R"(
select c.oid, case c.relkind when 'f' then 'foreign table' when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, format('%I.%I', n.nspname, c.relname), n.nspname, c.relname,
       coalesce(e.extname, ''), has_table_privilege(c.oid, 'SELECT') and has_schema_privilege(n.oid, 'USAGE') and not row_security_active(c.oid)
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  left join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = c.oid and d.objsubid = 0 and d.deptype = 'e' left join pg_extension e on e.oid = d.refobjid
 where c.relkind in ('r', 'p', 'f', 'v', 'm') and c.relpersistence <> 't' and n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'proapp', 'proapp_data', 'proapp_archive')
 order by n.nspname, c.relname)";

static Wanted find_wanted(core::Selection &selection) {
  Wanted wanted = {ask(relations), NIL, NIL};
  for (int64 i = 0; i < wanted.relations.count; ++i) {
    const char *const *row = wanted.relations.cells + i * wanted.relations.columns;
    const bool is_table = strcmp(row[1], "table") == 0 || strcmp(row[1], "foreign table") == 0;
    if (selection.wants({row[1], row[3], row[4], {}, {}, row[5]}) && is_table) wanted.tables = lappend_int(wanted.tables, static_cast<int>(i));
  }
  wanted.functions = read_functions();
  const ListCell *cell;
  foreach (cell, wanted.functions) {
    auto &function = *static_cast<Function *>(lfirst(cell));
    // Whatever is selected, an extension's own are left alone.
    function.wanted = selection.wants({"function", function.schema, function.bare, {}, {}, function.extension}) && *function.extension == '\0';
  }
  return wanted;
}

static bool insist_on_role(const char *name) {
  const Oid role = get_role_oid(name, true);
  if (!OidIsValid(role)) return false;
  if (!pg::may_become(GetUserId(), role))
    ereport(ERROR,
            (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("permission denied to set role \"%s\"", name), errhint("Call as a superuser, or as a role to which it is granted.")));
  return true;
}

static void insist_on_users_role() {
  const char *name = isolation_role();
  if (!insist_on_role(name))
    ereport(ERROR,
            (errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("role \"%s\" does not exist", name), errhint("Name the role with which users come in: set proapp.isolation_role = '…'.")));
}

static void insist_on_reading(const char *name, bool readable) {
  if (readable) return;
  ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("permission denied for all rows of table %s", name),
                  errdetail("Whose rows there are must be known before others are tried on them."),
                  errhint("Call as a role that may read the table and that its policies do not restrict, or leave it out: '!%s'.", name)));
}

static void try_all(Proof &proof, const Table &table, const Pair &pair, const List *functions) {
  Case one = {&table, &pair, &proof.acquaintances, &proof.budget, &proof.findings, false};
  try_commands(one);
  try_views(one);
  try_references(one);
  try_functions(one, functions);
}

static void prove_table(Proof &proof, const Owned &owned) {
  const Table table = read_table(owned);
  bool any;
  const List *sample = sample_rows(table, any);
  if (sample == NIL) return put_skipped(proof.findings, table.name, nullptr, any ? "no row says whose it is" : "no rows");
  const char *reason = nullptr;
  const List *pairs = pick_pairs(proof.acquaintances, table, sample, isolation_role(), reason);
  if (pairs == NIL) put_skipped(proof.findings, table.name, nullptr, reason);
  const List *functions = concerned_functions(proof.functions, owned.id);
  const ListCell *cell;
  foreach (cell, pairs) try_all(proof, table, *static_cast<const Pair *>(lfirst(cell)), functions);
  const Pair *with_anon = proof.anon ? pair_with_anon(table, sample, pairs) : nullptr;
  if (with_anon != nullptr) try_all(proof, table, *with_anon, functions);
}

// Attempts see to locks themselves; what is read before them may be locked as well.
static void prove_unless_locked(Proof &proof, const Owned &owned) {
  ErrorData *error = pg::attempt([&] { prove_table(proof, owned); });
  if (error == nullptr) return;
  if (error->sqlerrcode != ERRCODE_LOCK_NOT_AVAILABLE) ReThrowError(error);
  put_skipped(proof.findings, owned.name, nullptr, locked_by_another);
}

static void prove(Proof &proof, const Wanted &wanted) {
  const ListCell *cell;
  foreach (cell, wanted.tables) {
    const int row = lfirst_int(cell);
    const char *name = wanted.relations.at(row, 2);
    const Owned *owned = find_owned(*proof.model, static_cast<Oid>(strtoul(wanted.relations.at(row, 0), nullptr, 10)));
    if (is_used_up(proof.budget))
      put_skipped(proof.findings, name, nullptr, "time budget");
    else if (*wanted.relations.at(row, 1) == 'f')
      put_skipped(proof.findings, name, nullptr, "a foreign table keeps its rows elsewhere");
    else if (proof.model->populations == NIL)
      put_skipped(proof.findings, name, nullptr, "no users are registered: select * from proapp.map_users(…)");
    else if (owned == nullptr)
      put_skipped(proof.findings, name, nullptr, "no column says whose a row is");
    else {
      insist_on_reading(name, wanted.relations.is(row, 6));
      prove_unless_locked(proof, *owned);
    }
  }
}

static pg::Cell cell_of(const char *text) { return text != nullptr ? pg::Cell(text) : pg::Cell::null(); }

}  // namespace proapp::verify

PROAPP_FUNCTION(proapp_prove_isolation) {
  using namespace verify;
  PreventCommandIfReadOnly("proapp.prove_isolation()");
  if (pg::is_rehearsing())
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("prove_isolation() is running"), errdetail("It called a function that calls it.")));
  pg::ContextArena arena("proapp isolation");
  auto &selection = arena.make<core::Selection>(arena, catalog::selectors(arena, fcinfo->args[0]));
  pg::Rows rows(fcinfo);
  insist_on_users_role();
  const bool anon = insist_on_role("anon");
  const Wanted wanted = find_wanted(selection);
  selection.insist_on_matches();
  const Model model = read_model();
  const Budget budget = start_budget();
  Proof proof = {&model, {&model, &budget, NIL}, budget, wanted.functions, anon, NIL};
  const int nest = NewGUCNestLevel();
  wait_briefly(GUC_ACTION_SAVE);
  prove(proof, wanted);
  AtEOXact_GUC(true, nest);
  const ListCell *cell;
  foreach (cell, sorted(proof.findings)) {
    const auto &found = *static_cast<const Finding *>(lfirst(cell));
    rows.put({found.relation, cell_of(found.command), cell_of(found.actor), cell_of(found.victim), found.verdict, found.reached, cell_of(found.through)});
  }
  return rows.done();
}
