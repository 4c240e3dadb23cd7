// What can be known of a policy without running it: whether its condition is true for somebody who is not signed in, and which columns it ties to the user.
#pragma once
#include "core/facts.hpp"

namespace proapp::core {

enum class Actor : unsigned char { everybody, anon, signed_in };

class PolicyReasoning {
 public:
  explicit PolicyReasoning(const Facts &facts);

  enum Outcome : unsigned { can_be_true = 1, can_be_false = 2, can_be_null = 4, anything = 7 };
  unsigned outcomes(const Term &condition, Actor actor) const { return outcomes(condition, actor, 0); }
  bool always_true(const Term *condition, Actor actor) const { return condition != nullptr && outcomes(*condition, actor) == can_be_true; }
  bool never_true(const Term &condition, Actor actor) const { return (outcomes(condition, actor) & can_be_true) == 0; }

  // It depends on who is signed in, or on a setting that says for whom the session works; through functions, too.
  bool speaks_of_user(const Term &term) const { return speaks_of_user(term, 0); }
  // Two terms that read alike. Columns of one relation are, whichever of its occurrences they belong to.
  static bool equal(const Term &a, const Term &b);

  // Is the column tied to the user wherever the condition holds: equal to an id, one of their organizations, given to a function that asks who they are?
  bool binds(const Term &condition, const TableFact &table, int column) const;
  // By a comparison that an index could serve.
  bool compares(const Term &condition, const TableFact &table, int column) const;
  // Ids or organizations of one of the users stand in the table.
  bool has_owners(const TableFact &table) const;
  // A condition that ties the table's rows to the signed-in user; empty where none is known to be right.
  std::string_view owner_condition(const TableFact &table) const;

  // The membership that says what `column in (select …)` says; null where there is none.
  const MembershipFact *same_membership(const Term &term) const;

  // The role that serves requests of nobody or of signed-in users; 0 where it does not exist.
  Oid role(Actor actor) const { return actor == Actor::anon ? anon_ : authenticated_; }
  bool applies(const PolicyFact &policy, Actor actor) const;
  // It applies, and the privilege for at least one of its commands is there.
  bool is_met(const PolicyFact &policy, Actor actor) const;

  // The condition that decides what is written; null where nothing is.
  static const Term *written(const PolicyFact &policy) { return policy.check != nullptr ? policy.check : policy.qual; }

 private:
  unsigned outcomes(const Term &condition, Actor actor, int depth) const;
  bool always_null(const Term &term, Actor actor, int depth) const;
  bool never_null(const Term &term, Actor actor, int depth) const;
  bool finds_nothing(const Query &query, Actor actor, int depth) const;
  bool speaks_of_user(const Term &term, int depth) const;
  bool binds(const Term &condition, const TableFact &table, int column, bool by_index) const;
  bool is_comparison(const Term &term, std::string_view name) const { return term.kind == Term::Kind::operation && facts_.operator_name(term.id) == name; }
  const Term *inlined(const Term &call) const;

  const Facts &facts_;
  Oid anon_ = 0, authenticated_ = 0;
  mutable int in_query_ = 0;
  const TableFact *auth_users_ = nullptr;
};

// The policy's own column on the left side of a comparison with a sub-select; null where none stands there.
const ColumnFact *left_column(const PolicyFact &policy, const Term &term);

// Calls `visit(const Term &)` for a term, its parts, and what SQL functions that it calls do; until one answers true.
template <class Visit>
bool any_part_called(const Facts &facts, const Term &term, const Visit &visit, int depth = 0) {
  return any_part(term, [&](const Term &part) {
    if (visit(part)) return true;
    if (part.kind != Term::Kind::call || depth >= 6) return false;
    const FunctionFact *function = facts.function(part.id);
    if (function == nullptr) return false;
    for (const Query *query : function->queries)
      if (any_part(*query, [&](const Term &inner) { return any_part_called(facts, inner, visit, depth + 1); })) return true;
    return false;
  });
}

}  // namespace proapp::core
