// The background worker that runs one deferred statement: no function or procedure can run it.
#pragma once
#include "pg/postgres.hpp"

namespace proapp::migration {

// Runs it in a worker that comes in as the session's user and becomes the role that kept the statement, and waits. What came of it is in
// proapp_data.deferred_statements; a statement that another worker is running is left alone. The caller holds no snapshot, for which the statement would wait.
// Raises 53000 where no worker is free. A cancel ends the worker.
void run_in_worker(int64 number);

}  // namespace proapp::migration
