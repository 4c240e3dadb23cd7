#include "pg/attempt.hpp"

#include "pg/boundary.hpp"

extern "C" {
#include <access/xact.h>
#include <utils/resowner.h>
}

namespace proapp::pg {

Subtransaction::Subtransaction() : context_(CurrentMemoryContext), owner_(CurrentResourceOwner) {
  BeginInternalSubTransaction(nullptr);
  MemoryContextSwitchTo(context_);
}

void Subtransaction::keep() {
  ReleaseCurrentSubTransaction();
  MemoryContextSwitchTo(context_);
  CurrentResourceOwner = owner_;
}

void Subtransaction::take_back() {
  RollbackAndReleaseCurrentSubTransaction();
  MemoryContextSwitchTo(context_);
  CurrentResourceOwner = owner_;
}

// What is thrown becomes PostgreSQL's error behind the catch block, as at the door (boundary.hpp).
static void raise_what_is_thrown(void (*work)(void *), void *argument) {
  Failure failure;
  try {
    work(argument);
    return;
  } catch (...) {
    describe_current_exception(failure);
  }
  failure.raise();
}

void Subtransaction::run(void (*work)(void *), void *argument) {
  PG_TRY();
  {
    raise_what_is_thrown(work, argument);
  }
  PG_CATCH();
  {
    MemoryContextSwitchTo(context_);
    ErrorData *error = CopyErrorData();
    FlushErrorState();
    take_back();
    ReThrowError(error);
  }
  PG_END_TRY();
}

static bool concerns_the_caller(int code) {
  return code == ERRCODE_QUERY_CANCELED || code == ERRCODE_ADMIN_SHUTDOWN || code == ERRCODE_CRASH_SHUTDOWN || code == ERRCODE_T_R_DEADLOCK_DETECTED ||
         code == ERRCODE_T_R_SERIALIZATION_FAILURE || code == ERRCODE_OUT_OF_MEMORY;
}

ErrorData *attempt(void (*work)(void *), void *argument) {
  const MemoryContext context = CurrentMemoryContext;
  Subtransaction subtransaction;
  ErrorData *volatile error = nullptr;
  PG_TRY();
  {
    work(argument);
    subtransaction.keep();
  }
  PG_CATCH();
  {
    MemoryContextSwitchTo(context);
    error = CopyErrorData();
    FlushErrorState();
    subtransaction.take_back();
  }
  PG_END_TRY();
  if (error != nullptr && concerns_the_caller(error->sqlerrcode)) ReThrowError(error);
  return error;
}

}  // namespace proapp::pg
