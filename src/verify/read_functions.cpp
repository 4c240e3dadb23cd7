// Functions, what SQL functions do, and triggers.
#include "pg/boundary.hpp"

#include "verify/facts.hpp"
#include "verify/function_body.hpp"

namespace proapp::verify {

static const char functions_sql[] =
    "with api as (select coalesce((select oid from pg_roles where rolname = 'anon'), 0) as anon, coalesce((select oid from pg_roles where rolname = 'authenticated'), 0) as "
    "authenticated)"
    " select p.oid, p.pronamespace, p.proowner, p.prorettype, p.proname::text, quote_ident(n.nspname) || '.' || quote_ident(p.proname) || '(' || "
    "replace(oidvectortypes(p.proargtypes), ', ', ',') || ')', l.lanname::text,"
    " case when l.lanname in ('sql', 'plpgsql') and n.nspname not in ('pg_catalog', 'information_schema') and e.oid is null then p.prosrc end, e.extname::text, p.prosecdef, "
    "p.proleakproof, p.proretset,"
    " exists (select from unnest(p.proconfig) s where s like 'search_path=%'), p.prokind, p.provolatile,"
    " anon <> 0 and n.nspname not in ('pg_catalog', 'information_schema') and has_function_privilege(anon, p.oid, 'EXECUTE'),"
    " authenticated <> 0 and n.nspname not in ('pg_catalog', 'information_schema') and has_function_privilege(authenticated, p.oid, 'EXECUTE'), p.proargtypes::oid[],"
    " (select substr(s, 13) from unnest(p.proconfig) s where s like 'search_path=%'), array_to_string(p.proargnames, E'\\n', '')"
    " from pg_proc p join pg_namespace n on n.oid = p.pronamespace join pg_language l on l.oid = p.prolang cross join api"
    " left join pg_depend d on d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e' left join pg_extension e on e.oid = d.refobjid";

static const char triggers_sql[] =
    "select t.tgrelid, t.tgfoid, t.tgname::text, 'trigger ' || quote_ident(t.tgname) || ' on ' || quote_ident(n.nspname) || '.' || quote_ident(c.relname), t.tgenabled <> 'D',"
    " case when t.tgnargs > 0 then substring(pg_get_triggerdef(t.oid) from '[(]([^(]*)[)]$') end"
    " from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace where not t.tgisinternal order by t.tgrelid, t.tgname collate \"C\"";

static constexpr Oid trigger_type = 2279;

void read_functions(core::Facts &facts) {
  const Result rows(functions_sql, facts.arena);
  for (uint64 i = 0; i < rows.count(); ++i) {
    auto &function = facts.arena.make<core::FunctionFact>();
    function.id = rows.oid(i, 1);
    function.schema = rows.oid(i, 2);
    function.owner = rows.oid(i, 3);
    function.result = rows.oid(i, 4);
    function.name = rows.text(i, 5);
    function.identity = rows.text(i, 6);
    function.language = rows.text(i, 7);
    function.source = rows.text(i, 8);
    function.extension = rows.text(i, 9);
    function.definer = rows.flag(i, 10);
    function.leakproof = rows.flag(i, 11);
    function.returns_set = rows.flag(i, 12);
    function.pins_search_path = rows.flag(i, 13);
    function.kind = rows.letter(i, 14);
    function.volatility = rows.letter(i, 15);
    function.returns_trigger = function.result == trigger_type;
    function.argument_types = rows.oids(i, 18);
    function.search_path = rows.text(i, 19);
    function.argument_names = rows.text(i, 20);
    function.of_schema = core::Facts::get(facts.schema_of, function.schema);
    if (function.of_schema != nullptr) {
      function.exposed = function.of_schema->exposed;
      if (rows.flag(i, 16) && (function.of_schema->reach.anon & core::may_use) != 0) function.reach.anon = core::may_execute;
      if (rows.flag(i, 17) && (function.of_schema->reach.authenticated & core::may_use) != 0) function.reach.authenticated = core::may_execute;
    }
    facts.functions.push_back(&function);
    facts.function_of.at(function.id) = &function;
  }
  core::TermReader reader(facts.arena, pg::watch);
  for (core::FunctionFact *function : facts.functions) {
    const bool is_ours = function->of_schema != nullptr && !function->of_schema->system && function->extension.empty();
    if (!is_ours || function->language != "sql") continue;
    if (const char *trees = function_body(function->id)) function->queries = reader.queries(facts.arena.copy(std::string_view(trees)));
  }

  const Result triggers(triggers_sql, facts.arena);
  for (uint64 i = 0; i < triggers.count(); ++i) {
    auto &trigger = facts.arena.make<core::TriggerFact>();
    trigger = {facts.table(triggers.oid(i, 1)), facts.function(triggers.oid(i, 2)), triggers.text(i, 3), triggers.text(i, 4), triggers.flag(i, 5), triggers.text(i, 6)};
    if (trigger.table != nullptr) facts.triggers.push_back(&trigger);
  }
}

}  // namespace proapp::verify
