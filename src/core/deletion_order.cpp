#include "core/deletion_order.hpp"

#include <algorithm>

namespace proapp::core {

namespace {

// Tarjan, R.: Depth-first search and linear graph algorithms, SIAM J. Comput. 1(2), 1972. Components come out children first.
class Search {
 public:
  Search(Arena &arena, const Watch &watch, std::uint32_t count, std::span<const Following> references)
      : watch_(watch), first_(arena), followers_(arena), seen_(arena), low_(arena), open_(arena), order_(arena), cycle_(arena), cyclic_(arena) {
    first_.resize(count + 1, 0);
    for (const Following &reference : references) ++first_[reference.referenced + 1];
    for (std::uint32_t i = 0; i < count; ++i) first_[i + 1] += first_[i];
    followers_.resize(references.size(), 0);
    auto &next = arena.make<Vector<std::uint32_t>>(arena);
    next.assign(first_.begin(), first_.end());
    for (const Following &reference : references) followers_[next[reference.referenced]++] = reference.referencing;
    seen_.resize(count, 0);
    low_.resize(count, 0);
    cycle_.resize(count, 0);
    cyclic_.resize(count, false);
  }

  void visit(std::uint32_t relation) {
    watch_.descend();
    low_[relation] = seen_[relation] = ++clock_;
    open_.push_back(relation);
    for (std::uint32_t i = first_[relation]; i < first_[relation + 1]; ++i) {
      const std::uint32_t follower = followers_[i];
      if (follower == relation) cyclic_[relation] = true;
      if (seen_[follower] == 0) visit(follower);
      if (cycle_[follower] == 0) low_[relation] = std::min(low_[relation], low_[follower]);
    }
    if (low_[relation] != seen_[relation]) return;
    ++cycles_;
    const bool alone = open_.back() == relation;
    for (std::uint32_t member = relation + 1; member != relation;) {
      member = open_.back();
      open_.pop_back();
      cycle_[member] = cycles_;
      if (!alone) cyclic_[member] = true;
      order_.push_back(member);
    }
  }

  DeletionOrder found() const { return {order_.span(), cycle_.span(), cyclic_.span()}; }

 private:
  const Watch &watch_;
  Vector<std::uint32_t> first_, followers_;  // those of relation i stand from first_[i] on
  Vector<std::uint32_t> seen_, low_;         // 0: not seen
  Vector<std::uint32_t> open_, order_;
  Vector<std::uint32_t> cycle_;  // 0: not known yet
  Vector<bool> cyclic_;
  std::uint32_t clock_ = 0, cycles_ = 0;
};

}  // namespace

DeletionOrder deletion_order(Arena &arena, const Watch &watch, std::uint32_t root, std::uint32_t count, std::span<const Following> references) {
  Search &search = arena.make<Search>(arena, watch, count, references);
  search.visit(root);
  return search.found();
}

}  // namespace proapp::core
