// Which kinds of ids functions take: what their arguments are compared with inside.
#include "core/body_domains.hpp"
#include "core/domains.hpp"

namespace proapp::core {

using Kind = Term::Kind;

static constexpr int longest = 200000;

std::span<const Domain> Domains::by_queries(const FunctionFact &function, bool inside) {
  auto &meant = facts_.arena.make<Vector<Meant>>(facts_.arena);
  meant.resize(function.argument_types.size());
  const auto add = [&](const Term &maybe, const Term &other) {
    const Term &inner = bare(maybe);
    if (inner.kind == Kind::parameter && inner.number >= 1 && static_cast<std::size_t>(inner.number) <= meant.size())
      meant[static_cast<std::size_t>(inner.number) - 1].add(of(other), bare(other).kind == Kind::column);
  };
  int steps = 0;
  const auto look = [&](const Term &term) {
    if (term.kind == Kind::operation && term.arguments.size() == 2 && (facts_.operator_name(term.id) == "=" || facts_.operator_name(term.id) == "<>")) {
      add(*term.arguments[0], *term.arguments[1]);
      add(*term.arguments[1], *term.arguments[0]);
    }
    return ++steps > longest;
  };
  for (const Query *query : function.queries) any_part(*query, look);
  auto &holds = facts_.arena.make<Vector<Domain>>(facts_.arena);
  for (const Meant &one : meant) holds.push_back(inside || !one.mixed() ? one.result() : Domain{});
  return holds.span();
}

std::span<const Domain> Domains::parameters(const FunctionFact &function) {
  const bool is_ours = function.of_schema != nullptr && !function.of_schema->system && function.extension.empty() && !function.argument_types.empty();
  if (!is_ours || nested_ >= most_nested) return {};
  if (const auto *known = taken_.find(function.id)) return *known;
  taken_.at(function.id) = {};
  ++nested_;
  std::span<const Domain> found;
  if (!function.queries.empty()) {
    const auto before = parameters_;
    parameters_ = {};
    found = by_queries(function, false);
    parameters_ = before;
  } else if (function.language == "plpgsql" && !function.source.empty()) {
    const BodyText &body = facts_.body(function);
    found = facts_.arena.make<BodyDomains>(*this, body, &function, nullptr).parameters();
  }
  --nested_;
  taken_.at(function.id) = found;
  return found;
}

}  // namespace proapp::core
