#include "core/check.hpp"

#include <algorithm>
#include <tuple>

namespace proapp::core {

std::string_view severity_text(FindingSeverity severity) {
  static constexpr std::string_view texts[] = {"critical", "high", "medium", "low"};
  return texts[static_cast<std::size_t>(severity)];
}

void Findings::run(const Facts &facts, const Check &check) {
  const std::size_t before = found_.size(), asked = facts.unprinted.count();
  check_ = &check;
  check.run(facts, *this);
  if (facts.unprinted.count() == asked) return;
  found_.resize(before);
  again_.push_back(&check);
}

bool Findings::again(const Facts &facts) {
  Vector<const Check *> &checks = facts.arena.make<Vector<const Check *>>(again_);
  again_.clear();
  for (const Check *check : checks) run(facts, *check);
  return !again_.empty();
}

std::span<Finding> Findings::sorted() {
  const auto once = [](const Finding &f) { return std::tuple(f.check->id, f.object, f.severity); };
  std::stable_sort(found_.begin(), found_.end(), [&](const Finding &a, const Finding &b) { return once(a) < once(b); });
  const auto end = std::unique(found_.begin(), found_.end(), [](const Finding &a, const Finding &b) { return a.check == b.check && a.object == b.object; });
  found_.resize(static_cast<std::size_t>(end - found_.begin()));
  const auto worst = [](const Finding &f) { return std::tuple(f.severity, f.check->id, f.object); };
  std::stable_sort(found_.begin(), found_.end(), [&](const Finding &a, const Finding &b) { return worst(a) < worst(b); });
  return {found_.data(), found_.size()};
}

}  // namespace proapp::core
