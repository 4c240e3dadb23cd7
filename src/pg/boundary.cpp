#include "pg/boundary.hpp"

#include <cstring>
#include <exception>
#include <new>

namespace proapp::pg {

static void describe(core::Error &into, const char *sqlstate, const char *message) noexcept {
  std::strncpy(into.sqlstate, sqlstate, sizeof into.sqlstate - 1);
  std::strncpy(into.message, message, sizeof into.message - 1);
}

void describe_current_exception(Failure &into) noexcept {
  std::memset(&into, 0, sizeof into);
  try {
    throw;
  } catch (const core::Error &e) {
    into.error = e;
  } catch (const core::Cancelled &) {
    into.cancelled = true;
  } catch (const std::bad_alloc &) {
    describe(into.error, "53200", "out of memory");
  } catch (const std::exception &e) {
    describe(into.error, "XX000", e.what());
  } catch (...) {
    describe(into.error, "XX000", "unknown C++ exception");
  }
}

void Failure::raise() const {
  if (cancelled) {
    CHECK_FOR_INTERRUPTS();  // raises the server's own message: user request, statement timeout, recovery conflict
    ereport(ERROR, (errcode(ERRCODE_QUERY_CANCELED), errmsg("canceling statement due to user request")));
  }
  const char *s = error.sqlstate;
  ereport(ERROR, (errcode(MAKE_SQLSTATE(s[0], s[1], s[2], s[3], s[4])), errmsg_internal("%s", error.message), error.detail[0] ? errdetail_internal("%s", error.detail) : 0,
                  error.hint[0] ? errhint("%s", error.hint) : 0));
  pg_unreachable();
}

const core::Watch watch = {[]() noexcept { return QueryCancelPending || ProcDiePending; }, []() noexcept { return stack_is_too_deep(); }};

}  // namespace proapp::pg
