#include "pg/boundary.hpp"

#include "catalog/collect.hpp"
#include "catalog/manifest.hpp"
#include "drift/comparison.hpp"

#include <algorithm>

namespace proapp::drift {

void Against::take(const core::Object &object) {
  const core::Digests digests = core::digest(object, scratch_);
  Category &category = categories_.at(catalog::category(object));
  category.actual += 1;
  const auto found = std::lower_bound(expected_.begin(), expected_.end(), object, [](const Entry &entry, const core::Object &o) { return core::before(entry.object, o); });
  const bool known = found != expected_.end() && !core::before(object, found->object);
  if (known) {
    found->seen = true;
    if (found->digests.digest == digests.digest && found->digests.aside == digests.aside) {
      found->same = true;
      return;
    }
  }
  // A difference that a restore can make does not spoil the checklist.
  if (!known || found->digests.digest != digests.digest) (known ? category.changed : category.unexpected) += 1;
  different_.push_back(core::copy(arena_, object));
}

std::span<core::Object> Against::different() {
  std::sort(different_.begin(), different_.end(), core::before);
  return {different_.data(), different_.size()};
}

std::span<const Entry *const> Against::not_the_same() {
  auto &entries = arena_.make<core::Vector<const Entry *>>(arena_);
  for (const Entry &entry : expected_)
    if (!entry.same) entries.push_back(&entry);
  return entries.span();
}

Categories &Against::categories() {
  for (const Entry &entry : expected_) {
    Category &category = categories_.at(entry.category);
    category.expected += 1;
    category.missing += !entry.seen;
  }
  return categories_;
}

Against &compare(pg::ContextArena &arena, const Baseline &baseline) {
  refuse_other_major(baseline);
  for (Entry &entry : baseline.entries) entry.seen = entry.same = false;
  auto &selection = arena.make<core::Selection>(arena, baseline.selectors);
  auto &against = arena.make<Against>(arena, baseline.entries);
  catalog::collect(arena, selection, against);
  return against;
}

Differing differing(pg::ContextArena &arena, const Baseline &baseline) {
  Against &against = compare(arena, baseline);
  const auto entries = against.not_the_same();
  const std::span<const core::Object> expected = entries.empty() ? std::span<const core::Object>{} : load_definitions(arena, baseline, entries);
  const std::span<core::Object> actual = against.different();
  catalog::resolve(arena, actual);
  return {expected, actual};
}

}  // namespace proapp::drift
