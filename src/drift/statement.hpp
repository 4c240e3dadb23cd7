// One statement of a repair, run, with what it costs.
#pragma once
#include "pg/postgres.hpp"

#include "core/plan.hpp"
#include "pg/context_arena.hpp"

namespace proapp::drift {

struct Outcome {
  std::string_view error;    // empty: it went through; otherwise all it did is taken back
  std::string_view hazards;  // those that are real, with commas
  bool row_loss = false, rewrite = false;
};

// Takes the lock before it looks for rows, so that none can come in between.
Outcome run_step(pg::ContextArena &arena, const core::Step &step);

}  // namespace proapp::drift
