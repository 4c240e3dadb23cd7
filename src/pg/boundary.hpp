// The only door between PostgreSQL and C++.
//
// A PostgreSQL call may longjmp only over frames whose automatic objects are trivially destructible. A C++ exception lives
// only in C++ frames; enter() turns it into ereport after the catch block has closed (inside, the exception object would leak).
#pragma once
#include "pg/postgres.hpp"

#include "core/error.hpp"
#include "core/watch.hpp"

#include <type_traits>

namespace proapp::pg {

struct Failure {  // what crosses the door; plain bytes
  // The server's error handlers as they were at the door.
  sigjmp_buf *handler = PG_exception_stack;
  ErrorContextCallback *callbacks = error_context_stack;
  core::Error error;
  bool cancelled;
  // Error stays unwritten until there is one: a call that goes well pays for two pointers, not for three kilobytes.
  Failure() noexcept {}
  [[noreturn]] void raise() const;  // as a PostgreSQL error; a cancel becomes PostgreSQL's own
};
static_assert(std::is_trivially_destructible_v<Failure>);

void describe_current_exception(Failure &into) noexcept;  // inside a catch block only

template <Datum (*Body)(FunctionCallInfo)>
Datum enter(FunctionCallInfo fcinfo) {
  Failure failure;
  try {
    return Body(fcinfo);
  } catch (...) {
    describe_current_exception(failure);
  }
  failure.raise();
}

// The server's stop flag and stack limit, for core.
extern const core::Watch watch;

}  // namespace proapp::pg

#define PROAPP_EXPORT __attribute__((visibility("default")))
// Defines the SQL function `name`; its body follows: PROAPP_FUNCTION(name) { … uses fcinfo … }
#define PROAPP_FUNCTION(name)                                                     \
  static Datum name##_body(FunctionCallInfo fcinfo);                              \
  extern "C" {                                                                    \
  PROAPP_EXPORT const Pg_finfo_record *pg_finfo_##name(void);                     \
  const Pg_finfo_record *pg_finfo_##name(void) {                                  \
    static const Pg_finfo_record record = {1};                                    \
    return &record;                                                               \
  }                                                                               \
  PROAPP_EXPORT Datum name(PG_FUNCTION_ARGS);                                     \
  Datum name(PG_FUNCTION_ARGS) { return proapp::pg::enter<name##_body>(fcinfo); } \
  }                                                                               \
  static Datum name##_body([[maybe_unused]] FunctionCallInfo fcinfo)
