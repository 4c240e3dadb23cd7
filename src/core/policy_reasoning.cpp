#include "core/policy_reasoning.hpp"

#include <algorithm>

namespace proapp::core {

using Kind = Term::Kind;

static constexpr int deepest_call = 6;

PolicyReasoning::PolicyReasoning(const Facts &facts) : facts_(facts) {
  for (const RoleFact *role : facts.roles) {
    if (role->name == "anon") anon_ = role->id;
    if (role->name == "authenticated") authenticated_ = role->id;
  }
  for (const TableFact *table : facts.tables)
    if (table->identity == "auth.users") auth_users_ = table;
}

// ---- who ----

bool PolicyReasoning::applies(const PolicyFact &policy, Actor actor) const {
  const Oid role_id = role(actor);
  const RoleFact *of = Facts::get(facts_.role_of, role_id);
  return std::any_of(policy.roles.begin(), policy.roles.end(), [&](Oid one) {
    return one == 0 || (role_id != 0 && one == role_id) || (of != nullptr && std::find(of->member_of.begin(), of->member_of.end(), one) != of->member_of.end());
  });
}

static std::uint32_t privilege(char command) {
  switch (command) {
    case 'r':
      return may_select;
    case 'a':
      return may_insert;
    case 'w':
      return may_update;
    case 'd':
      return may_delete;
    default:
      return may_select | may_insert | may_update | may_delete;
  }
}

bool PolicyReasoning::is_met(const PolicyFact &policy, Actor actor) const {
  const std::uint32_t reach = actor == Actor::anon ? policy.table->reach.anon : policy.table->reach.authenticated;
  return applies(policy, actor) && (reach & privilege(policy.command)) != 0;
}

// ---- what speaks of the user ----

static bool is_user_call(std::string_view identity) {
  for (const std::string_view one : {"auth.uid()", "auth.jwt()", "auth.email()", "auth.role()", "proapp.auth_id()"})
    if (identity == one) return true;
  for (const std::string_view one : {"proapp.current_user_id(", "proapp.current_user_key(", "proapp.current_organizations(", "proapp.is_member(", "pg_catalog.current_setting("})
    if (identity.starts_with(one)) return true;
  return false;
}

bool PolicyReasoning::speaks_of_user(const Term &term, int depth) const {
  return any_part(term, [&](const Term &part) {
    if (part.kind == Kind::session_value) return part.number >= 9 && part.number <= 12;  // CURRENT_ROLE, CURRENT_USER, USER, SESSION_USER
    if (part.kind != Kind::call) return false;
    const FunctionFact *function = facts_.function(part.id);
    if (function == nullptr) return false;
    if (is_user_call(function->identity)) return true;
    if (depth >= deepest_call) return false;
    for (const Query *query : function->queries)
      if (any_part(*query, [&](const Term &inner) { return speaks_of_user(inner, depth + 1); })) return true;
    if (!function->queries.empty()) return false;
    for (const std::string_view sign : {"auth.uid", "auth.jwt", "auth.email", "current_setting", "proapp.current_", "proapp.is_member", "proapp.auth_id"})
      if (function->source.find(sign) != std::string_view::npos) return true;
    return false;
  });
}

bool PolicyReasoning::equal(const Term &a, const Term &b) {
  const Term &x = bare(a), &y = bare(b);
  if (x.kind != y.kind || x.id != y.id || x.number != y.number || x.is_null != y.is_null || x.text != y.text || x.arguments.size() != y.arguments.size()) return false;
  if (x.query != nullptr || y.query != nullptr) return x.query == y.query;
  if (x.kind == Kind::other || (x.kind == Kind::constant && !x.is_null && x.text.empty())) return &x == &y;
  for (std::size_t i = 0; i < x.arguments.size(); ++i)
    if (!equal(*x.arguments[i], *y.arguments[i])) return false;
  return true;
}

// What a call of an SQL function that is one expression stands for.
const Term *PolicyReasoning::inlined(const Term &call) const {
  const FunctionFact *function = facts_.function(call.id);
  if (function == nullptr || function->queries.size() != 1 || function->returns_set) return nullptr;
  const Query &query = *function->queries[0];
  return query.command == 1 && query.targets.size() == 1 && query.sources.empty() && query.conditions.empty() ? query.targets[0] : nullptr;
}

// ---- null or not ----

bool PolicyReasoning::finds_nothing(const Query &query, Actor actor, int depth) const {
  if (query.sources.size() != 1) return false;  // an outer join's condition takes no row away
  // Nor does an aggregate's: it answers with a row for none.
  for (const Term *target : query.targets)
    if (bare(*target).kind != Kind::column && bare(*target).kind != Kind::constant) return false;
  ++in_query_;
  const bool nothing = std::any_of(query.conditions.begin(), query.conditions.end(), [&](const Term *term) { return (outcomes(*term, actor, depth) & can_be_true) == 0; });
  --in_query_;
  return nothing;
}

bool PolicyReasoning::always_null(const Term &outer, Actor actor, int depth) const {
  const Term &term = essence(outer);
  switch (term.kind) {
    case Kind::constant:
      return term.is_null;
    case Kind::call: {
      const std::string_view name = facts_.called(term);
      if (actor == Actor::anon) {
        if (name == "auth.uid()" || name == "auth.email()" || name == "proapp.auth_id()") return true;
        for (const std::string_view one : {"proapp.current_user_id(", "proapp.current_user_key(", "proapp.current_organizations(", "proapp.is_member("})
          if (name.starts_with(one)) return true;
        if (name.starts_with("pg_catalog.current_setting(") && !term.arguments.empty() && bare(*term.arguments[0]).text == "request.jwt.claim.sub") return true;
      }
      if (is_user_call(name) || depth >= deepest_call) return false;
      if (const Term *body = inlined(term)) return always_null(*body, actor, depth + 1);
      const FunctionFact *function = facts_.function(term.id);
      return function != nullptr && !function->returns_set && function->queries.size() == 1 && function->queries[0]->targets.size() == 1 &&
             bare(*function->queries[0]->targets[0]).kind == Kind::column && finds_nothing(*function->queries[0], actor, depth + 1);
    }
    case Kind::operation: {
      if (term.number == 3) return false;
      const std::string_view name = facts_.operator_name(term.id);
      if (actor == Actor::anon && (name == "->>" || name == "->") && term.arguments.size() == 2) {
        const std::string_view key = bare(*term.arguments[1]).text;
        if ((key == "sub" || key == "email" || key == "user_metadata" || key == "app_metadata") && speaks_of_user(*term.arguments[0])) return true;
      }
      return std::any_of(term.arguments.begin(), term.arguments.end(), [&](const Term *argument) { return always_null(*argument, actor, depth); });
    }
    case Kind::coalesce:
      return std::all_of(term.arguments.begin(), term.arguments.end(), [&](const Term *argument) { return always_null(*argument, actor, depth); });
    case Kind::sub_select:
      return term.number == 4 && term.query != nullptr && term.query->targets.size() == 1 && bare(*term.query->targets[0]).kind == Kind::column &&
             finds_nothing(*term.query, actor, depth);
    default:
      return false;
  }
}

bool PolicyReasoning::never_null(const Term &outer, Actor actor, int depth) const {
  const Term &term = essence(outer);
  switch (term.kind) {
    case Kind::constant:
      return !term.is_null;
    case Kind::session_value:
      return true;
    case Kind::column: {
      const TableFact *table = facts_.table(term.id);
      const ColumnFact *column = table == nullptr ? nullptr : table->column(term.number);
      return term.number <= 0 || (column != nullptr && column->not_null);
    }
    case Kind::call: {
      const std::string_view name = facts_.called(term);
      if (actor == Actor::signed_in && (name == "auth.uid()" || name == "auth.jwt()" || name == "auth.role()" || name == "proapp.auth_id()")) return true;
      if (is_user_call(name) || depth >= deepest_call) return false;
      const Term *body = inlined(term);
      return body != nullptr && never_null(*body, actor, depth + 1);
    }
    case Kind::operation:
      return actor == Actor::signed_in && facts_.operator_name(term.id) == "->>" && term.arguments.size() == 2 && bare(*term.arguments[1]).text == "sub" &&
             speaks_of_user(*term.arguments[0]);
    case Kind::coalesce:
      return std::any_of(term.arguments.begin(), term.arguments.end(), [&](const Term *argument) { return never_null(*argument, actor, depth); });
    default:
      return false;
  }
}

// ---- true, false or null ----

static unsigned negated(unsigned found) {
  return ((found & PolicyReasoning::can_be_true) != 0 ? PolicyReasoning::can_be_false : 0u) | ((found & PolicyReasoning::can_be_false) != 0 ? PolicyReasoning::can_be_true : 0u) |
         (found & PolicyReasoning::can_be_null);
}

// Kleene's AND of every outcome of one with every outcome of the other.
static unsigned both(unsigned a, unsigned b) {
  using R = PolicyReasoning;
  unsigned found = 0;
  if (((a | b) & R::can_be_false) != 0) found |= R::can_be_false;
  if ((a & R::can_be_true) != 0 && (b & R::can_be_true) != 0) found |= R::can_be_true;
  if (((a & R::can_be_null) != 0 && (b & (R::can_be_null | R::can_be_true)) != 0) || ((b & R::can_be_null) != 0 && (a & R::can_be_true) != 0)) found |= R::can_be_null;
  return found;
}

static unsigned is_true_or_not(bool surely, bool never) {
  return surely ? PolicyReasoning::can_be_true : never ? PolicyReasoning::can_be_false : PolicyReasoning::can_be_true | PolicyReasoning::can_be_false;
}

// The role claim of a request, where the actor has one.
static std::string_view role_claim(Actor actor) { return actor == Actor::anon ? "anon" : actor == Actor::signed_in ? "authenticated" : std::string_view{}; }

unsigned PolicyReasoning::outcomes(const Term &outer, Actor actor, int depth) const {
  const Term &term = essence(outer);
  switch (term.kind) {
    case Kind::constant:
      return term.is_null ? can_be_null : term.text == "true" ? can_be_true : term.text == "false" ? can_be_false : static_cast<unsigned>(anything);
    case Kind::all: {
      unsigned found = can_be_true;
      for (const Term *argument : term.arguments) found = both(found, outcomes(*argument, actor, depth));
      return found;
    }
    case Kind::any: {
      unsigned found = can_be_true;
      for (const Term *argument : term.arguments) found = both(found, negated(outcomes(*argument, actor, depth)));
      return negated(found);
    }
    case Kind::negation:
      return term.arguments.empty() ? static_cast<unsigned>(anything) : negated(outcomes(*term.arguments[0], actor, depth));
    case Kind::is_null:
      return term.arguments.empty() ? static_cast<unsigned>(anything) : is_true_or_not(always_null(*term.arguments[0], actor, depth), never_null(*term.arguments[0], actor, depth));
    case Kind::is_not_null:
      return term.arguments.empty() ? static_cast<unsigned>(anything) : is_true_or_not(never_null(*term.arguments[0], actor, depth), always_null(*term.arguments[0], actor, depth));
    case Kind::boolean_test: {
      if (term.arguments.empty()) return anything;
      static constexpr unsigned passes[] = {can_be_true, can_be_false | can_be_null, can_be_false, can_be_true | can_be_null, can_be_null, can_be_true | can_be_false};
      const unsigned found = outcomes(*term.arguments[0], actor, depth), wanted = passes[term.number < 0 || term.number > 5 ? 0 : term.number];
      return is_true_or_not((found & ~wanted) == 0, (found & wanted) == 0);
    }
    case Kind::coalesce: {
      unsigned found = 0;
      for (const Term *argument : term.arguments) {
        const unsigned one = outcomes(*argument, actor, depth);
        found |= one & ~static_cast<unsigned>(can_be_null);
        if ((one & can_be_null) == 0) return found;
      }
      return found | can_be_null;
    }
    case Kind::choice: {
      unsigned found = 0;
      for (std::size_t i = 0; i + 1 < term.arguments.size(); i += 2) {
        const unsigned when = outcomes(*term.arguments[i], actor, depth);
        if ((when & can_be_true) != 0) found |= outcomes(*term.arguments[i + 1], actor, depth);
        if (when == can_be_true) return found;
      }
      return term.arguments.empty() || bare(*term.arguments.back()).kind == Kind::other ? found | can_be_null : found | outcomes(*term.arguments.back(), actor, depth);
    }
    case Kind::operation: {
      if (term.arguments.size() != 2) return anything;
      const Term &left = essence(*term.arguments[0]), &right = essence(*term.arguments[1]);
      const std::string_view name = facts_.operator_name(term.id);
      if (term.number == 3) return equal(left, right) && in_query_ == 0 ? static_cast<unsigned>(can_be_false) : can_be_true | can_be_false;
      if (always_null(left, actor, depth) || always_null(right, actor, depth)) return can_be_null;
      if (term.number != 0) return anything;
      // x = x is true for every row that has x: as good as always.
      // Inside a query two columns that read alike may belong to two occurrences of one relation.
      if (equal(left, right) && (in_query_ == 0 || !any_part(left, [](const Term &part) { return part.kind == Kind::column; })) &&
          (left.kind != Kind::call || never_null(left, actor, depth)))
        return name == "=" || name == "<=" || name == ">=" ? can_be_true : name == "<>" || name == "<" || name == ">" ? can_be_false : static_cast<unsigned>(anything);
      const bool constants = left.kind == Kind::constant && right.kind == Kind::constant && !left.text.empty() && !right.text.empty();
      const Term &claim = left.kind == Kind::constant ? right : left, &value = left.kind == Kind::constant ? left : right;
      const bool is_role = facts_.called(claim) == "auth.role()" && value.kind == Kind::constant && actor != Actor::everybody;
      if ((constants || is_role) && (name == "=" || name == "<>")) {
        const bool same = is_role ? value.text == role_claim(actor) : left.text == right.text;
        return same == (name == "=") ? can_be_true : can_be_false;
      }
      return never_null(left, actor, depth) && never_null(right, actor, depth) ? can_be_true | can_be_false : static_cast<unsigned>(anything);
    }
    case Kind::call: {
      if (always_null(term, actor, depth)) return can_be_null;
      const Term *body = depth < deepest_call ? inlined(term) : nullptr;
      return body == nullptr ? static_cast<unsigned>(anything) : outcomes(*body, actor, depth + 1);
    }
    case Kind::sub_select:
      if (term.number == 0) return term.query != nullptr && finds_nothing(*term.query, actor, depth) ? static_cast<unsigned>(can_be_false) : can_be_true | can_be_false;
      if (term.number == 2 && term.query != nullptr && finds_nothing(*term.query, actor, depth)) return can_be_false;
      return anything;
    default:
      return anything;
  }
}

// ---- columns ----

static bool is_column(const Term &term, const TableFact &table, int column) {
  const Term &inner = bare(term);
  return inner.kind == Kind::column && inner.id == table.id && inner.number == column;
}

bool PolicyReasoning::binds(const Term &outer, const TableFact &table, int column, bool by_index) const {
  const Term &term = bare(outer);
  const auto one_binds = [&](const Term *argument) { return binds(*argument, table, column, by_index); };
  if (term.kind == Kind::all) return std::any_of(term.arguments.begin(), term.arguments.end(), one_binds);
  if (term.kind == Kind::any)
    return by_index ? std::any_of(term.arguments.begin(), term.arguments.end(), one_binds)
                    : !term.arguments.empty() && std::all_of(term.arguments.begin(), term.arguments.end(), one_binds);
  if (term.kind == Kind::operation && (term.number == 0 || term.number == 1) && term.arguments.size() == 2 && facts_.operator_name(term.id) == "=") {
    const bool left = is_column(*term.arguments[0], table, column), right = is_column(*term.arguments[1], table, column);
    return left != right && speaks_of_user(left ? *term.arguments[1] : *term.arguments[0]);
  }
  if (term.kind == Kind::sub_select && term.number == 2 && term.arguments.size() == 1)
    return is_column(*term.arguments[0], table, column) && term.query != nullptr && speaks_of_user(term);
  if (by_index) return false;
  if (term.kind == Kind::call || (term.kind == Kind::sub_select && term.number == 0) || (term.kind == Kind::boolean_test && term.number == 0))
    return speaks_of_user(term) &&
           any_part(term, [&](const Term &part) { return part.kind == Kind::column && part.id == table.id && (part.number == column || part.number == 0); });
  return false;
}

bool PolicyReasoning::binds(const Term &condition, const TableFact &table, int column) const { return binds(condition, table, column, false); }
bool PolicyReasoning::compares(const Term &condition, const TableFact &table, int column) const { return binds(condition, table, column, true); }

// ---- owners ----

static bool is_owner_name(std::string_view name) {
  for (const std::string_view one : {"user_id", "owner_id", "auth_user_id", "tenant_id", "organization_id", "organisation_id", "org_id", "account_id", "customer_id"})
    if (name == one) return true;
  return false;
}

bool PolicyReasoning::has_owners(const TableFact &table) const {
  for (const MappingFact *mapping : facts_.mappings)
    if (mapping->users == &table) return true;
  for (const MembershipFact *membership : facts_.memberships)
    if (membership->members == &table) return true;
  for (const ColumnFact &column : table.columns)
    if (is_owner_name(column.name)) return true;
  if (const auto *constraints = Facts::get(facts_.constraints_of, table.id))
    for (const ConstraintFact *key : *constraints) {
      if (key->type != 'f' || key->referenced == nullptr) continue;
      if (key->referenced == auth_users_) return true;
      for (const MappingFact *mapping : facts_.mappings)
        if (mapping->users == key->referenced) return true;
    }
  if (const auto *policies = Facts::get(facts_.policies_of, table.id))
    for (const PolicyFact *policy : *policies)
      for (std::size_t i = 1; i <= table.columns.size(); ++i)
        for (const Term *term : {policy->qual, policy->check})
          if (term != nullptr && compares(*term, table, static_cast<int>(i))) return true;
  return false;
}

std::string_view PolicyReasoning::owner_condition(const TableFact &table) const {
  for (const MappingFact *mapping : facts_.mappings)
    if (mapping->users == &table && table.column(mapping->id_column) != nullptr)
      return facts_.text({table.column(mapping->id_column)->quoted, " = proapp.current_user_id('", mapping->name, "')"});
  std::string_view found;
  const auto *constraints = Facts::get(facts_.constraints_of, table.id);
  if (constraints == nullptr) return found;
  for (const ConstraintFact *key : *constraints) {
    if (key->type != 'f' || key->referenced == nullptr || key->columns.size() != 1 || table.column(key->columns[0]) == nullptr) continue;
    std::string_view one;
    const std::string_view column = table.column(key->columns[0])->quoted;
    if (key->referenced == auth_users_) one = facts_.text({column, " = (select auth.uid())"});
    for (const MappingFact *mapping : facts_.mappings)
      if (mapping->users == key->referenced && key->referenced_columns.size() == 1 && key->referenced_columns[0] == mapping->id_column)
        one = facts_.text({column, " = proapp.current_user_id('", mapping->name, "')"});
    if (!one.empty() && !found.empty()) return {};  // whose row it is takes a decision
    if (!one.empty()) found = one;
  }
  return found;
}

const MembershipFact *PolicyReasoning::same_membership(const Term &term) const {
  const Query &query = *term.query;
  if (query.sources.size() != 1 || query.conditions.size() != 1 || query.targets.size() != 1) return nullptr;
  const Term &target = bare(*query.targets[0]), &condition = bare(*query.conditions[0]);
  for (const MembershipFact *membership : facts_.memberships) {
    if (membership->members == nullptr || query.sources[0].relation != membership->members->id) continue;
    if (target.kind == Kind::column && target.id == membership->members->id && target.number == membership->organization_column && condition.kind == Kind::operation &&
        compares(condition, *membership->members, membership->user_column))
      return membership;
  }
  return nullptr;
}

const ColumnFact *left_column(const PolicyFact &policy, const Term &term) {
  const Term *left = term.arguments.size() == 1 ? &bare(*term.arguments[0]) : nullptr;
  return left != nullptr && left->kind == Kind::column && left->id == policy.table->id ? policy.table->column(left->number) : nullptr;
}

}  // namespace proapp::core
