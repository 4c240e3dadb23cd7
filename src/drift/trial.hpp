// A repair, tried: rounds of statements in a subtransaction until nothing differs from the baseline.
#pragma once
#include "pg/postgres.hpp"

#include "drift/baseline.hpp"
#include "pg/context_arena.hpp"

namespace proapp::drift {

// Costs that somebody must have allowed before they are paid.
struct Allowed {
  bool row_loss, rewrite;
  bool imported;  // statements that come from elsewhere
};

struct Trial {
  struct Step {
    std::string_view statement;  // empty: a difference that stays
    std::string_view hazard;     // those that are real here and now
    std::string_view reason;     // why it stays, or what must be allowed
    bool forbidden;              // costs what nobody allowed
  };
  std::span<const Step> steps;  // in the order in which they went through; then what stays
  bool proven;                  // nothing differs any more but what no digest covers
  bool forbidden;               // a step costs what nobody allowed
};

// As the caller, in its rights, in a subtransaction that the caller of this began and ends. What fails is told in a step; cancels, deadlocks and serialization failures are raised.
Trial try_repair(pg::ContextArena &arena, const Baseline &baseline, const Allowed &allowed);

}  // namespace proapp::drift
