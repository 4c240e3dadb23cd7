// A subtransaction in which something may fail without taking the caller along.
#pragma once
#include "pg/postgres.hpp"

#include <type_traits>

namespace proapp::pg {

// As BEGIN … EXCEPTION of PL/pgSQL does: remembers what the subtransaction must not change for its caller. Somebody must end it, on an error too:
// whoever catches that further out knows nothing of it.
class Subtransaction {
 public:
  Subtransaction();
  void keep();
  void take_back();

  // Runs `work`, which may throw core's errors and raise PostgreSQL's: the subtransaction is taken back, and the error goes on.
  template <class Work>
  void run(Work work) {
    static_assert(std::is_trivially_destructible_v<Work>);
    run([](void *argument) { (*static_cast<Work *>(argument))(); }, &work);
  }

 private:
  void run(void (*work)(void *), void *argument);

  MemoryContext context_;
  ResourceOwner owner_;
};
static_assert(std::is_trivially_destructible_v<Subtransaction>);

// Runs `work` in a subtransaction. Null where it went well; otherwise all of it is taken back, and this is the error, in the current memory context.
// A cancel is nobody's failure and is raised again. `work` makes PostgreSQL calls only.
ErrorData *attempt(void (*work)(void *), void *argument);

template <class Work>
ErrorData *attempt(Work work) {
  static_assert(std::is_trivially_destructible_v<Work>);
  return attempt([](void *argument) { (*static_cast<Work *>(argument))(); }, &work);
}

// For what may fail without failing the statement it serves: the error is the DETAIL of a WARNING.
void attempt_or_warn(void (*work)(void *), void *argument, const char *warning);

}  // namespace proapp::pg
