// Counts by category: what summaries print.
#pragma once
#include "core/arena.hpp"

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace proapp::drift {

struct Category {
  std::string_view name;
  std::int64_t expected = 0, actual = 0;
  std::int64_t missing = 0, unexpected = 0, changed = 0;
};

class Categories {
 public:
  explicit Categories(core::Arena &arena) : arena_(arena), all_(arena) {}

  // There are about twenty categories, so each is found by looking.
  Category &at(std::string_view name) {
    for (Category &category : all_)
      if (category.name == name) return category;
    all_.push_back({arena_.copy(name)});
    return all_.back();
  }

  std::span<const Category> sorted() {
    std::sort(all_.begin(), all_.end(), [](const Category &a, const Category &b) { return a.name < b.name; });
    return all_.span();
  }

 private:
  core::Arena &arena_;
  core::Vector<Category> all_;
};

}  // namespace proapp::drift
