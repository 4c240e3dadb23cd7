// What was kept of a tenant before it is erased: rows that earlier deletions archived, and holds that are over.
#pragma once
#include "deletion/closure.hpp"

extern "C" {
#include <utils/uuid.h>
}

namespace proapp::deletion {

struct Kept {
  uint64 deletions, rows, holds;
  bool is_none() const { return deletions == 0 && rows == 0 && holds == 0; }
};

// The tenant's are: what was archived of a row that goes; archived rows that reference one that goes, or one of the tenant's that was archived, by a
// key or a registered reference; and all of a deletion whose own row was the tenant's, or goes. `own`: the deletion that erases.
// Between spi_begin() and spi_end().
Kept count_kept(const Closure &closure, const pg_uuid_t &own);
Kept forget_kept(const Closure &closure, const pg_uuid_t &own);

}  // namespace proapp::deletion
