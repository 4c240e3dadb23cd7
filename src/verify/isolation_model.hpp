// Who owns what: the users and organizations that are registered, and the columns that name them.
#pragma once
#include "pg/postgres.hpp"

#include <type_traits>

extern "C" {
#include <nodes/pg_list.h>
}

namespace proapp::verify {

// Where users are: a registered mapping, or the accounts of auth.users where there is none. Texts are quoted for SQL.
struct Population {
  const char *domain;  // u0
  const char *table, *id, *auth;
  const char *id_type, *auth_type;
  const char *claim;
};

// A user or an organization is a text: the domain, a colon and the id.
bool is_user(const char *principal);
const char *id_of(const char *principal);
const char *described(const char *principal);  // user 7, organization 7

// A column, or a reference to a row that has one, which says whose a row is.
struct Owner {
  const char *domain;
  const Population *users;  // null for organizations
  bool by_auth;             // the column holds the auth id
  const char *column, *type;
  const char *parent_table, *parent_column;  // where the row that column references says it
  const Owner *parent;                       // null where the column says it itself
};

// The principal as SQL over a row that is called `alias`.
const char *principal_of(const Owner &owner, const char *alias);

struct Owned {
  Oid id;
  const char *name;  // qualified and quoted
  char kind;
  List *owners;  // Owner *
};

// Everything that has a row in pg_class and is a table.
struct Model {
  List *populations;  // Population *
  List *owned;        // Owned *: tables with owners
};
static_assert(std::is_trivially_destructible_v<Model>);

Model read_model();
const Owned *find_owned(const Model &model, Oid table);
const Population *population_of(const Model &model, const char *principal);

}  // namespace proapp::verify
