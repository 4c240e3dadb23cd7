#include "pg/boundary.hpp"

#include "verify/isolation_pair.hpp"

#include "core/claims.hpp"
#include "pg/context_arena.hpp"
#include "pg/text.hpp"
#include "verify/isolation_sql.hpp"

extern "C" {
#include <utils/json.h>
#include <utils/jsonb.h>
}

namespace proapp::verify {

namespace {

constexpr int most_neighbours = 1000, most_looked_at = 100000, most_candidates = 30, most_rows = 50;

// Somebody, and who stands in one row with them, in any table.
struct Acquaintance {
  const char *principal;
  const char *auth;  // null for organizations, and for users without auth id
  List *others;      // principals
  bool looked_up;    // the list was read
  bool too_many;     // and is not whole
};

bool contains(const List *principals, const char *one) {
  const ListCell *cell;
  foreach (cell, principals)
    if (strcmp(static_cast<const char *>(lfirst(cell)), one) == 0) return true;
  return false;
}

bool is_of(const Owner &owner, const char *principal) {
  const size_t length = strlen(owner.domain);
  return strncmp(owner.domain, principal, length) == 0 && principal[length] == ':';
}

}  // namespace

static const char *read_auth_id(const Model &model, const char *principal) {
  if (!is_user(principal)) return nullptr;
  const Population &users = *population_of(model, principal);
  const Answer answer = ask(psprintf("select %s from %s where %s = %s", users.auth, users.table, users.id, literal(id_of(principal), users.id_type)));
  return answer.count == 0 ? nullptr : answer.at(0, 0);
}

// Their rows in one table: what else stands there.
static void add_neighbours(const Owned &owned, Acquaintance &who) {
  const char *others = nullptr, *theirs = nullptr;
  const ListCell *cell;
  foreach (cell, owned.owners) {
    const auto &owner = *static_cast<const Owner *>(lfirst(cell));
    if (owner.parent != nullptr) return;
    others = others == nullptr ? principal_of(owner, "t") : psprintf("%s, %s", others, principal_of(owner, "t"));
    const char *value = owner.by_auth ? who.auth : id_of(who.principal);
    if (!is_of(owner, who.principal) || value == nullptr) continue;
    const char *one = psprintf("t.%s = %s", owner.column, literal(value, owner.type));
    theirs = theirs == nullptr ? one : psprintf("%s or %s", theirs, one);
  }
  if (list_length(owned.owners) < 2 || theirs == nullptr) return;
  const Answer answer =
      ask(psprintf("with x (o) as materialized (select unnest(array[%s]) from %s t where %s limit %d) select distinct o, (select count(*) from x) >= %d from x "
                   "where o is not null and o <> %s limit %d",
                   others, owned.name, theirs, most_looked_at, most_looked_at, quote_literal_cstr(who.principal), most_neighbours));
  who.too_many |= answer.count >= most_neighbours || (answer.count > 0 && answer.is(0, 1));
  for (int64 i = 0; i < answer.count; ++i)
    if (!contains(who.others, answer.at(i, 0))) who.others = lappend(who.others, const_cast<char *>(answer.at(i, 0)));
}

static Acquaintance &who_is(Acquaintances &acquaintances, const char *principal) {
  const ListCell *cell;
  foreach (cell, acquaintances.known)
    if (strcmp(static_cast<const Acquaintance *>(lfirst(cell))->principal, principal) == 0) return *static_cast<Acquaintance *>(lfirst(cell));
  auto *who = static_cast<Acquaintance *>(palloc0(sizeof(Acquaintance)));
  who->principal = principal;
  who->auth = read_auth_id(*acquaintances.model, principal);
  acquaintances.known = lappend(acquaintances.known, who);
  return *who;
}

// With the others: without indexes these are dear.
static const Acquaintance &look_up(Acquaintances &acquaintances, const char *principal) {
  Acquaintance &who = who_is(acquaintances, principal);
  const ListCell *cell;
  if (!who.looked_up)
    foreach (cell, acquaintances.model->owned) add_neighbours(*static_cast<const Owned *>(lfirst(cell)), who);
  who.looked_up = true;
  return who;
}

const char *auth_id_of(Acquaintances &acquaintances, const char *principal) { return who_is(acquaintances, principal).auth; }

static bool is_in_an_organization(const Acquaintance &who) {
  const ListCell *cell;
  foreach (cell, who.others)
    if (!is_user(static_cast<const char *>(lfirst(cell)))) return true;
  return false;
}

// In one row of some table with whom the row is of, or in an organization with them.
static bool is_related(Acquaintances &acquaintances, const char *actor, const Row &row) {
  const Acquaintance &who = look_up(acquaintances, actor);
  if (who.too_many) return true;
  const ListCell *cell;
  foreach (cell, row.parties) {
    const auto *party = static_cast<const char *>(lfirst(cell));
    if (strcmp(party, actor) == 0 || contains(who.others, party)) return true;
    if (!is_user(party) || !is_in_an_organization(who)) continue;
    const Acquaintance &other = look_up(acquaintances, party);
    if (other.too_many) return true;
    const ListCell *shared;
    foreach (shared, other.others)
      if (!is_user(static_cast<const char *>(lfirst(shared))) && contains(who.others, static_cast<const char *>(lfirst(shared)))) return true;
  }
  return false;
}

static List *add_candidate(Acquaintances &acquaintances, List *candidates, const char *principal) {
  if (!is_user(principal) || list_length(candidates) >= most_candidates || contains(candidates, principal)) return candidates;
  if (is_used_up(*acquaintances.budget)) return candidates;
  return auth_id_of(acquaintances, principal) == nullptr ? candidates : lappend(candidates, const_cast<char *>(principal));
}

// Users whose rows were sampled, then members of organizations whose rows were, then anybody.
static List *candidates_for(Acquaintances &acquaintances, const List *sample) {
  List *candidates = NIL, *organizations = NIL;
  const ListCell *cell, *party;
  foreach (cell, sample)
    foreach (party, static_cast<const Row *>(lfirst(cell))->parties) {
      const auto *principal = static_cast<const char *>(lfirst(party));
      candidates = add_candidate(acquaintances, candidates, principal);
      if (!is_user(principal) && list_length(organizations) < most_candidates && !contains(organizations, principal))
        organizations = lappend(organizations, const_cast<char *>(principal));
    }
  foreach (cell, organizations)
    foreach (party, look_up(acquaintances, static_cast<const char *>(lfirst(cell))).others)
      candidates = add_candidate(acquaintances, candidates, static_cast<const char *>(lfirst(party)));
  foreach (cell, acquaintances.model->populations) {
    const auto &users = *static_cast<const Population *>(lfirst(cell));
    const Answer answer = ask(psprintf("select '%s:' || %s::text from %s where %s is not null order by 1 limit 10", users.domain, users.id, users.table, users.auth));
    for (int64 i = 0; i < answer.count; ++i) candidates = add_candidate(acquaintances, candidates, answer.at(i, 0));
  }
  return candidates;
}

// {"app_metadata": {"tenant_id": "…"}}
static Datum claims_with(const char *claim, const char *value) {
  char *opened = pstrdup("");
  const char *closed = "";
  {
    pg::ContextArena arena("proapp isolation claim");
    const auto path = core::parse_claim_path(claim, arena);
    for (int i = 0; path && i < path->depth; ++i) {
      StringInfoData name;
      initStringInfo(&name);
      escape_json(&name, pg::c_string(path->names[i]));
      opened = psprintf("%s{%s:", opened, name.data);
      closed = psprintf("%s}", closed);
    }
  }
  StringInfoData text;
  initStringInfo(&text);
  escape_json(&text, value);
  return DirectFunctionCall1(jsonb_in, CStringGetDatum(psprintf("%s%s%s", opened, text.data, closed)));
}

static const Actor *actor_of(Acquaintances &acquaintances, const char *principal, const char *role) {
  const Population &users = *population_of(*acquaintances.model, principal);
  auto *actor = static_cast<Actor *>(palloc0(sizeof(Actor)));
  const char *auth = auth_id_of(acquaintances, principal);
  const bool signs_in = strcmp(users.claim, "sub") == 0;
  *actor = {auth, principal, auth, {signs_in ? auth : nullptr, role, signs_in ? pg::no_claims() : claims_with(users.claim, auth)}};
  return actor;
}

static const char *victim_of(const Row &row) { return static_cast<const char *>(linitial(row.parties)); }

// The rows of one victim that are no business of the actor's.
static List *foreign_rows(Acquaintances &acquaintances, const Table &table, const List *sample, const char *actor, const char *not_victim) {
  List *rows = NIL;
  const char *victim = nullptr;
  const ListCell *cell;
  foreach (cell, sample) {
    auto *row = static_cast<Row *>(lfirst(cell));
    if (victim != nullptr ? strcmp(victim_of(*row), victim) != 0 : not_victim != nullptr && strcmp(victim_of(*row), not_victim) == 0) continue;
    if ((actor != nullptr && is_related(acquaintances, actor, *row)) || !load_row(table, *row)) continue;
    victim = victim_of(*row);
    rows = lappend(rows, row);
    if (list_length(rows) >= most_rows) break;
  }
  return rows;
}

static Pair *make_pair(const Actor *actor, List *rows) {
  auto *pair = static_cast<Pair *>(palloc0(sizeof(Pair)));
  *pair = {actor, victim_of(*static_cast<const Row *>(linitial(rows))), rows};
  return pair;
}

List *pick_pairs(Acquaintances &acquaintances, const Table &table, const List *sample, const char *role, const char *&reason) {
  List *pairs = NIL;
  const List *candidates = candidates_for(acquaintances, sample);
  const char *victim = nullptr;
  const ListCell *cell;
  foreach (cell, candidates) {
    const auto *principal = static_cast<const char *>(lfirst(cell));
    if (is_used_up(*acquaintances.budget)) break;
    List *rows = foreign_rows(acquaintances, table, sample, principal, victim);
    if (rows == NIL) continue;
    pairs = lappend(pairs, make_pair(actor_of(acquaintances, principal, role), rows));
    victim = static_cast<const Pair *>(llast(pairs))->victim;
    if (list_length(pairs) == 2) break;
  }
  if (pairs == NIL)
    reason = is_used_up(*acquaintances.budget) ? "time budget"
             : candidates == NIL               ? "no user has an auth id"
                                               : "every sampled user is related to those whose rows they are, or is the only one";
  return pairs;
}

const Pair *pair_with_anon(const Table &table, const List *sample, const List *pairs) {
  static constexpr char anon[] = "anon";
  auto *actor = static_cast<Actor *>(palloc0(sizeof(Actor)));
  *actor = {anon, nullptr, nullptr, {nullptr, anon, pg::no_claims()}};
  List *rows = NIL;
  if (pairs != NIL) {
    rows = static_cast<const Pair *>(linitial(pairs))->rows;
  } else {
    Acquaintances nobody{};
    rows = foreign_rows(nobody, table, sample, nullptr, nullptr);
  }
  return rows == NIL ? nullptr : make_pair(actor, rows);
}

const char *own_value(Acquaintances &acquaintances, const Actor &actor, const Owner &owner) {
  if (actor.principal == nullptr) return nullptr;
  if (is_of(owner, actor.principal)) return owner.by_auth ? actor.auth : id_of(actor.principal);
  const ListCell *cell;
  foreach (cell, look_up(acquaintances, actor.principal).others) {
    const auto *other = static_cast<const char *>(lfirst(cell));
    if (!is_user(other) && is_of(owner, other)) return id_of(other);
  }
  return nullptr;
}

}  // namespace proapp::verify
