// Who tries to reach whose rows: users who have nothing to do with each other, as far as the tables know.
#pragma once
#include "pg/postgres.hpp"

#include "pg/impersonate.hpp"
#include "verify/isolation_budget.hpp"
#include "verify/isolation_table.hpp"

namespace proapp::verify {

struct Actor {
  const char *label;      // the auth id, or anon
  const char *principal;  // null for anon
  const char *auth;
  pg::Identity identity;
};

struct Pair {
  const Actor *actor;
  const char *victim;
  List *rows;  // Row *, loaded: the victim's
};

// What was found out about principals is kept for the tables to come.
struct Acquaintances {
  const Model *model;
  const Budget *budget;
  List *known;
};

// At most two; where there is none, `reason` says why.
List *pick_pairs(Acquaintances &acquaintances, const Table &table, const List *sample, const char *role, const char *&reason);

// Nobody signed in, and the rows of whoever comes first.
const Pair *pair_with_anon(const Table &table, const List *sample, const List *pairs);

// What `actor` would write into a column that says whose a row is; null where there is nothing.
const char *own_value(Acquaintances &acquaintances, const Actor &actor, const Owner &owner);

const char *auth_id_of(Acquaintances &acquaintances, const char *principal);

}  // namespace proapp::verify
