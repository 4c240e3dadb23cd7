// The policies of a table, and what they say together: PostgreSQL's own rules for one role and one row.
#pragma once
#include "pg/postgres.hpp"

#include "identity/policy_value.hpp"

#include <type_traits>

extern "C" {
#include <nodes/pg_list.h>
}

namespace proapp::identity {

// A command's code in pg_policy.
enum class Command : char { select = 'r', insert = 'a', update = 'w', erase = 'd' };

struct Policy {
  const char *name;
  char command;  // as Command, or '*'
  bool permissive;
  bool applies;       // to the current user
  const char *roles;  // for whom it is: admin, editor
  const Expr *using_tree, *check_tree;
  const char *using_text, *check_text;  // null where there is none
  PolicyValue using_value, check_value;

  bool is_for(Command which) const { return command == '*' || command == static_cast<char>(which); }
  // WITH CHECK, or USING in its place.
  bool checks_with_using() const { return check_tree == nullptr; }
};
static_assert(std::is_trivially_destructible_v<Policy>);

// In the order in which PostgreSQL asks them; elements are Policy *. As the current user; `query` is null where there is no row.
List *read_policies(Relation relation, const Query *query);
List *by_name(const List *policies);

struct Judgement {
  bool passes;
  bool raises;  // an error, where it does not pass
  const char *reason;
};

// Of the row that is there (USING), or of the row as it would be written (WITH CHECK).
Judgement judge(const List *policies, Command command, bool check, const Query *query);

}  // namespace proapp::identity
