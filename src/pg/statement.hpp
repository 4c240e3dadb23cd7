// A statement of ours that the executor runs for us, because SPI lets nobody choose: it reads named sets of rows, its snapshot is chosen, and so are the
// triggers that fire. The caller's rights and policies hold, whoever that is at the moment.
#pragma once
#include "pg/postgres.hpp"

extern "C" {
#include <nodes/parsenodes.h>
#include <tcop/dest.h>
#include <utils/queryenvironment.h>
#include <utils/reltrigger.h>
}

#include <type_traits>

namespace proapp::pg {

enum class Sees {
  caller,  // what the calling statement sees
  now,     // what committed before it, or, at higher isolation levels, before the transaction; and all that we did
  latest   // what committed before it, at every isolation level
};

struct Statement {
  const char *sql;  // one statement; names of tables and operators are qualified
  Sees sees = Sees::now;
  QueryEnvironment *sets = nullptr;
  DestReceiver *into = nullptr;                 // null: rows are thrown away
  bool (*fires)(const Trigger &) = nullptr;     // null: all triggers fire as usual
  void (*reshape)(Query *rewritten) = nullptr;  // what is changed after policies were added
};
static_assert(std::is_trivially_destructible_v<Statement>);

// The number of rows it touched or returned. Raises 0A000 where rules made several statements of it, or none.
uint64 run(const Statement &statement);

}  // namespace proapp::pg
