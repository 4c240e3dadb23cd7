#include "core/identity_comparisons.hpp"

#include <algorithm>

namespace proapp::core {

using Kind = Term::Kind;

static bool compares(std::string_view name) { return name == "=" || name == "<>" || name == "@>" || name == "<@" || name == "&&"; }

void Comparisons::put(const TermMismatch &mismatch) {
  const bool known = std::ranges::any_of(found_, [&](const TermMismatch &one) { return one.left == mismatch.left && one.right == mismatch.right; });
  if (!known) found_.push_back(mismatch);
}

void Comparisons::compare(const Term &left, const Term &right, bool negated) {
  const Domain a = domains_.of(left), b = domains_.of(right);
  if (!domains_.differ(a, b)) return;
  const auto is_key = [](const Term &term, Domain domain) { return bare(term).kind == Kind::column && bare(term).id == domain.relation && bare(term).number == domain.number; };
  if (is_key(left, a) && is_key(right, b)) return;  // two tables may share a key without saying so
  put({&left, &right, a, b, negated});
}

// f(auth.uid()) where f compares its argument with ids of another table.
void Comparisons::compare_arguments(const Term &call, bool negated) {
  const FunctionFact *called = facts_.function(call.id);
  if (called == nullptr || call.arguments.empty()) return;
  const std::span<const Domain> takes = domains_.parameters(*called);
  for (std::size_t i = 0; i < takes.size() && i < call.arguments.size(); ++i)
    if (const Domain given = domains_.of(*call.arguments[i]); domains_.differ(given, takes[i])) put({call.arguments[i], &call, given, takes[i], negated});
}

void Comparisons::walk(const Query &query, bool negated, int depth) {
  for (const Term *term : query.conditions) walk(*term, negated, depth + 1);
  for (const Term *term : query.targets) walk(*term, negated, depth + 1);
  for (const Source &source : query.sources) {
    if (source.query != nullptr) walk(*source.query, negated, depth + 1);
    if (source.function != nullptr) walk(*source.function, negated, depth + 1);
  }
  for (const Query *part : query.parts)
    if (part != nullptr) walk(*part, negated, depth + 1);
}

void Comparisons::walk(const Term &term, bool negated, int depth) {
  if (depth > deepest || ++steps_ > longest) return;
  if (term.kind == Kind::call) compare_arguments(term, negated);
  if (term.kind == Kind::operation && term.arguments.size() == 2) {
    const std::string_view name = facts_.operator_name(term.id);
    if (compares(name)) compare(*term.arguments[0], *term.arguments[1], negated != (name == "<>" || term.number == 3));
  }
  if (term.kind == Kind::sub_select && (term.number == 1 || term.number == 2) && term.arguments.size() == 1 && term.query != nullptr && !term.query->targets.empty()) {
    const std::string_view name = facts_.operator_name(term.id);
    if (compares(name)) compare(*term.arguments[0], *term.query->targets[0], negated != (name == "<>"));
  }
  const bool flips = term.kind == Kind::negation || (term.kind == Kind::boolean_test && (term.number == 1 || term.number == 2));
  for (const Term *argument : term.arguments) walk(*argument, negated != flips, depth + 1);
  if (term.query != nullptr) walk(*term.query, negated, depth + 1);
}

}  // namespace proapp::core
