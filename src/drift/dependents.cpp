#include "pg/boundary.hpp"

#include "drift/dependents.hpp"
#include "pg/jsonb.hpp"
#include "pg/spi.hpp"
#include "pg/text.hpp"
#include "state/tables.hpp"

#include <algorithm>

namespace proapp::drift {

// A view depends through its rule, a default through pg_attrdef, an operator class through the entries of its family; a column that stays drags along only what is written in terms
// of its type.
static const char *const query = R"sql(
with recursive wanted as (
  select * from jsonb_to_recordset($1) as w (kind text, identity text, parent text, name text, retyped boolean)
), start (classid, objid, objsubid, retyped) as (
  select 'pg_class'::regclass::oid, to_regclass(identity)::oid, 0, false from wanted where kind in ('table', 'foreign table', 'view', 'materialized view', 'sequence', 'index')
  union all
  select 'pg_class'::regclass, a.attrelid, a.attnum::integer, w.retyped from wanted w join pg_attribute a on a.attrelid = to_regclass(w.parent) and quote_ident(a.attname) = w.name
    where w.kind = 'column' and not a.attisdropped
  union all
  select o.classid, o.objid, 0, false  -- not by to_regtype() and the like: they raise errors where a type is only a shell
  from wanted w join (
    select array['function', 'procedure', 'aggregate'] as kinds, 'pg_proc'::regclass as classid, oid as objid, oid::regprocedure::text as identity from pg_proc where oid >= 16384
    union all select array['enum', 'domain', 'composite type', 'range type', 'base type'], 'pg_type'::regclass, oid, format_type(oid, null) from pg_type where oid >= 16384
    union all select array['operator'], 'pg_operator'::regclass, oid, oid::regoperator::text from pg_operator where oid >= 16384
  ) o on w.kind = any (o.kinds) and o.identity = w.identity
  union all
  select 'pg_collation'::regclass, to_regcollation(identity), 0, false from wanted where kind = 'collation'
  union all
  select 'pg_constraint'::regclass, c.oid, 0, false from wanted w join pg_constraint c on quote_ident(c.conname) = w.name and (c.conrelid = to_regclass(w.parent) or c.contypid <> 0 and format_type(c.contypid, null) = w.parent)
    where w.kind = 'constraint'
  union all
  select o.classid, o.objid, 0, false
  from wanted w join (
    select 'operator class' as kind, 'pg_opclass'::regclass as classid, oid as objid from pg_opclass
    union all select 'operator family', 'pg_opfamily'::regclass, oid from pg_opfamily
    union all select 'language', 'pg_language'::regclass, oid from pg_language
    union all select 'access method', 'pg_am'::regclass, oid from pg_am
    union all select 'text search dictionary', 'pg_ts_dict'::regclass, oid from pg_ts_dict
    union all select 'text search configuration', 'pg_ts_config'::regclass, oid from pg_ts_config
    union all select 'text search parser', 'pg_ts_parser'::regclass, oid from pg_ts_parser
    union all select 'text search template', 'pg_ts_template'::regclass, oid from pg_ts_template
    union all select 'foreign data wrapper', 'pg_foreign_data_wrapper'::regclass, oid from pg_foreign_data_wrapper
    union all select 'foreign server', 'pg_foreign_server'::regclass, oid from pg_foreign_server
    union all select 'publication', 'pg_publication'::regclass, oid from pg_publication
  ) o on o.kind = w.kind and (pg_identify_object(o.classid, o.objid, 0)).identity = w.identity
), reached (classid, objid, objsubid, retyped) as (
  select * from start where objid is not null
  union
  select case when view.oid is not null or generated.oid is not null then 'pg_class'::regclass::oid when class.refobjid is not null then class.refclassid else d.classid end,
    coalesce(view.ev_class, generated.adrelid, class.refobjid, d.objid), coalesce(generated.adnum::integer, d.objsubid), coalesce(generated.adnum::integer, d.objsubid) <> 0
  from reached r
  join pg_depend d on d.refclassid = r.classid and d.refobjid = r.objid and (r.objsubid = 0 or d.refobjsubid = r.objsubid) and d.deptype <> 'e'
  left join pg_rewrite view on d.classid = 'pg_rewrite'::regclass and view.oid = d.objid and view.rulename = '_RETURN'
  left join (select g.oid, g.adrelid, g.adnum from pg_attrdef g join pg_attribute a on a.attrelid = g.adrelid and a.attnum = g.adnum where a.attgenerated <> '') generated
    on d.classid = 'pg_attrdef'::regclass and generated.oid = d.objid and not (generated.adrelid = r.objid and generated.adnum = r.objsubid)
  left join pg_depend class on d.classid in ('pg_amop'::regclass, 'pg_amproc'::regclass) and class.classid = d.classid and class.objid = d.objid
    and class.refclassid = 'pg_opclass'::regclass and class.deptype = 'i'
  where not r.retyped or generated.oid is not null
    or d.classid in ('pg_rewrite'::regclass, 'pg_trigger'::regclass, 'pg_policy'::regclass, 'pg_publication_rel'::regclass, 'pg_proc'::regclass)
)
select distinct found.kind, found.identity
from reached r
left join pg_class c on r.classid = 'pg_class'::regclass and c.oid = r.objid
left join pg_attrdef d on r.classid = 'pg_attrdef'::regclass and d.oid = r.objid
left join pg_attribute a on (a.attrelid, a.attnum) = (c.oid, r.objsubid) and a.attnum > 0 or (a.attrelid, a.attnum) = (d.adrelid, d.adnum)
left join pg_proc p on r.classid = 'pg_proc'::regclass and p.oid = r.objid
left join pg_type t on r.classid = 'pg_type'::regclass and t.oid = r.objid
cross join lateral (
  select case
      when a.attnum is not null then 'column'
      when c.oid is not null then case c.relkind when 'r' then 'table' when 'p' then 'table' when 'f' then 'foreign table' when 'v' then 'view' when 'm' then 'materialized view'
        when 'S' then 'sequence' when 'i' then 'index' when 'I' then 'index' end
      when p.oid is not null then case p.prokind when 'p' then 'procedure' when 'a' then 'aggregate' else 'function' end
      when t.oid is not null then case when t.typtype = 'c' and (select k.relkind from pg_class k where k.oid = t.typrelid) <> 'c' or t.typcategory = 'A' then null else
        case t.typtype when 'e' then 'enum' when 'd' then 'domain' when 'c' then 'composite type' when 'r' then 'range type' when 'b' then 'base type' end end
      else case o.type when 'table constraint' then 'constraint' when 'domain constraint' then 'constraint' when 'publication relation' then 'publication member' else o.type end
    end as kind,
    case
      when a.attnum is not null then a.attrelid::regclass || '.' || quote_ident(a.attname)
      when c.oid is not null then c.oid::regclass::text
      when p.oid is not null then p.oid::regprocedure::text
      when t.oid is not null then format_type(t.oid, null)
      when r.classid = 'pg_operator'::regclass then r.objid::regoperator::text
      when o.type in ('table constraint', 'domain constraint') then 'constraint ' || o.identity
      when o.type in ('policy', 'trigger', 'rule') then o.type || ' ' || o.identity
      else o.identity
    end as identity
  from pg_identify_object(r.classid, r.objid, r.objsubid) o
) found
where found.kind is not null and not exists (select from start s where (s.classid, s.objid, s.objsubid) = (r.classid, r.objid, r.objsubid))
order by 1, 2)sql";

static core::Value as_json(core::Arena &arena, const core::Uprooted &object) {
  const core::Member members[] = {{"kind", core::Value(object.kind)},
                                  {"identity", core::Value(object.identity)},
                                  {"parent", core::Value(object.parent)},
                                  {"name", core::Value(object.name)},
                                  {"retyped", core::Value(object.retyped)}};
  return core::Value(arena.copy(std::span<const core::Member>(members)));
}

std::span<const Key> find_dependents(pg::ContextArena &arena, std::span<const core::Uprooted> uprooted) {
  if (uprooted.empty()) return {};
  auto &list = arena.make<core::Vector<core::Value>>(arena);
  for (const core::Uprooted &object : uprooted) list.push_back(as_json(arena, object));
  auto &keys = arena.make<core::Vector<Key>>(arena);
  pg::spi_begin();
  const uint64 count = state::run(query, {{JSONBOID, pg::to_jsonb(core::Value(list.span()))}}, true);
  for (uint64 i = 0; i < count; ++i) keys.push_back({arena.copy(pg::spi_text(i, 1)), arena.copy(pg::spi_text(i, 2))});
  pg::spi_end();
  std::sort(keys.begin(), keys.end());
  return keys.span();
}

}  // namespace proapp::drift
