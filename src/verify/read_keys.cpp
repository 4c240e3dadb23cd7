// Constraints and indexes.
#include "pg/boundary.hpp"

#include "verify/facts.hpp"

namespace proapp::verify {

// Partitions' copies are their parents' matter.
static const char constraints_sql[] =
    "select k.oid, k.conrelid, k.confrelid, k.contype, k.conname::text, 'constraint ' || quote_ident(k.conname) || ' on ' || quote_ident(n.nspname) || '.' || "
    "quote_ident(c.relname), k.conkey, k.confkey, k.confdeltype, k.confupdtype,"
    " k.confdelsetcols, k.convalidated, k.condeferrable, k.conbin::text, quote_ident(k.conname)"
    " from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace"
    " where k.conparentid = 0 and k.contype in ('c', 'f', 'p', 'u', 'x') and n.nspname not in ('pg_catalog', 'information_schema') order by k.conrelid, k.conname collate \"C\"";

static const char indexes_sql[] =
    "select x.indexrelid, x.indrelid, c.relname::text, quote_ident(n.nspname) || '.' || quote_ident(c.relname), "
    " concat(' USING ', a.amname, ' (', x.indkey, ' | ', x.indclass, ' | ', x.indcollation, ' | ', x.indoption, ' | ', x.indnkeyatts, ' ', x.indnullsnotdistinct, ')',"
    "  case when x.indexprs is not null then pg_get_expr(x.indexprs, x.indrelid) end, case when x.indpred is not null then ' WHERE ' || pg_get_expr(x.indpred, x.indrelid) end),"
    " (x.indkey::smallint[])[0 : x.indnkeyatts - 1], x.indisunique, x.indisprimary, x.indisvalid and x.indisready and x.indislive, x.indpred is not null,"
    " exists (select from pg_constraint k where k.conindid = x.indexrelid and k.contype in ('p', 'u', 'x')), a.amname = 'btree', pg_stat_get_numscans(x.indexrelid), "
    "c.relpages::bigint * 8192, x.indexprs::text"
    " from pg_index x join pg_class c on c.oid = x.indexrelid join pg_namespace n on n.oid = c.relnamespace join pg_am a on a.oid = c.relam"
    " where n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_toast' order by x.indrelid, "
    "c.relname collate \"C\"";

static void read_constraints(core::Facts &facts) {
  core::TermReader reader(facts.arena, pg::watch);
  const Result rows(constraints_sql, facts.arena);
  for (uint64 i = 0; i < rows.count(); ++i) {
    auto &fact = facts.arena.make<core::ConstraintFact>();
    fact.id = rows.oid(i, 1);
    fact.table = facts.table(rows.oid(i, 2));
    if (fact.table == nullptr) continue;
    fact.referenced = facts.table(rows.oid(i, 3));
    fact.type = rows.letter(i, 4);
    fact.name = rows.text(i, 5);
    fact.identity = rows.text(i, 6);
    fact.columns = rows.numbers(i, 7);
    fact.referenced_columns = rows.numbers(i, 8);
    fact.on_delete = rows.letter(i, 9);
    fact.on_update = rows.letter(i, 10);
    fact.set_columns = rows.numbers(i, 11);
    fact.validated = rows.flag(i, 12);
    fact.deferrable = rows.flag(i, 13);
    if (!rows.is_null(i, 14)) fact.check = reader.expression(rows.text(i, 14), fact.table->id);
    fact.quoted = rows.text(i, 15);
    facts.constraints.push_back(&fact);
    append(facts, facts.constraints_of, fact.table->id, fact);
  }
}

void read_keys(core::Facts &facts) {
  read_constraints(facts);
  core::TermReader reader(facts.arena, pg::watch);
  const Result rows(indexes_sql, facts.arena);
  for (uint64 i = 0; i < rows.count(); ++i) {
    auto &fact = facts.arena.make<core::IndexFact>();
    fact.id = rows.oid(i, 1);
    fact.table = facts.table(rows.oid(i, 2));
    if (fact.table == nullptr) continue;
    fact.name = rows.text(i, 3);
    fact.identity = rows.text(i, 4);
    fact.definition = rows.text(i, 5);
    fact.columns = rows.numbers(i, 6);
    fact.unique = rows.flag(i, 7);
    fact.primary = rows.flag(i, 8);
    fact.valid = rows.flag(i, 9);
    fact.partial = rows.flag(i, 10);
    fact.of_constraint = rows.flag(i, 11);
    fact.btree = rows.flag(i, 12);
    fact.scans = rows.integer(i, 13);
    fact.bytes = rows.integer(i, 14);
    if (!rows.is_null(i, 15)) fact.expressions = reader.expressions(rows.text(i, 15), fact.table->id);
    facts.indexes.push_back(&fact);
    append(facts, facts.indexes_of, fact.table->id, fact);
  }
}

}  // namespace proapp::verify
