// A part of a deletion that can be committed by itself: rows with all that goes with them, as many as fit.
#pragma once
#include "deletion/examination.hpp"

namespace proapp::deletion {

// What a batch learns for the next one: how many rows of a table bring how many along.
struct Guess {
  Oid table;
  uint64 rows;
};

struct Batch {
  Examination *examination;  // null where there is no such row (any more)
  bool is_last;              // the root goes with it
};

// Locks and examines the next batch of about `size` rows. One row with what it takes along, and rows in a cycle, may be more: only then is a batch bigger.
// Raises as examine() does.
Batch next_batch(core::Arena &arena, const Request &request, uint64 size, Guess &guess);

}  // namespace proapp::deletion
