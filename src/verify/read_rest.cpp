// Sequences, extensions, publications, storage, our own registrations; and the names of types and operators.
#include "pg/boundary.hpp"

#include "verify/facts.hpp"

namespace proapp::verify {

static void read_names(core::Facts &facts) {
  const Result types("select oid, format_type(oid, null) from pg_type where typtype in ('b', 'e', 'd', 'r', 'm')", facts.arena);
  for (uint64 i = 0; i < types.count(); ++i) facts.types.at(types.oid(i, 1)) = types.text(i, 2);
  const Result operators("select oid, oprname::text from pg_operator", facts.arena);
  for (uint64 i = 0; i < operators.count(); ++i) facts.operators.at(operators.oid(i, 1)) = operators.text(i, 2);
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
      "select e.extname::text, n.nspname::text, e.extversion, coalesce(a.default_version, '') from pg_extension e join pg_namespace n on n.oid = e.extnamespace"
      " left join pg_available_extensions a on a.name = e.extname order by 1",
      facts.arena);
  for (uint64 i = 0; i < rows.count(); ++i)
    facts.extensions.push_back(&facts.arena.make<core::ExtensionFact>(core::ExtensionFact{rows.text(i, 1), rows.text(i, 2), rows.text(i, 3), rows.text(i, 4)}));
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

void read_rest(core::Facts &facts) {
  read_names(facts);
  read_sequences(facts);
  read_extensions(facts);
  read_publications(facts);
  read_buckets(facts);
  read_registrations(facts);
}

core::Facts &read_facts(pg::ContextArena &arena) {
  core::Facts &facts = arena.make<core::Facts>(arena);
  read_roles(facts);
  read_tables(facts);
  read_policies(facts);
  read_keys(facts);
  read_functions(facts);
  read_rest(facts);
  return facts;
}

}  // namespace proapp::verify
