#include "verify/isolation_model.hpp"

#include "pg/session.hpp"
#include "pg/spi.hpp"
#include "state/tables.hpp"
#include "verify/isolation_sql.hpp"

namespace proapp::verify {

bool is_user(const char *principal) { return *principal == 'u'; }

const char *id_of(const char *principal) { return strchr(principal, ':') + 1; }

const char *described(const char *principal) { return psprintf("%s %s", is_user(principal) ? "user" : "organization", id_of(principal)); }

// Values of different types are compared as texts.
static const char *same(const char *left, const char *left_type, const char *right, const char *right_type) {
  if (strcmp(left_type, right_type) == 0) return psprintf("%s operator(pg_catalog.=) %s", left, right);
  return psprintf("%s::pg_catalog.text operator(pg_catalog.=) %s::pg_catalog.text", left, right);
}

const char *principal_of(const Owner &owner, const char *alias) {
  const char *value = psprintf("%s.%s", alias, owner.column);
  if (owner.parent != nullptr) {
    const char *parent = psprintf("%sp", alias);
    return psprintf("(select %s from %s %s where %s.%s operator(pg_catalog.=) %s limit 1)", principal_of(*owner.parent, parent), owner.parent_table, parent, parent,
                    owner.parent_column, value);
  }
  if (!owner.by_auth) return psprintf("(%s || %s::pg_catalog.text)", quote_literal_cstr(psprintf("%s:", owner.domain)), value);
  const Population &users = *owner.users;
  return psprintf("(select %s || pu.%s::pg_catalog.text from %s pu where %s limit 1)", quote_literal_cstr(psprintf("%s:", owner.domain)), users.id, users.table,
                  same(psprintf("pu.%s", users.auth), users.auth_type, value, owner.type));
}

namespace {

// What is registered, as rows of VALUES.
struct Registered {
  List *populations;
  const char *users, *members;
  const Population *signing_in;  // those whose claim is sub
};

}  // namespace

static constexpr char one_users[] =
    "select c.oid::pg_catalog.regclass::pg_catalog.text, pg_catalog.quote_ident(m.id_column), pg_catalog.quote_ident(m.auth_column), pg_catalog.format_type(i.atttypid, null), "
    "pg_catalog.format_type(a.atttypid, null), m.claim, m.mapping, c.oid::pg_catalog.text, m.id_column, m.auth_column "
    "from proapp.user_mappings m join pg_catalog.pg_class c on c.oid = pg_catalog.to_regclass(m.users_table) "
    "join pg_catalog.pg_attribute i on i.attrelid = c.oid and i.attname = m.id_column join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = m.auth_column "
    "order by m.mapping";

static constexpr char accounts[] =
    "select 'auth.users', 'id', 'id', pg_catalog.format_type(atttypid, null), pg_catalog.format_type(atttypid, null), 'sub', '', attrelid::pg_catalog.text, 'id', 'id' "
    "from pg_catalog.pg_attribute where attrelid = pg_catalog.to_regclass('auth.users') and attname = 'id'";

static constexpr char one_members[] =
    "select c.oid::pg_catalog.text, m.user_column, m.organization_column, m.mapping, pg_catalog.format_type(a.atttypid, null), c.oid::pg_catalog.regclass::pg_catalog.text from "
    "proapp.memberships m join pg_catalog.pg_class c on c.oid = "
    "pg_catalog.to_regclass(m.members_table) join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = m.user_column "
    "order by m.membership";

// Our own tables are read as their owner.
static Answer ask_own(const char *sql) {
  const MemoryContext context = CurrentMemoryContext;
  pg::spi_begin();
  state::run(sql);
  const Answer answer = take_rows(context);
  pg::spi_end();
  return answer;
}

static const char *add_row(const char *rows, const char *row) { return rows == nullptr ? row : psprintf("%s, %s", rows, row); }

static void add_populations(const Answer &answer, Registered &into, Answer &names) {
  names = answer;
  for (int64 i = 0; i < answer.count; ++i) {
    auto *users = static_cast<Population *>(palloc0(sizeof(Population)));
    *users = {psprintf("u%d", list_length(into.populations)), answer.at(i, 0), answer.at(i, 1), answer.at(i, 2), answer.at(i, 3), answer.at(i, 4), answer.at(i, 5)};
    into.populations = lappend(into.populations, users);
    into.users = add_row(into.users,
                         psprintf("('%s', %s::pg_catalog.oid, %s, %s)", users->domain, answer.at(i, 7), quote_literal_cstr(answer.at(i, 8)), quote_literal_cstr(answer.at(i, 9))));
    if (into.signing_in == nullptr && strcmp(users->claim, "sub") == 0) into.signing_in = users;
  }
}

static const Population *mapped(const List *populations, const Answer &names, const char *mapping) {
  for (int64 i = 0; i < names.count; ++i)
    if (strcmp(names.at(i, 6), mapping) == 0) return static_cast<const Population *>(list_nth(populations, static_cast<int>(i)));
  return nullptr;
}

// Who signs in, without a mapping: those who have accounts, or members whose ids are no accounts', but texts of somebody else's.
static const char *strangers(const Answer &members) {
  for (int64 i = 0; i < members.count; ++i) {
    if (members.at(i, 3) != nullptr || strcmp(members.at(i, 4), "uuid") == 0) continue;
    const char *name = quote_literal_cstr(members.at(i, 1)), *column = quote_literal_cstr(quote_identifier(members.at(i, 1))), *type = quote_literal_cstr(members.at(i, 4));
    return psprintf("select %s, %s, %s, %s, %s, 'sub', '', '%s', %s, %s", quote_literal_cstr(members.at(i, 5)), column, column, type, type, members.at(i, 0), name, name);
  }
  return accounts;
}

static Registered read_registered() {
  Registered registered{};
  Answer names{};
  add_populations(ask_own(one_users), registered, names);
  const Answer members = ask_own(one_members);
  if (registered.signing_in == nullptr) {
    Answer ignored{};
    add_populations(ask(strangers(members)), registered, ignored);
  }
  for (int64 i = 0; i < members.count; ++i) {
    const bool by_auth = members.at(i, 3) == nullptr;
    const Population *users = by_auth ? registered.signing_in : mapped(registered.populations, names, members.at(i, 3));
    if (users == nullptr) continue;
    registered.members = add_row(registered.members, psprintf("(%s::pg_catalog.oid, %s, '%s', %s, %s)", members.at(i, 0), quote_literal_cstr(members.at(i, 1)), users->domain,
                                                              by_auth ? "true" : "false", quote_literal_cstr(members.at(i, 2))));
  }
  return registered;
}

// A column names a user or an organization because it is registered, because a foreign key leads from it to one that does, or because it has no foreign key, and
// the name and type of one that does. "id" alone says nothing.
static constexpr char owners[] = R"(
with recursive population (domain, relation, id_column, auth_column) as (%s),
member (relation, user_column, domain, by_auth, organization_column) as (%s),
link as materialized (
  select c.conrelid as relation, a.attname::text as col, c.confrelid as target, b.attname::text as target_col
    from pg_constraint c cross join lateral unnest(c.conkey, c.confkey) k (x, y)
    join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.x join pg_attribute b on b.attrelid = c.confrelid and b.attnum = k.y
   where c.contype = 'f'),
organization as (
  select m.relation as members, m.organization_column, coalesce(l.target, m.relation) as relation, coalesce(l.target_col, m.organization_column) as col,
         'o' || dense_rank() over (order by coalesce(l.target, m.relation), coalesce(l.target_col, m.organization_column)) as domain
    from member m left join link l on l.relation = m.relation and l.col = m.organization_column),
seed (relation, col, domain, by_auth) as (
  select relation, id_column, domain, false from population
  union select relation, auth_column, domain, true from population
  union select attrelid, attname::text, %s, true from pg_attribute where attrelid = to_regclass('auth.users') and attname = 'id' and %s is not null
  union select relation, user_column, domain, by_auth from member
  union select relation, col, domain, false from organization
  union select members, organization_column, domain, false from organization),
linked (relation, col, domain, by_auth) as (
  select relation, col, domain, by_auth from seed
  union select l.relation, l.col, o.domain, o.by_auth from linked o join link l on l.target = o.relation and l.target_col = o.col),
known as (select distinct on (relation, col) relation, col, domain, by_auth from linked order by relation, col, by_auth, domain),
name as (
  select a.attname, a.atttypid, min(k.domain) as domain, bool_or(k.by_auth) as by_auth
    from known k join pg_attribute a on a.attrelid = k.relation and a.attname = k.col where k.col <> 'id'
   group by 1, 2 having count(distinct (k.domain, k.by_auth)) = 1),
named as (
  select a.attrelid as relation, a.attname::text as col, n.domain, n.by_auth
    from name n join pg_attribute a on a.attname = n.attname and a.atttypid = n.atttypid and not a.attisdropped
   where not exists (select from known k where k.relation = a.attrelid and k.col = a.attname) and not exists (select from link l where l.relation = a.attrelid and l.col = a.attname)),
owner as (select * from known union all select * from named)
select o.relation::text, quote_ident(o.col), format_type(a.atttypid, null), o.domain, o.by_auth, c.relkind, format('%%I.%%I', n.nspname, c.relname)
  from owner o join pg_class c on c.oid = o.relation join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = o.relation and a.attname = o.col
 where c.relkind in ('r', 'p') and c.relpersistence <> 't' and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast', 'proapp', 'proapp_data', 'proapp_archive')
 order by c.oid, left(o.domain, 1) = 'o', a.attnum)";

