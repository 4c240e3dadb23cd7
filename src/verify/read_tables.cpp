// Tables, views, their columns, defaults and queries.
#include "pg/boundary.hpp"

#include "pg/compat.hpp"
#include "verify/facts.hpp"

extern "C" {
#include <utils/acl.h>
}

namespace proapp::verify {

static const char tables_sql[] =
    "select c.oid, c.relnamespace, c.relowner, i.inhparent, c.relkind, c.relrowsecurity, c.relforcerowsecurity, c.relispartition, c.relname::text,"
    " quote_ident(n.nspname) || '.' || quote_ident(c.relname), e.extname::text, c.reltuples::bigint,"
    " coalesce((select o.option_value::boolean from pg_options_to_table(c.reloptions) o where c.relkind = 'v' and o.option_name = 'security_invoker'), false),"
    " coalesce((select o.option_value::boolean from pg_options_to_table(c.reloptions) o where c.relkind = 'v' and o.option_name = 'security_barrier'), false),"
    " exists (select from pg_index x where x.indrelid = c.oid and x.indisprimary), c.relpersistence = 'u',"
    " coalesce(pg_stat_get_numscans(c.oid), 0) + coalesce((select sum(pg_stat_get_numscans(x.indexrelid)) from pg_index x where x.indrelid = c.oid), 0)::bigint, c.relreplident"
    " from pg_class c join pg_namespace n on n.oid = c.relnamespace"
    " left join pg_inherits i on i.inhrelid = c.oid and i.inhseqno = 1"
    " left join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = c.oid and d.objsubid = 0 and d.deptype = 'e'"
    " left join pg_extension e on e.oid = d.refobjid"
    " where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname !~ '^pg_(toast|temp)'";

static const char columns_sql[] =
    "select a.attrelid, a.attnum::bigint, a.attname::text, quote_ident(a.attname), a.atttypid, a.attnotnull, a.attgenerated <> '', a.attidentity <> '', d.adbin::text"
    " from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace"
    " left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum and n.nspname <> 'information_schema'"
    " where a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ "
    "'^pg_(toast|temp)'"
    " order by a.attrelid, a.attnum desc";

static const char views_sql[] =
    "select r.ev_class, r.ev_action::text from pg_rewrite r join pg_class c on c.oid = r.ev_class join pg_namespace n on n.oid = c.relnamespace"
    " where r.rulename = '_RETURN' and n.nspname not in ('pg_catalog', 'information_schema')";

static uint32 reach_of(Oid role, const core::TableFact &table) {
  constexpr AclMode all = ACL_INSERT | ACL_SELECT | ACL_UPDATE | ACL_DELETE | ACL_TRUNCATE | ACL_REFERENCES | ACL_TRIGGER;
  if (!OidIsValid(role)) return 0;
  AclMode found = pg_class_aclmask(table.id, role, all, ACLMASK_ALL);
  for (const AclMode one : {ACL_INSERT, ACL_SELECT, ACL_UPDATE, ACL_REFERENCES})
    if ((found & one) == 0 && pg_attribute_aclcheck_all(table.id, role, one, ACLMASK_ANY) == ACLCHECK_OK) found |= one;
  return static_cast<uint32>(found);
}

static void read_columns(core::Facts &facts) {
  core::TermReader reader(facts.arena, pg::watch);
  const Result rows(columns_sql, facts.arena);
  for (uint64 i = 0; i < rows.count(); ++i) {
    core::TableFact *table = core::Facts::get(facts.table_of, rows.oid(i, 1));
    if (table == nullptr) continue;
    const auto number = static_cast<size_t>(rows.integer(i, 2));
    if (table->columns.empty()) {  // the last column comes first
      auto *columns = static_cast<core::ColumnFact *>(facts.arena.allocate(number * sizeof(core::ColumnFact), alignof(core::ColumnFact)));
      for (size_t c = 0; c < number; ++c) new (&columns[c]) core::ColumnFact();
      table->columns = {columns, number};
    }
    core::ColumnFact &column = table->columns[number - 1];
    column = {rows.text(i, 3), rows.text(i, 4), rows.oid(i, 5), rows.flag(i, 6), rows.flag(i, 7), rows.flag(i, 8), nullptr};
    if (!rows.is_null(i, 9)) column.default_value = reader.expression(rows.text(i, 9), table->id);
  }
}

void read_tables(core::Facts &facts) {
  Oid anon = InvalidOid, authenticated = InvalidOid;
  for (const core::RoleFact *role : facts.roles) {
    if (role->name == "anon") anon = role->id;
    if (role->name == "authenticated") authenticated = role->id;
  }
  const Result rows(tables_sql, facts.arena);
  for (uint64 i = 0; i < rows.count(); ++i) {
    auto &table = facts.arena.make<core::TableFact>();
    table.id = rows.oid(i, 1);
    table.schema = rows.oid(i, 2);
    table.owner = rows.oid(i, 3);
    table.parent = rows.oid(i, 4);
    table.kind = rows.letter(i, 5);
    table.rls = rows.flag(i, 6);
    table.forced = rows.flag(i, 7);
    table.partition = rows.flag(i, 8);
    table.name = rows.text(i, 9);
    table.identity = rows.text(i, 10);
    table.extension = rows.text(i, 11);
    table.rows = static_cast<double>(rows.integer(i, 12));
    table.invoker = rows.flag(i, 13);
    table.barrier = rows.flag(i, 14);
    table.primary_key = rows.flag(i, 15);
    table.unlogged = rows.flag(i, 16);
    table.scans = rows.integer(i, 17);
    table.replica_identity = rows.letter(i, 18);
    table.of_schema = core::Facts::get(facts.schema_of, table.schema);
    if (table.of_schema != nullptr && !table.of_schema->system) {
      table.exposed = table.of_schema->exposed;
      if ((table.of_schema->reach.anon & core::may_use) != 0) table.reach.anon = reach_of(anon, table);
      if ((table.of_schema->reach.authenticated & core::may_use) != 0) table.reach.authenticated = reach_of(authenticated, table);
    }
    facts.tables.push_back(&table);
    facts.table_of.at(table.id) = &table;
  }
  read_columns(facts);

  core::TermReader reader(facts.arena, pg::watch);
  const Result views(views_sql, facts.arena);
  for (uint64 i = 0; i < views.count(); ++i)
    if (core::TableFact *view = core::Facts::get(facts.table_of, views.oid(i, 1))) view->queries = reader.queries(views.text(i, 2));
}

}  // namespace proapp::verify
