// Views, materialized views and foreign tables: what requests read through them as somebody else.
#include "core/check_parts.hpp"

namespace proapp::core {

static bool is_auth_users(const TableFact &table) { return table.identity == "auth.users"; }

static bool bypasses(const Facts &facts, Oid role, const TableFact &table) {
  const RoleFact *owner = Facts::get(facts.role_of, role);
  return (owner != nullptr && (owner->superuser || owner->bypasses_rls)) || (role == table.owner && !table.forced);
}

namespace {

struct Read {
  const TableFact *guarded = nullptr;  // a table whose policies do not hold here
  const TableFact *hidden = nullptr;   // a table that requests do not reach themselves
  bool auth_users = false;
};

// Views in views, each with its own owner; depth bounds what a broken catalog might hold.
void gather(const Facts &facts, const TableFact &view, Read &read, int depth) {
  if (depth > 32) return;
  for (const Query *query : view.queries)
    each_source(*query, [&](Oid oid) {
      const TableFact *table = facts.table(oid);
      if (table == nullptr || table->id == view.id) return;
      if (table->kind == 'v' || table->kind == 'm') {
        if (!table->invoker) gather(facts, *table, read, depth + 1);
      } else if (is_auth_users(*table)) {
        read.auth_users = true;
      } else if (table->is_table()) {
        if (table->rls && bypasses(facts, view.owner, *table)) read.guarded = table;
        if (table->of_schema != nullptr && !table->of_schema->system && !table->exposed) read.hidden = table;
      }
    });
}

}  // namespace

static constexpr std::uint32_t rows_privileges = may_select | may_insert | may_update | may_delete;

static bool is_reached(const TableFact &table, char kind, std::uint32_t privileges) {
  return table.kind == kind && table.exposed && is_own(table) && (table.reach.either() & privileges) != 0;
}

static std::string_view revoke_all(const Facts &facts, const TableFact &table) {
  return facts.text({"revoke all on ", table.identity, " from ", grantees(facts, table.reach, table.reach.either())});
}

static void view_bypasses_rls(const Facts &facts, Findings &findings) {
  const CallerAware &aware = CallerAware::of(facts);
  for (const TableFact *view : facts.tables) {
    if (!is_reached(*view, 'v', rows_privileges) || view->invoker) continue;
    Read read;
    gather(facts, *view, read, 0);
    if (read.auth_users || (read.guarded == nullptr && read.hidden == nullptr)) continue;
    bool filtered = false;
    for (const Query *query : view->queries) filtered = filtered || aware.conditions(*query);
    if (filtered) continue;
    const std::string_view fix = facts.text({"alter view ", view->identity, " set (security_invoker = true)"});
    if (read.guarded != nullptr) {
      findings.add(view, view->identity,
                   facts.text({who(view->reach, rows_privileges), " reads ", read.guarded->identity, " as the view's owner, for whom its policies do not hold"}), fix);
    } else {
      findings.add(FindingSeverity::low, view, nullptr, view->identity,
                   facts.text({who(view->reach, rows_privileges), " reads ", read.hidden->identity, " as the view's owner, in a schema that requests do not reach"}), fix);
    }
  }
}

static void view_without_barrier(const Facts &facts, Findings &findings) {
  const CallerAware &aware = CallerAware::of(facts);
  for (const TableFact *view : facts.tables) {
    if (!is_reached(*view, 'v', may_select) || view->invoker || view->barrier) continue;
    Read read;
    gather(facts, *view, read, 0);
    bool filtered = false;
    for (const Query *query : view->queries) filtered = filtered || aware.conditions(*query);
    if (filtered && !read.auth_users && (read.guarded != nullptr || read.hidden != nullptr))
      findings.add(view, view->identity, "its own condition is what separates callers, and a function in a caller's query may be run before it",
                   facts.text({"alter view ", view->identity, " set (security_barrier = true)"}));
  }
}

static void auth_users_exposed(const Facts &facts, Findings &findings) {
  const CallerAware &aware = CallerAware::of(facts);
  for (const TableFact *view : facts.tables) {
    const bool reached = (is_reached(*view, 'v', may_select) && !view->invoker) || is_reached(*view, 'm', may_select);
    if (!reached) continue;
    Read read;
    gather(facts, *view, read, 0);
    bool filtered = false;
    for (const Query *query : view->queries) filtered = filtered || (view->kind == 'v' && aware.conditions(*query));
    if (read.auth_users && !filtered) findings.add(view, view->identity, facts.text({who(view->reach, may_select), " reads auth.users through it"}), revoke_all(facts, *view));
  }
}

static void materialized_view_exposed(const Facts &facts, Findings &findings) {
  for (const TableFact *view : facts.tables) {
    if (!is_reached(*view, 'm', may_select)) continue;
    Read read;
    gather(facts, *view, read, 0);
    if (read.auth_users) continue;
    if (read.guarded != nullptr || read.hidden != nullptr) {
      const TableFact *table = read.guarded != nullptr ? read.guarded : read.hidden;
      findings.add(view, view->identity, facts.text({who(view->reach, may_select), " reads what it holds of ", table->identity, ": a materialized view has no policies"}),
                   revoke_all(facts, *view));
    } else {
      findings.add(FindingSeverity::low, view, nullptr, view->identity, facts.text({who(view->reach, may_select), " reads all of it: a materialized view has no policies"}),
                   revoke_all(facts, *view));
    }
  }
}

static void foreign_table_exposed(const Facts &facts, Findings &findings) {
  for (const TableFact *table : facts.tables)
    if (is_reached(*table, 'f', rows_privileges))
      findings.add(table, table->identity, facts.text({who(table->reach, rows_privileges), " reaches all of it: a foreign table has no policies"}), revoke_all(facts, *table));
}

static constexpr Check checks[] = {
    {"auth_users_exposed", FindingSeverity::critical, "auth.users can be read through a view",
     "It holds e-mail addresses, password hashes and tokens of everybody. A view reads it as its owner, a materialized view keeps a copy.", auth_users_exposed},
    {"view_bypasses_rls", FindingSeverity::high, "a view reads tables as its owner",
     "Without security_invoker a view's tables are read with its owner's rights, and policies that do not hold for the owner hold for nobody who reads the view.",
     view_bypasses_rls},
    {"view_without_barrier", FindingSeverity::medium, "a view that separates callers has no security barrier",
     "Conditions that a caller adds may be evaluated before the view's own, and a cheap function among them then sees the rows of others.", view_without_barrier},
    {"materialized_view_exposed", FindingSeverity::high, "a materialized view can be read by requests",
     "Policies do not apply to materialized views: whoever may select from one sees all rows that it holds.", materialized_view_exposed},
    {"foreign_table_exposed", FindingSeverity::medium, "a foreign table can be reached by requests",
     "Policies do not apply to foreign tables, and the remote server sees one user for all callers.", foreign_table_exposed},
};

std::span<const Check> view_checks() { return checks; }

}  // namespace proapp::core
