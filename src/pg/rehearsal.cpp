#include "pg/rehearsal.hpp"

#include "pg/attempt.hpp"

extern "C" {
#include <storage/latch.h>
#include <utils/timeout.h>
}

namespace proapp::pg {

static volatile sig_atomic_t fired = false;
static bool rehearsing = false;

bool is_rehearsing() { return rehearsing; }

// In a signal handler: as a cancel from elsewhere, which the work notices where it can be stopped.
static void stop_work() {
  fired = true;
  InterruptPending = true;
  QueryCancelPending = true;
  SetLatch(MyLatch);
}

static TimeoutId timer() {
  static bool registered = false;
  static TimeoutId id;
  if (!registered) id = RegisterTimeout(USER_TIMEOUT, stop_work);
  registered = true;
  return id;
}

// When the work had ended and the alarm came after that, there is nothing left to stop.
static void end_rehearsal() {
  disable_timeout(timer(), false);
  if (fired) QueryCancelPending = false;
  rehearsing = false;
}

Rehearsal rehearse(void (*work)(void *), void *argument, int milliseconds) {
  const MemoryContext context = CurrentMemoryContext;
  Subtransaction subtransaction;
  ErrorData *volatile error = nullptr;
  fired = false;
  rehearsing = true;
  enable_timeout_after(timer(), Max(milliseconds, 1));
  PG_TRY();
  {
    work(argument);
    end_rehearsal();
  }
  PG_CATCH();
  {
    end_rehearsal();
    MemoryContextSwitchTo(context);
    error = CopyErrorData();
    FlushErrorState();
  }
  PG_END_TRY();
  subtransaction.take_back();
  const bool cancelled = error != nullptr && (error->sqlerrcode == ERRCODE_QUERY_CANCELED || error->sqlerrcode == ERRCODE_ADMIN_SHUTDOWN);
  if (cancelled && !(fired && error->sqlerrcode == ERRCODE_QUERY_CANCELED)) ReThrowError(error);
  return {error, cancelled};
}

}  // namespace proapp::pg
