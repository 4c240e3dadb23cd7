#include "pg/boundary.hpp"

#include <cstring>
#include <exception>
#include <new>
#include <stdexcept>

namespace proapp::pg {

static void describe(core::Error &into, const char *sqlstate, const char *message) noexcept {
  std::strncpy(into.sqlstate, sqlstate, sizeof into.sqlstate - 1);
  std::strncpy(into.message, message, sizeof into.message - 1);
}

void describe_current_exception(Failure &into) noexcept {
  into.error = {};
  into.cancelled = false;
  try {
    throw;
  } catch (const core::Error &e) {
    into.error = e;
  } catch (const core::Cancelled &) {
    into.cancelled = true;
  } catch (const std::bad_alloc &) {
    describe(into.error, "53200", "out of memory");
  } catch (const std::length_error &) {
    describe(into.error, "53200", "out of memory");
  } catch (const std::exception &e) {
    describe(into.error, "XX000", e.what());
  } catch (...) {
    describe(into.error, "XX000", "unknown C++ exception");
  }
}

// What the server raised while core polled for interrupts, kept until the C++ frames are gone. One compute phase runs at a time.
static ErrorData *interruption = nullptr;

static bool server_interrupts() noexcept {
  const MemoryContext context = CurrentMemoryContext;
  PG_TRY();
  { ProcessInterrupts(); }
  PG_CATCH();
  {
    MemoryContextSwitchTo(context);
    interruption = CopyErrorData();
    FlushErrorState();
  }
  PG_END_TRY();
  return interruption != nullptr;
}

// Core's frames may not be jumped over, so the server's answer to an interrupt is caught here, thrown through core as Cancelled and raised again at
// the door. Asking the server instead of reading its flags knows every kind there is (cancel, timeouts, a lost client, a recovery conflict) in its own
// words, and serves those that must not wait for us, such as another session's DROP DATABASE.
static bool stop() noexcept {
  if (!INTERRUPTS_PENDING_CONDITION()) return false;
  interruption = nullptr;
  return server_interrupts();
}

static bool too_deep() noexcept { return stack_is_too_deep(); }

const core::Watch watch = {stop, too_deep};

// "00000" and friends would tell the client that all is well.
static bool is_error_code(const char *code) {
  for (int i = 0; i < 5; ++i)
    if (!(code[i] >= '0' && code[i] <= '9') && !(code[i] >= 'A' && code[i] <= 'Z')) return false;
  return strncmp(code, "00", 2) != 0 && strncmp(code, "01", 2) != 0 && strncmp(code, "02", 2) != 0;
}

void Failure::raise() const {
  // A throw out of a PG_TRY block leaves these pointing into frames that are gone.
  PG_exception_stack = handler;
  error_context_stack = callbacks;
  if (cancelled) {
    ErrorData *const original = interruption;
    interruption = nullptr;
    if (original != nullptr) ReThrowError(original);
    CHECK_FOR_INTERRUPTS();
    ereport(ERROR, (errcode(ERRCODE_QUERY_CANCELED), errmsg("canceling statement due to user request")));
  }
  const char *s = is_error_code(error.sqlstate) ? error.sqlstate : "XX000";
  ereport(ERROR, (errcode(MAKE_SQLSTATE(s[0], s[1], s[2], s[3], s[4])), errmsg_internal("%s", error.message), error.detail[0] ? errdetail_internal("%s", error.detail) : 0,
                  error.hint[0] ? errhint("%s", error.hint) : 0));
  pg_unreachable();
}

}  // namespace proapp::pg
