// What a deletion meets beside the rows that go: rows that forbid it, rows that only lose their reference, and what makes a table unfit.
#pragma once
#include "deletion/closure.hpp"

namespace proapp::deletion {

// Rows that stay and have columns of a reference set to null or to their default.
struct Update {
  const Reference *reference;
  RowSet *rows;
};

struct Obstacle {
  uint32_t table;  // whose rows are kept from going
  const char *relation, *via;
  uint64 count;  // of the rows that forbid
  const char *detail;
  const char *message;      // the application's own; null: none
  int sqlstate;             // where there is no such message
  bool of_another = false;  // the rows that would go carry another root's key
};

struct Obstacles {
  core::Vector<Obstacle> &blocking;
  core::Vector<Update> &updates;
};

// Reads and locks as find_going() does, after it.
Obstacles find_obstacles(core::Arena &arena, Closure &closure);

}  // namespace proapp::deletion
