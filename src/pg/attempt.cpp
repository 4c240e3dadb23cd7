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
  { raise_what_is_thrown(work, argument); }
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
  if (error != nullptr && (error->sqlerrcode == ERRCODE_QUERY_CANCELED || error->sqlerrcode == ERRCODE_ADMIN_SHUTDOWN)) ReThrowError(error);
  return error;
}

void attempt_or_warn(void (*work)(void *), void *argument, const char *warning) {
  if (const ErrorData *error = attempt(work, argument)) ereport(WARNING, (errcode(error->sqlerrcode), errmsg_internal("%s", warning), errdetail_internal("%s", error->message)));
}

}  // namespace proapp::pg
