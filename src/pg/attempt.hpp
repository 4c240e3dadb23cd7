// What may fail without failing the statement it serves.
#pragma once
#include "pg/postgres.hpp"

namespace proapp::pg {

// Runs `work` in a subtransaction. True: it is kept. False: it raised an error, is taken back, and a WARNING with that error as DETAIL was given.
// A cancel is no failure of ours and is raised again. `work` throws no C++ exception: a handler of the server's is open around it.
bool attempt(void (*work)(void *), void *argument, const char *warning);

}  // namespace proapp::pg
