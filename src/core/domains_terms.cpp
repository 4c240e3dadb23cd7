// Which kind of id an expression gives.
#include "core/body_domains.hpp"
#include "core/domains.hpp"

namespace proapp::core {

using Kind = Term::Kind;

static constexpr int deepest = 64, longest = 10000;
static constexpr Domain auth_id = {Domain::Kind::auth, 0, 0};

Domain Domains::of(const Term &term) {
  steps_ = 0;
  return of(term, 0);
}

static std::string_view constant_text(std::span<const Term *const> arguments, std::size_t at) {
  if (at >= arguments.size()) return {};
  const Term &argument = bare(*arguments[at]);
  return argument.kind == Kind::constant ? argument.text : std::string_view{};
}

// auth.jwt(), or the setting that holds all claims.
bool Domains::is_claims(const Term &term, int depth) const {
  const Term &inner = essence(term);
  if (depth > deepest) return false;
  if (inner.kind == Kind::call) {
    const FunctionFact *called = facts_.function(inner.id);
    if (called == nullptr || called->of_schema == nullptr) return false;
    return (called->of_schema->name == "auth" && called->name == "jwt") || (called->name == "current_setting" && constant_text(inner.arguments, 0) == "request.jwt.claims");
  }
  const bool passes_on = inner.kind == Kind::coalesce || inner.kind == Kind::other;  // NULLIF
  return passes_on && !inner.arguments.empty() && is_claims(*inner.arguments[0], depth + 1);
}

Domain Domains::of_view(const TableFact &view, int number, int depth) {
  if (view.queries.empty() || number <= 0 || static_cast<std::size_t>(number) > view.queries[0]->targets.size()) return {};
  return of(*view.queries[0]->targets[static_cast<std::size_t>(number) - 1], depth + 1);
}

Domain Domains::named_result(const FunctionFact &function, std::string_view argument) {
  if (&function == auth_uid_) return auth_id;
  if (function.of_schema == nullptr) return {};
  if (function.name == "current_setting" && function.of_schema->name == "pg_catalog") return argument == "request.jwt.claim.sub" ? auth_id : Domain{};
  if (function.of_schema->name != "proapp") return {};
  if (function.name == "auth_id") return auth_id;
  if (function.name == "current_user_id" || function.name == "current_user_key")
    for (const MappingFact *mapping : facts_.mappings)
      if (mapping->name == argument) return column(mapping->users, mapping->id_column);
  if (function.name == "current_organizations")
    for (const MembershipFact *membership : facts_.memberships)
      if (membership->name == argument) return column(membership->members, membership->organization_column);
  return {};
}

Domain Domains::of_call(const Term &call, int depth) {
  const FunctionFact *called = facts_.function(call.id);
  if (called == nullptr) return {};
  if (const Domain known = named_result(*called, constant_text(call.arguments, 0))) return known;
  const bool built_in = called->of_schema != nullptr && called->of_schema->name == "pg_catalog";
  if (built_in && (called->name == "unnest" || called->name == "lower") && call.arguments.size() == 1) return of(*call.arguments[0], depth + 1);
  return result(*called);
}

Domain Domains::of(const Term &term, int depth) {
  if (depth > deepest || ++steps_ > longest) return {};
  switch (term.kind) {
    case Kind::column: {
      const TableFact *table = facts_.table(term.id);
      if (table == nullptr || term.number <= 0) return {};
      return table->kind == 'v' || table->kind == 'm' ? of_view(*table, term.number, depth) : column(table, term.number);
    }
    case Kind::cast:
      return term.arguments.empty() ? Domain{} : of(*term.arguments[0], depth + 1);
    case Kind::call:
      return of_call(term, depth);
    case Kind::operation:
      if (facts_.operator_name(term.id) == "->>" && constant_text(term.arguments, 1) == "sub" && is_claims(*term.arguments[0], depth)) return auth_id;
      return {};
    case Kind::coalesce:
    case Kind::choice:
    case Kind::array: {
      Agreement agreement;
      for (std::size_t i = 0; i < term.arguments.size(); ++i) {
        const bool condition = term.kind == Kind::choice && i % 2 == 0 && i + 1 < term.arguments.size();
        const Term &part = bare(*term.arguments[i]);
        if (!condition && !(part.kind == Kind::constant && part.is_null)) agreement.add(of(part, depth + 1));
      }
      return agreement.result();
    }
    case Kind::sub_select: {
      const bool of_values = term.number == 4 || term.number == 6;  // scalar, ARRAY
      return of_values && term.query != nullptr && !term.query->targets.empty() ? of(*term.query->targets[0], depth + 1) : Domain{};
    }
    case Kind::parameter: {
      const auto number = static_cast<std::size_t>(term.number);
      return number > 0 && number <= parameters_.size() ? parameters_[number - 1] : Domain{};
    }
    case Kind::other: {
      // NULLIF with a constant; the column of a function in FROM, or of all branches of UNION.
      const bool nullif = term.arguments.size() == 2 && bare(*term.arguments[1]).kind == Kind::constant;
      if (nullif) return of(*term.arguments[0], depth + 1);
      Agreement agreement;
      for (const Term *branch : term.arguments) agreement.add(term.type != 0 && branch->type == term.type ? of(*branch, depth + 1) : Domain{});
      return agreement.result();
    }
    default:
      return {};
  }
}

Domain Domains::result(const FunctionFact &function) {
  if (const Domain *known = results_.find(function.id)) return *known;
  if (nested_ >= most_nested) return {};
  ++nested_;
  results_.at(function.id) = {};  // what a recursive one sees of itself
  const auto parameters = parameters_;
  const int steps = steps_;
  parameters_ = {};
  Domain found;
  if (!function.queries.empty()) {
    const Query &last = *function.queries.back();
    if (last.command == 1 && last.targets.size() == 1) found = of(*last.targets[0]);
  } else if (function.language == "plpgsql" && !function.returns_trigger && !function.source.empty()) {
    const BodyText &body = facts_.body(function);
    found = facts_.arena.make<BodyDomains>(*this, body, &function, nullptr).result();
  }
  parameters_ = parameters;
  steps_ = steps;
  --nested_;
  results_.at(function.id) = found;
  return found;
}

}  // namespace proapp::core
