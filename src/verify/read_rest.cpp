// Sequences, extensions, publications, storage, our own registrations; and the names of operators.
#include "pg/boundary.hpp"

#include "verify/reading.hpp"

extern "C" {
#include <catalog/pg_operator.h>
}

namespace proapp::verify {

static void read_operators(Reading &reading) {
  for (pg::CatalogScan scan(OperatorRelationId, reading.snapshot, reading.row); scan.next();)
    reading.facts.operators.at(scan.row<Form_pg_operator>()->oid) = reading.names.of(scan.row<Form_pg_operator>()->oprname).bare;
}

static void read_sequences(core::Facts &facts) {
  const Result rows(
      "select quote_ident(s.schemaname) || '.' || quote_ident(s.sequencename), coalesce(s.last_value, s.start_value), s.max_value from pg_sequences s where not s.cycle and "
      "s.increment_by > 0 order by 1",
      facts.arena);
  for (uint64 i = 0; i < rows.count(); ++i)
    facts.sequences.push_back(&facts.arena.make<core::SequenceFact>(core::SequenceFact{rows.text(i, 1), rows.integer(i, 2), rows.integer(i, 3)}));
}

static void read_extensions(core::Facts &facts) {
  const Result rows(
      "select e.extname::text, n.nspname::text, e.extversion, coalesce(a.default_version, ''), e.extrelocatable, quote_ident(e.extname) from pg_extension e join pg_namespace n on "
      "n.oid = e.extnamespace"
      " left join pg_available_extensions a on a.name = e.extname order by 1",
      facts.arena);
  for (uint64 i = 0; i < rows.count(); ++i)
    facts.extensions.push_back(
        &facts.arena.make<core::ExtensionFact>(core::ExtensionFact{rows.text(i, 1), rows.text(i, 2), rows.text(i, 3), rows.text(i, 4), rows.flag(i, 5), rows.text(i, 6)}));
}

// What the script made itself came before the last of its members, or in one transaction with one of them. Columns have neither OID nor owner: only those
// with a default can be told.
static void read_member_additions(core::Facts &facts) {
  const Result rows(
      "with member (extension, last, writers) as (select d.refobjid, greatest(d.refobjid, max(d.objid)), array_agg(d.xmin::text) || min(e.xmin::text) from pg_depend d"
      "  join pg_extension e on e.oid = d.refobjid where d.refclassid = 'pg_extension'::regclass and d.deptype = 'e' group by d.refobjid),"
      " held as materialized (select d.objid as relation, m.last, m.writers from pg_depend d join member m on m.extension = d.refobjid"
      "  where d.classid = 'pg_class'::regclass and d.objsubid = 0 and d.refclassid = 'pg_extension'::regclass and d.deptype = 'e'),"
      " part (id, writer, relation, last, writers, kind, name) as (select x.indexrelid, x.xmin::text, held.*, 'index', c.relname from held join pg_index x on x.indrelid = "
      "held.relation"
      "  join pg_class c on c.oid = x.indexrelid where not exists (select from pg_constraint k where k.conindid = x.indexrelid and k.contype in ('p', 'u', 'x'))"
      "  union all select t.oid, t.xmin::text, held.*, 'trigger', t.tgname from held join pg_trigger t on t.tgrelid = held.relation where not t.tgisinternal"
      "  union all select p.oid, p.xmin::text, held.*, 'policy', p.polname from held join pg_policy p on p.polrelid = held.relation"
      "  union all select k.oid, k.xmin::text, held.*, 'constraint', k.conname from held join pg_constraint k on k.conrelid = held.relation"
      "  union all select f.oid, f.xmin::text, held.*, 'column', a.attname from held join pg_attrdef f on f.adrelid = held.relation"
      "   join pg_attribute a on a.attrelid = f.adrelid and a.attnum = f.adnum)"
      " select part.relation, part.kind, quote_ident(part.name) from part where part.id > part.last and part.writer <> all (part.writers) order by 1, 2, 3",
      facts.arena);
  for (uint64 i = 0; i < rows.count(); ++i)
    if (const core::TableFact *table = facts.table(rows.oid(i, 1)))
      facts.member_additions.push_back(&facts.arena.make<core::MemberAdditionFact>(core::MemberAdditionFact{table, rows.text(i, 2), rows.text(i, 3)}));
}

static void read_statistics(core::Facts &facts) {
  const Result rows("select extract(epoch from now() - stats_reset)::bigint from pg_stat_database where datname = current_database() and stats_reset is not null", facts.arena);
  if (rows.count() > 0) facts.statistics_days = static_cast<double>(rows.integer(0, 1)) / 86400;
}

static void read_publications(core::Facts &facts) {
  const Result rows(
      "select p.pubname::text, c.oid from pg_publication_tables t join pg_publication p on p.pubname = t.pubname join pg_namespace n on n.nspname = t.schemaname"
      " join pg_class c on c.relnamespace = n.oid and c.relname = t.tablename order by 1, 2",
      facts.arena);
  for (uint64 i = 0; i < rows.count(); ++i) facts.published.push_back(&facts.arena.make<core::PublishedFact>(core::PublishedFact{rows.text(i, 1), facts.table(rows.oid(i, 2))}));
}

// Storage's table may have another shape than the one we know, or be out of the caller's reach.
static void read_buckets(core::Facts &facts) {
  const Result known(
      "select count(*) from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace"
      " where n.nspname = 'storage' and c.relname = 'buckets' and a.attname in ('id', 'public') and not a.attisdropped"
      " and has_schema_privilege(n.oid, 'USAGE') and has_table_privilege(c.oid, 'SELECT') and not row_security_active(c.oid)",
      facts.arena);
  if (known.integer(0, 1) != 2) return;
  const Result rows("select b.id::text, coalesce(b.public, false) from storage.buckets b order by 1", facts.arena);
  for (uint64 i = 0; i < rows.count(); ++i) facts.buckets.push_back(&facts.arena.make<core::BucketFact>(core::BucketFact{rows.text(i, 1), rows.flag(i, 2)}));
}

static void read_registrations(core::Facts &facts) {
  const Result mappings(
      "select m.mapping, c.oid, a.attnum::bigint, i.attnum::bigint, m.claim from proapp.user_mappings m join pg_class c on c.oid = to_regclass(m.users_table)"
      " join pg_attribute a on a.attrelid = c.oid and a.attname = m.auth_column join pg_attribute i on i.attrelid = c.oid and i.attname = m.id_column order by 1",
      facts.arena);
  for (uint64 i = 0; i < mappings.count(); ++i)
    facts.mappings.push_back(&facts.arena.make<core::MappingFact>(core::MappingFact{mappings.text(i, 1), mappings.text(i, 5), facts.table(mappings.oid(i, 2)),
                                                                                    static_cast<int>(mappings.integer(i, 3)), static_cast<int>(mappings.integer(i, 4))}));
  const Result members(
      "select m.membership, coalesce(m.mapping, ''), c.oid, u.attnum::bigint, o.attnum::bigint from proapp.memberships m join pg_class c on c.oid = to_regclass(m.members_table)"
      " join pg_attribute u on u.attrelid = c.oid and u.attname = m.user_column join pg_attribute o on o.attrelid = c.oid and o.attname = m.organization_column order by 1",
      facts.arena);
  for (uint64 i = 0; i < members.count(); ++i)
    facts.memberships.push_back(&facts.arena.make<core::MembershipFact>(core::MembershipFact{members.text(i, 1), members.text(i, 2), facts.table(members.oid(i, 3)),
                                                                                             static_cast<int>(members.integer(i, 4)), static_cast<int>(members.integer(i, 5))}));
}

void read_rest(Reading &reading) {
  read_operators(reading);
  read_sequences(reading.facts);
  read_extensions(reading.facts);
  read_member_additions(reading.facts);
  read_statistics(reading.facts);
  read_publications(reading.facts);
  read_buckets(reading.facts);
  read_registrations(reading.facts);
}

core::Facts &read_facts(pg::ContextArena &arena) {
  core::Facts &facts = arena.make<core::Facts>(arena);
  const MemoryContext row = AllocSetContextCreate(arena.context(), "proapp verify row", ALLOCSET_DEFAULT_SIZES);
  const Snapshot snapshot = RegisterSnapshot(GetActiveSnapshot());
  read_roles(facts);
  Reading &reading = arena.make<Reading>(facts, row, snapshot);
  read_tables(reading);
  read_policies(reading);
  read_keys(reading);
  read_functions(reading);
  read_rest(reading);
  UnregisterSnapshot(snapshot);
  MemoryContextDelete(row);
  return facts;
}

void print_texts(const core::Facts &facts) {
  const MemoryContext row = AllocSetContextCreate(CurrentMemoryContext, "proapp verify text", ALLOCSET_DEFAULT_SIZES);
  const MemoryContext before = MemoryContextSwitchTo(row);
  facts.unprinted.print([&](const core::Origin &origin) {
    MemoryContextReset(row);
    return catalog::resolve(facts.arena, core::Value(origin)).text();
  });
  MemoryContextSwitchTo(before);
  MemoryContextDelete(row);
}

}  // namespace proapp::verify
