// Ranges in what is sorted.
#pragma once
#include <algorithm>
#include <span>

namespace proapp::core {

// The items whose projection equals `value`; sorted by that projection.
template <class T, class Value, class Projection>
std::span<const T> equal_items(std::span<const T> sorted, const Value &value, Projection projection) {
  const auto begin = std::ranges::lower_bound(sorted, value, {}, projection);
  return {begin, std::ranges::upper_bound(begin, sorted.end(), value, {}, projection)};
}

}  // namespace proapp::core
