// The categories of expectations, their keys, and where PostgreSQL keeps what they ask for.
#include "pg/boundary.hpp"

#include "verify/expectation.hpp"

extern "C" {
#include <lib/stringinfo.h>
}

namespace proapp::verify {

static constexpr char constraint_columns[] =
    "array(select a.attname::text from unnest(o.conkey) with ordinality k (number, place) join pg_attribute a on a.attrelid = o.conrelid and a.attnum = k.number order by k.place)";

static constexpr char index_columns[] =
    "array(select case when k.number = 0 then pg_get_indexdef(o.indexrelid, k.place::int, false) else a.attname::text end"
    " from unnest(o.indkey::int2[]) with ordinality k (number, place) left join pg_attribute a on a.attrelid = o.indrelid and a.attnum = k.number"
    " where k.place <= o.indnkeyatts order by k.place)";

static constexpr char index_actual[] =
    "jsonb_build_object('table', (select format('%I.%I', tn.nspname, t.relname) from pg_namespace tn where tn.oid = t.relnamespace), 'unique', o.indisunique,"
    " 'primary', o.indisprimary, 'partial', o.indpred is not null, 'valid', o.indisvalid and o.indisready and o.indislive,"
    " 'method', (select m.amname from pg_am m where m.oid = x.relam))";

static constexpr Category all[] = {
    {"schema", Form::name, "public", nullptr, "join pg_namespace o on true", "o.nspname", nullptr, nullptr, "jsonb_build_object('owner', pg_get_userbyid(o.nspowner))", nullptr,
     nullptr},

    {"table", Form::in_schema, "public.users", "'r', 'p'", "", nullptr, nullptr, nullptr,
     "jsonb_build_object('owner', pg_get_userbyid(c.relowner),"
     " 'rls', case when not c.relrowsecurity then 'off' when c.relforcerowsecurity then 'forced' else 'on' end)",
     "'pg_class'::regclass::oid, c.oid", nullptr},

    {"view", Form::in_schema, "public.active_users", "'v', 'm'", "", nullptr, nullptr, nullptr,
     "jsonb_build_object('owner', pg_get_userbyid(c.relowner), 'materialized', c.relkind = 'm', 'security',"
     " case when exists (select from pg_options_to_table(c.reloptions) where case option_name when 'security_invoker' then option_value::boolean end) then 'invoker' else "
     "'definer' end)",
     "'pg_class'::regclass::oid, c.oid", nullptr},

    {"sequence", Form::in_schema, "public.invoice_numbers", "'S'", "", nullptr, nullptr, nullptr, "jsonb_build_object('owner', pg_get_userbyid(c.relowner))",
     "'pg_class'::regclass::oid, c.oid", nullptr},

    {"enum", Form::in_schema, "public.member_role", nullptr, "join pg_type o on o.typnamespace = n.oid and o.typtype = 'e'", "o.typname", nullptr, nullptr,
     "jsonb_build_object('values', array(select enumlabel::text from pg_enum where enumtypid = o.oid order by enumsortorder))", "'pg_type'::regclass::oid, o.oid", nullptr},

    {"column", Form::column, "public.users.email", "'r', 'p', 'v', 'm', 'f'", "join pg_attribute o on o.attrelid = c.oid and o.attnum > 0 and not o.attisdropped", nullptr,
     "o.attname", nullptr,
     "jsonb_build_object('type', format_type(o.atttypid, o.atttypmod), 'not_null', o.attnotnull, 'identity', o.attidentity <> '', 'generated', o.attgenerated <> '',"
     " 'default', (select pg_get_expr(d.adbin, d.adrelid) from pg_attrdef d where d.adrelid = c.oid and d.adnum = o.attnum and o.attgenerated = ''))",
     "'pg_class'::regclass::oid, c.oid", nullptr},

    {"function", Form::function, "public.current_tenant(uuid)", nullptr, "join pg_proc o on o.pronamespace = n.oid", "o.proname", nullptr,
     "array(select format_type(a.type, null) from unnest(o.proargtypes) with ordinality a (type, place) order by a.place)",
     "jsonb_build_object('security', case when o.prosecdef then 'definer' else 'invoker' end, 'volatility',"
     " case o.provolatile when 'i' then 'immutable' when 's' then 'stable' else 'volatile' end, 'strict', o.proisstrict, 'owner', pg_get_userbyid(o.proowner),"
     " 'kind', case o.prokind when 'p' then 'procedure' when 'a' then 'aggregate' when 'w' then 'window' else 'function' end, 'returns', pg_get_function_result(o.oid),"
     " 'language', (select l.lanname from pg_language l where l.oid = o.prolang),"
     " 'parallel', case o.proparallel when 's' then 'safe' when 'r' then 'restricted' else 'unsafe' end, 'search_path',"
     " (select substr(s, 13) from unnest(o.proconfig) s where s like 'search\\_path=%'))",
     "'pg_proc'::regclass::oid, o.oid", nullptr},

    {"foreign key", Form::foreign_key, "public.orders(user_id)", "'r', 'p', 'f'", "join pg_constraint o on o.conrelid = c.oid and o.contype = 'f'", nullptr, "o.conname",
     constraint_columns,
     "jsonb_build_object('references', (select format('%I.%I', rn.nspname, r.relname) from pg_class r join pg_namespace rn on rn.oid = r.relnamespace where r.oid = o.confrelid),"
     " 'referenced_columns', array(select a.attname::text from unnest(o.confkey) with ordinality k (number, place)"
     " join pg_attribute a on a.attrelid = o.confrelid and a.attnum = k.number order by k.place),"
     " 'on_delete', case o.confdeltype when 'a' then 'NO ACTION' when 'r' then 'RESTRICT' when 'c' then 'CASCADE' when 'n' then 'SET NULL' else 'SET DEFAULT' end,"
     " 'on_update', case o.confupdtype when 'a' then 'NO ACTION' when 'r' then 'RESTRICT' when 'c' then 'CASCADE' when 'n' then 'SET NULL' else 'SET DEFAULT' end,"
     " 'validated', o.convalidated, 'deferrable', o.condeferrable)",
     "'pg_class'::regclass::oid, c.oid", "o.conparentid = 0"},

    {"constraint", Form::constraint, "users_email_key on public.users", "'r', 'p', 'f'", "join pg_constraint o on o.conrelid = c.oid", nullptr, "o.conname", constraint_columns,
     "jsonb_build_object('type', case o.contype when 'p' then 'primary key' when 'u' then 'unique' when 'c' then 'check' when 'f' then 'foreign key' when 'x' then 'exclude'"
     " when 'n' then 'not null' else 'trigger' end, 'validated', o.convalidated, 'deferrable', o.condeferrable, 'definition', pg_get_constraintdef(o.oid))",
     "'pg_class'::regclass::oid, c.oid", "o.conparentid = 0 and o.contype <> 'n'"},

    {"index", Form::index, "public.users_email_idx", "'i', 'I'",
     "join pg_index o on o.indexrelid = c.oid join pg_class x on x.oid = o.indexrelid join pg_class t on t.oid = o.indrelid", nullptr, nullptr, index_columns, index_actual,
     "'pg_class'::regclass::oid, t.oid", "not c.relispartition and not exists (select from pg_constraint k where k.conindid = o.indexrelid and k.contype in ('p', 'u', 'x'))"},
    {"index", Form::index, nullptr, "'r', 'p', 'm'", "join pg_index o on o.indrelid = c.oid join pg_class x on x.oid = o.indexrelid join pg_class t on t.oid = o.indrelid", nullptr,
     nullptr, index_columns, index_actual, nullptr, nullptr},

    {"policy", Form::on_table, "users_read_own on public.users", "'r', 'p'", "join pg_policy o on o.polrelid = c.oid", nullptr, "o.polname", nullptr,
     "jsonb_build_object('command', case o.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end,"
     " 'permissive', o.polpermissive, 'roles', (select jsonb_agg(r order by r) from (select case p when 0 then 'public' else pg_get_userbyid(p)::text end collate \"C\""
     " from unnest(o.polroles) p) roles (r)), 'using', pg_get_expr(o.polqual, o.polrelid), 'with_check', pg_get_expr(o.polwithcheck, o.polrelid))",
     "'pg_class'::regclass::oid, c.oid", nullptr},

    {"trigger", Form::on_table, "set_updated_at on public.users", "'r', 'p', 'v', 'f'", "join pg_trigger o on o.tgrelid = c.oid and not o.tgisinternal", nullptr, "o.tgname",
     nullptr,
     "jsonb_build_object('function', (select format('%I.%I', fn.nspname, f.proname) from pg_proc f join pg_namespace fn on fn.oid = f.pronamespace where f.oid = o.tgfoid),"
     " 'timing', case when o.tgtype & 2 <> 0 then 'before' when o.tgtype & 64 <> 0 then 'instead of' else 'after' end,"
     " 'level', case when o.tgtype & 1 <> 0 then 'row' else 'statement' end, 'enabled', o.tgenabled in ('O', 'A'), 'events',"
     " (select jsonb_agg(e order by e) from (values (8, 'delete'), (4, 'insert'), (32, 'truncate'), (16, 'update')) v (bit, e) where o.tgtype & v.bit <> 0))",
     "'pg_class'::regclass::oid, c.oid", "o.tgparentid = 0"},

    {"publication member", Form::member, "public.users in publication supabase_realtime", "'r', 'p'",
     "join pg_publication o on (o.puballtables and c.relpersistence = 'p' or exists (select from pg_publication_rel m where m.prpubid = o.oid and m.prrelid = c.oid)"
     " or exists (select from pg_publication_namespace m where m.pnpubid = o.oid and m.pnnspid = n.oid))",
     nullptr, "o.pubname", nullptr, "'{}'::jsonb", "'pg_class'::regclass::oid, c.oid", nullptr},

    {"publication", Form::name, "supabase_realtime", nullptr, "join pg_publication o on true", "o.pubname", nullptr, nullptr,
     "jsonb_build_object('all_tables', o.puballtables, 'publishes', (select jsonb_agg(e order by e) from (values (o.pubdelete, 'delete'), (o.pubinsert, 'insert'),"
     " (o.pubtruncate, 'truncate'), (o.pubupdate, 'update')) v (on_, e) where v.on_))",
     nullptr, nullptr},

    {"extension", Form::name, "pgcrypto", nullptr, "join pg_extension o on true", "o.extname", nullptr, nullptr,
     "jsonb_build_object('version', o.extversion, 'schema', (select e.nspname from pg_namespace e where e.oid = o.extnamespace))", nullptr, nullptr},

    {"role", Form::name, "authenticated", nullptr, "join pg_roles o on true", "o.rolname", nullptr, nullptr,
     "jsonb_build_object('login', o.rolcanlogin, 'superuser', o.rolsuper, 'bypassrls', o.rolbypassrls)", nullptr, "o.rolname not like 'pg\\_%'"},

    {"event trigger", Form::name, "log_ddl", nullptr, "join pg_event_trigger o on true", "o.evtname", nullptr, nullptr,
     "jsonb_build_object('event', o.evtevent, 'enabled', o.evtenabled in ('O', 'A'))", "'pg_event_trigger'::regclass::oid, o.oid", nullptr},

    // Only where pg_cron's table is there. It shows everybody their own jobs, and we do the same although we look as the extension's owner: $2 is the caller.
    {"cron job", Form::text, "weekly report", nullptr,
     "join cron.job o on o.database = current_database() and exists (select from pg_roles r where r.rolname = o.username and pg_has_role($2, r.oid, 'member'))", "o.jobname",
     nullptr, nullptr, "jsonb_build_object('schedule', o.schedule, 'command', o.command, 'active', o.active, 'username', o.username)", nullptr, nullptr},

    {"count", Form::count, "policy:public.*", nullptr, nullptr, nullptr, nullptr, nullptr, "'{}'::jsonb", nullptr, nullptr},
};

static constexpr char rules[] = "NO ACTION, RESTRICT, CASCADE, SET NULL, SET DEFAULT";

static constexpr Key every_key[] = {
    {"schema", "owner", Value::text, "owner"},
    {"table", "rls", Value::row_security, "row-level security", "true, false, \"forced\""},
    {"table", "owner", Value::text, "owner"},
    {"view", "security", Value::choice, "security", "definer, invoker"},
    {"view", "materialized", Value::flag, "materialized", "not materialized"},
    {"view", "owner", Value::text, "owner"},
    {"sequence", "owner", Value::text, "owner"},
    {"enum", "values", Value::names, "values"},
    {"column", "type", Value::type, "type", nullptr, true},
    {"column", "not_null", Value::flag, "not null", "nullable"},
    {"column", "default", Value::text, "default"},
    {"column", "identity", Value::flag, "an identity", "no identity"},
    {"column", "generated", Value::flag, "generated", "not generated"},
    {"function", "security", Value::choice, "security", "definer, invoker"},
    {"function", "volatility", Value::choice, "volatility", "immutable, stable, volatile", true},
    {"function", "returns", Value::result, "returns"},
    {"function", "language", Value::text, "language"},
    {"function", "kind", Value::choice, "kind", "function, procedure, aggregate, window", true},
    {"function", "strict", Value::flag, "strict", "not strict"},
    {"function", "parallel", Value::choice, "parallel", "safe, restricted, unsafe"},
    {"function", "search_path", Value::text, "search_path"},
    {"function", "owner", Value::text, "owner"},
    {"function", "min", Value::number, nullptr},
    {"function", "exactly", Value::number, nullptr},
    {"foreign key", "columns", Value::names, "columns"},
    {"foreign key", "references", Value::relation, "references"},
    {"foreign key", "referenced_columns", Value::names, "referenced columns"},
    {"foreign key", "on_delete", Value::choice, "on delete", rules},
    {"foreign key", "on_update", Value::choice, "on update", rules},
    {"foreign key", "validated", Value::flag, "validated", "not validated"},
    {"foreign key", "deferrable", Value::flag, "deferrable", "not deferrable"},
    {"constraint", "type", Value::choice, "type", "primary key, unique, check, foreign key, exclude, not null, trigger", true},
    {"constraint", "columns", Value::names, "columns"},
    {"constraint", "definition", Value::text, "definition", nullptr, true},
    {"constraint", "validated", Value::flag, "validated", "not validated"},
    {"constraint", "deferrable", Value::flag, "deferrable", "not deferrable"},
    {"index", "table", Value::relation, "table"},
    {"index", "columns", Value::names, "columns"},
    {"index", "unique", Value::flag, "unique", "not unique"},
    {"index", "primary", Value::flag, "primary", "not primary"},
    {"index", "partial", Value::flag, "partial", "not partial"},
    {"index", "method", Value::text, "method", nullptr, true},
    {"index", "valid", Value::flag, "valid", "not valid", false, true},
    {"policy", "command", Value::choice, "command", "all, select, insert, update, delete"},
    {"policy", "permissive", Value::flag, "permissive", "restrictive"},
    {"policy", "roles", Value::set, "roles"},
    {"policy", "using", Value::text, "using"},
    {"policy", "with_check", Value::text, "with check"},
    {"trigger", "function", Value::relation, "function"},
    {"trigger", "timing", Value::choice, "timing", "before, after, instead of", true},
    {"trigger", "events", Value::set, "events", "insert, update, delete, truncate", true},
    {"trigger", "level", Value::choice, "level", "row, statement"},
    {"trigger", "enabled", Value::flag, "enabled", "disabled", false, true},
    {"publication", "publishes", Value::set, "publishes", "insert, update, delete, truncate"},
    {"publication", "all_tables", Value::flag, "for all tables", "not for all tables"},
    {"extension", "version", Value::text, "version"},
    {"extension", "schema", Value::text, "schema"},
    {"role", "login", Value::flag, "allowed to log in", "not allowed to log in"},
    {"role", "superuser", Value::flag, "superuser", "no superuser"},
    {"role", "bypassrls", Value::flag, "bypassing row-level security", "not bypassing row-level security"},
    {"event trigger", "event", Value::text, "event"},
    {"event trigger", "enabled", Value::flag, "enabled", "disabled", false, true},
    {"cron job", "schedule", Value::text, "schedule"},
    {"cron job", "command", Value::text, "command"},
    {"cron job", "username", Value::text, "user name"},
    {"cron job", "active", Value::flag, "active", "not active", false, true},
    {"count", "min", Value::number, nullptr},
    {"count", "exactly", Value::number, nullptr},
};

std::span<const Category> categories() { return all; }
std::span<const Key> keys() { return every_key; }

static bool is_countable(const Category &category) { return category.form != Form::count && category.form != Form::text && category.example != nullptr; }

// Blanks may be typed as underscores, as in selectors.
static bool same_name(const char *typed, const char *name) {
  for (; *name != '\0'; ++typed, ++name)
    if (*typed != *name && !(*typed == '_' && *name == ' ')) return false;
  return *typed == '\0';
}

const Category *find_category(const char *name, bool countable) {
  for (const Category &category : all)
    if (same_name(name, category.name) && (!countable || is_countable(category))) return &category;
  return nullptr;
}

const char *category_names(bool countable) {
  StringInfoData names;
  initStringInfo(&names);
  for (const Category &category : all)
    if (category.example != nullptr && (!countable || is_countable(category))) appendStringInfo(&names, "%s%s", names.len > 0 ? ", " : "", category.name);
  return names.data;
}

}  // namespace proapp::verify