// Single-column foreign keys of the tables that have no such column: the row they lead to says whose it is.
static constexpr char parents[] = R"(
select c.conrelid::text, quote_ident(a.attname), format_type(a.atttypid, null), c.confrelid::text, format('%I.%I', p.nspname, r.relname), quote_ident(b.attname), t.relkind,
       format('%I.%I', n.nspname, t.relname)
  from pg_constraint c join pg_class t on t.oid = c.conrelid join pg_namespace n on n.oid = t.relnamespace join pg_class r on r.oid = c.confrelid join pg_namespace p on p.oid = r.relnamespace
  join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1] join pg_attribute b on b.attrelid = c.confrelid and b.attnum = c.confkey[1]
 where c.contype = 'f' and cardinality(c.conkey) = 1 and c.conrelid <> c.confrelid and t.relkind in ('r', 'p') and a.atttypid = b.atttypid
 order by t.oid, c.conname)";

static Oid oid_of(const char *text) { return DatumGetObjectId(DirectFunctionCall1(oidin, CStringGetDatum(text))); }

const Owned *find_owned(const Model &model, Oid table) {
  const ListCell *cell;
  foreach (cell, model.owned)
    if (static_cast<const Owned *>(lfirst(cell))->id == table) return static_cast<const Owned *>(lfirst(cell));
  return nullptr;
}

