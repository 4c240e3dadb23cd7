// policy_matrix: table x role x command, as it really is.
#include "pg/boundary.hpp"

#include "catalog/collect.hpp"
#include "catalog/manifest.hpp"
#include "pg/rows.hpp"
#include "pg/session.hpp"
#include "pg/spi.hpp"

extern "C" {
#include <utils/array.h>
}

namespace proapp::identity {

namespace {

class Tables final : public catalog::Sink {
 public:
  explicit Tables(core::Arena &arena) : arena_(arena), names_(arena) {}
  void take(const core::Object &object) override {
    if (object.kind == "table") names_.push_back(arena_.copy(object.identity));
  }
  std::span<const std::string_view> names() const { return {names_.data(), names_.size()}; }

 private:
  core::Arena &arena_;
  core::Vector<std::string_view> names_;
};

}  // namespace

// PostgreSQL's own rules: a policy without the expression that a command needs counts for nothing; one permissive policy must let a row through, and each
// restrictive one. An expression that is the constant true or false is said as what it does. `open` is 0 for -, 1 for none, 2 for policies, 3 for all.
static constexpr char matrix[] =
    "with relation as ("
    "  select c.oid, format('%I.%I', n.nspname, c.relname) as name, c.relnamespace, c.relowner, c.relrowsecurity, c.relforcerowsecurity, c.relacl"
    "  from unnest($1) t(name) join pg_class c on c.oid = to_regclass(t.name) join pg_namespace n on n.oid = c.relnamespace),"
    " policy as ("
    "  select p.polrelid, p.polname, p.polcmd, p.polpermissive, p.polroles, pg_get_expr(p.polqual, p.polrelid) as seen, pg_get_expr(coalesce(p.polwithcheck, p.polqual), "
    "p.polrelid) as "
    "written"
    "  from pg_policy p join relation r on r.oid = p.polrelid),"
    " granted as ("
    "  select r.oid, a.grantee from relation r, aclexplode(r.relacl) a"
    "  union select r.oid, a.grantee from relation r join pg_attribute t on t.attrelid = r.oid and t.attnum > 0 and not t.attisdropped, aclexplode(t.attacl) a),"
    " who as ("
    "  select r.oid, o.oid as role from relation r, pg_roles o where o.rolname in ('anon', 'authenticated', 'service_role')"
    "  union select oid, grantee from granted"
    "  union select oid, relowner from relation"
    // What PUBLIC may do, every role may that can enter the schema.
    "  union select r.oid, a.grantee from relation r join granted g on g.oid = r.oid and g.grantee = 0 join pg_namespace n on n.oid = r.relnamespace, aclexplode(n.nspacl) a"
    "  union select polrelid, unnest(polroles) from policy where polroles <> '{0}'),"
    // PUBLIC has no row in pg_roles: it owns nothing, belongs to nothing and bypasses nothing.
    " actor as ("
    "  select r.*, w.role, coalesce(o.rolname, 'public') as role_name, w.role <> 0 and pg_has_role(w.role, r.relowner, 'usage') as owns, coalesce(o.rolbypassrls, false) as "
    "bypasses,"
    "   has_schema_privilege(coalesce(o.rolname, 'public'), r.relnamespace, 'usage') as enters"
    "  from who w join relation r using (oid) left join pg_roles o on o.oid = w.role where not coalesce(o.rolsuper, w.role <> 0)),"
    " cell as ("
    "  select a.oid, a.name, a.role, a.role_name, a.owns, a.bypasses, c.command, whole, columns, names, restrictive, total, enters,"
    "   case when not a.relrowsecurity then 'RLS off' when a.bypasses then 'BYPASSRLS' when a.owns and not a.relforcerowsecurity then 'owner'"
    "    when restrictive is null and not total then 'by ' || always end as free,"
    "   c.command = 'delete' and enters and has_table_privilege(a.role_name, a.oid, 'truncate') as truncates"
    "  from actor a cross join (values ('select', 'r'), ('insert', 'a'), ('update', 'w'), ('delete', 'd')) c(command, letter)"
    "  cross join lateral (select has_table_privilege(a.role_name, a.oid, c.command) as whole) w"
    "  cross join lateral ("
    "   select string_agg(quote_ident(t.attname), ', ' order by t.attnum) as columns from pg_attribute t"
    "   where not whole and c.command <> 'delete' and t.attrelid = a.oid and t.attnum > 0 and not t.attisdropped and has_column_privilege(a.role_name, a.oid, t.attnum, "
    "c.command)) l"
    "  cross join lateral ("
    "   select string_agg(quote_ident(polname), ', ' order by polname) filter (where polpermissive and expression <> 'false') as names,"
    "    string_agg(' and (restrictive) ' || quote_ident(polname), '' order by polname) filter (where not polpermissive and expression <> 'true') as restrictive,"
    "    bool_or(not polpermissive and expression = 'false') is true as total,"
    "    string_agg(quote_ident(polname), ', ' order by polname) filter (where polpermissive and expression = 'true') as always"
    "   from (select p.*, case c.letter when 'a' then written else seen end as expression from policy p"
    "    where p.polrelid = a.oid and p.polcmd::text in ('*', c.letter)"
    "     and exists (select from unnest(p.polroles) m where m = 0 or (a.role <> 0 and pg_has_role(a.role, m, 'usage')))) p where expression is not null) q),"
    " told as (select *, case when not enters or not (whole or columns is not null) then 0 when free is not null then 3 when names is null or total then 1"
    "   else 2 end as open from cell),"
    " text as ("
    "  select *, case open when 0 then '-' when 1 then 'none' when 3 then 'all (' || free || ')' else names || coalesce(restrictive, '') end"
    "    || case when open > 1 and columns is not null then ' (columns: ' || columns || ')' else '' end"
    "    || case when truncates and open < 3 then ' (TRUNCATE: all)' else '' end as cell from told)"
    " select name, role_name::name, max(cell) filter (where command = 'select'), max(cell) filter (where command = 'insert'),"
    "  max(cell) filter (where command = 'update'), max(cell) filter (where command = 'delete')"
    " from text group by oid, name, role, role_name, owns, bypasses"
    " order by owns or bypasses, max(open) desc, role_name not in ('public', 'anon'), role_name <> 'authenticated', sum((open = 3)::int) desc, sum(open) desc,"
    "  bool_or(truncates) desc, name collate \"C\", role_name collate \"C\"";

}  // namespace proapp::identity

namespace proapp {

PROAPP_FUNCTION(proapp_policy_matrix) {
  pg::ContextArena arena("proapp policy matrix");
  auto &selection = arena.make<core::Selection>(arena, catalog::selectors(arena, fcinfo->args[0]));
  auto &tables = arena.make<identity::Tables>(arena);
  catalog::collect(arena, selection, tables);
  selection.insist_on_matches();

  pg::Rows rows(fcinfo);
  const std::span<const std::string_view> wanted = tables.names();
  const pg::Argument names = pg::text_array(wanted.size(), [wanted](size_t i) { return wanted[i]; });
  const int pin = pg::pin_search_path();
  pg::spi_begin();
  pg::spi_run(identity::matrix, {names}, true);
  pg::spi_put(rows);
  pg::spi_end();
  pg::unpin_search_path(pin);
  return rows.done();
}

}  // namespace proapp
