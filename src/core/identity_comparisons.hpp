// Comparisons of different kinds of ids in an expression and everything below it: with operators, in lists and sub-selects, and as arguments of functions
// that compare them inside.
#pragma once
#include "core/domains.hpp"

namespace proapp::core {

struct TermMismatch {
  const Term *left, *right;  // `right` may be a call that takes `left` as an argument
  Domain left_domain, right_domain;
  bool negated;  // holds where the two differ
};

class Comparisons {
 public:
  Comparisons(Domains &domains, const Facts &facts) : domains_(domains), facts_(facts), found_(facts.arena) {}
  void read(const Term &term) { walk(term, false, 0); }
  void read(const Query &query) { walk(query, false, 0); }
  std::span<const TermMismatch> found() const { return found_.span(); }
  static constexpr int longest = 200000;  // steps: what views share is walked as often as it is used

 private:
  static constexpr int deepest = 512;
  void walk(const Term &term, bool negated, int depth);
  void walk(const Query &query, bool negated, int depth);
  void compare(const Term &left, const Term &right, bool negated);
  void compare_arguments(const Term &call, bool negated);
  void put(const TermMismatch &mismatch);

  Domains &domains_;
  const Facts &facts_;
  Vector<TermMismatch> found_;
  int steps_ = 0;
};

}  // namespace proapp::core
