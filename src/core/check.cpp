#include "core/check.hpp"

#include <algorithm>
#include <tuple>

namespace proapp::core {

std::string_view severity_text(FindingSeverity severity) {
  static constexpr std::string_view texts[] = {"critical", "high", "medium", "low"};
  return texts[static_cast<std::size_t>(severity)];
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
