#include "pg/attempt.hpp"

extern "C" {
#include <access/xact.h>
#include <utils/resowner.h>
}

namespace proapp::pg {

bool attempt(void (*work)(void *), void *argument, const char *warning) {
  const MemoryContext context = CurrentMemoryContext;
  const ResourceOwner owner = CurrentResourceOwner;
  ErrorData *volatile failure = nullptr;
  BeginInternalSubTransaction(nullptr);
  MemoryContextSwitchTo(context);
  PG_TRY();
  {
    work(argument);
    ReleaseCurrentSubTransaction();
  }
  PG_CATCH();
  {
    MemoryContextSwitchTo(context);
    failure = CopyErrorData();
    FlushErrorState();
    RollbackAndReleaseCurrentSubTransaction();
  }
  PG_END_TRY();
  MemoryContextSwitchTo(context);
  CurrentResourceOwner = owner;
  if (failure == nullptr) return true;
  if (failure->sqlerrcode == ERRCODE_QUERY_CANCELED) ReThrowError(failure);
  ereport(WARNING, (errcode(failure->sqlerrcode), errmsg_internal("%s", warning), errdetail_internal("%s", failure->message)));
  return false;
}

}  // namespace proapp::pg