static Owned *owned_entry(Model &model, Oid table, const char *name, char kind) {
  if (const Owned *known = find_owned(model, table)) return const_cast<Owned *>(known);
  auto *owned = static_cast<Owned *>(palloc0(sizeof(Owned)));
  *owned = {table, name, kind, NIL};
  model.owned = lappend(model.owned, owned);
  return owned;
}

static const Population *find_population(const List *populations, const char *domain) {
  const ListCell *cell;
  foreach (cell, populations)
    if (strcmp(static_cast<const Population *>(lfirst(cell))->domain, domain) == 0) return static_cast<const Population *>(lfirst(cell));
  return nullptr;
}

const Population *population_of(const Model &model, const char *principal) { return find_population(model.populations, pnstrdup(principal, strcspn(principal, ":"))); }

// What references a table with owners belongs to them as well, however long the way, as far as three steps.
static void add_children(Model &model) {
  const Answer answer = ask(parents);
  for (int step = 0; step < 3; ++step) {
    const Model before = {model.populations, list_copy(model.owned)};
    for (int64 i = 0; i < answer.count; ++i) {
      const Oid child = oid_of(answer.at(i, 0));
      const Owned *parent = find_owned(before, oid_of(answer.at(i, 3)));
      if (parent == nullptr || find_owned(before, child) != nullptr) continue;
      Owned *owned = owned_entry(model, child, answer.at(i, 7), *answer.at(i, 6));
      const ListCell *cell;
      foreach (cell, parent->owners) {
        const auto *of_parent = static_cast<const Owner *>(lfirst(cell));
        auto *owner = static_cast<Owner *>(palloc0(sizeof(Owner)));
        *owner = {of_parent->domain, of_parent->users, of_parent->by_auth, answer.at(i, 1), answer.at(i, 2), answer.at(i, 4), answer.at(i, 5), of_parent};
        owned->owners = lappend(owned->owners, owner);
      }
    }
  }
}

Model read_model() {
  const Registered registered = read_registered();
  Model model = {registered.populations, NIL};
  const char *nobody = "select null::text, null::oid, null::text, null::text where false";
  const char *none = "select null::oid, null::text, null::text, null::boolean, null::text where false";
  const char *account = registered.signing_in == nullptr ? "null::text" : quote_literal_cstr(registered.signing_in->domain);
  const Answer answer = ask(psprintf(owners, registered.users == nullptr ? nobody : psprintf("values %s", registered.users),
                                     registered.members == nullptr ? none : psprintf("values %s", registered.members), account, account));
  for (int64 i = 0; i < answer.count; ++i) {
    Owned *owned = owned_entry(model, oid_of(answer.at(i, 0)), answer.at(i, 6), *answer.at(i, 5));
    auto *owner = static_cast<Owner *>(palloc0(sizeof(Owner)));
    *owner = {answer.at(i, 3), find_population(model.populations, answer.at(i, 3)), answer.is(i, 4), answer.at(i, 1), answer.at(i, 2), nullptr, nullptr, nullptr};
    owned->owners = lappend(owned->owners, owner);
  }
  add_children(model);
  return model;
}

}  // namespace proapp::verify
