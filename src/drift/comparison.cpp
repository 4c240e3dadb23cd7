#include "pg/boundary.hpp"

#include "catalog/collect.hpp"
#include "catalog/manifest.hpp"
#include "drift/comparison.hpp"

#include <algorithm>

namespace proapp::drift {

namespace {

// Compares digests while the catalogs are read and keeps only what differs.
class Against final : public catalog::Sink {
 public:
  Against(core::Arena &arena, std::span<Entry> expected) : arena_(arena), expected_(expected), scratch_(arena), different_(arena), categories_(arena) {}

  void take(const core::Object &object) override {
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

  std::span<core::Object> different() {
    std::sort(different_.begin(), different_.end(), core::before);
    return {different_.data(), different_.size()};
  }

  // What the baseline has and the database has otherwise, or not at all.
  std::span<const Entry *const> not_the_same() {
    auto &entries = arena_.make<core::Vector<const Entry *>>(arena_);
    for (const Entry &entry : expected_)
      if (!entry.same) entries.push_back(&entry);
    return entries.span();
  }

  Categories &categories() {
    for (const Entry &entry : expected_) {
      Category &category = categories_.at(entry.category);
      category.expected += 1;
      category.missing += !entry.seen;
    }
    return categories_;
  }

 private:
  core::Arena &arena_;
  std::span<Entry> expected_;
  core::Bytes scratch_;
  core::Vector<core::Object> different_;
  Categories categories_;
};

Against &read_catalogs(pg::ContextArena &arena, const Baseline &baseline) {
  for (Entry &entry : baseline.entries) entry.seen = entry.same = false;
  auto &selection = arena.make<core::Selection>(arena, baseline.selectors);
  auto &against = arena.make<Against>(arena, baseline.entries);
  catalog::collect(arena, selection, against);
  return against;
}

}  // namespace

Comparison compare(pg::ContextArena &arena, const Baseline &baseline) {
  Against &against = read_catalogs(arena, baseline);
  const auto entries = against.not_the_same();
  const std::span<const core::Object> expected = entries.empty() ? std::span<const core::Object>{} : load_definitions(arena, baseline, entries);
  return {expected, against.different()};
}

Categories &count_differences(pg::ContextArena &arena, const Baseline &baseline) { return read_catalogs(arena, baseline).categories(); }

}  // namespace proapp::drift
