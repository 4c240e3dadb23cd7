#include "pg/boundary.hpp"

#include "verify/facts.hpp"

namespace proapp::verify {

static const char policies_sql[] =
    "select p.polrelid, p.polname::text, 'policy ' || quote_ident(p.polname) || ' on ' || quote_ident(n.nspname) || '.' || quote_ident(c.relname), p.polcmd, p.polpermissive, "
    "p.polroles,"
    " p.polqual::text, p.polwithcheck::text, pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)"
    " from pg_policy p join pg_class c on c.oid = p.polrelid join pg_namespace n on n.oid = c.relnamespace order by p.polrelid, p.polname collate \"C\"";

void read_policies(core::Facts &facts) {
  core::TermReader reader(facts.arena, pg::watch);
  const Result rows(policies_sql, facts.arena);
  for (uint64 i = 0; i < rows.count(); ++i) {
    auto &policy = facts.arena.make<core::PolicyFact>();
    const Oid table = rows.oid(i, 1);
    policy.table = facts.table(table);
    if (policy.table == nullptr) continue;
    policy.name = rows.text(i, 2);
    policy.identity = rows.text(i, 3);
    policy.command = rows.letter(i, 4);
    policy.permissive = rows.flag(i, 5);
    policy.roles = rows.oids(i, 6);
    if (!rows.is_null(i, 7)) policy.qual = reader.expression(rows.text(i, 7), table);
    if (!rows.is_null(i, 8)) policy.check = reader.expression(rows.text(i, 8), table);
    policy.qual_text = rows.text(i, 9);
    policy.check_text = rows.text(i, 10);
    facts.policies.push_back(&policy);
    append(facts, facts.policies_of, table, policy);
  }
}

}  // namespace proapp::verify
