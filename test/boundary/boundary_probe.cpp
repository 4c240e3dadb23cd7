// Goes wrong on request, in each phase of a call and in each way there is, while large containers live in an arena.
// Only tests load this library: sql/boundary.sql, sql/identity_fuzz.sql and the valgrind session. What it proves: nothing that goes wrong crashes, leaks or loses its words.
#include "pg/boundary.hpp"

#include "core/arena.hpp"
#include "pg/context_arena.hpp"
#include "pg/rows.hpp"
#include "pg/text.hpp"

extern "C" {
PROAPP_EXPORT const Pg_magic_struct *Pg_magic_func(void);
PG_MODULE_MAGIC;
}

#include <cstdio>
#include <stdexcept>
#include <vector>

namespace proapp::probe {

using Numbers = core::Vector<int64>;

static Numbers &fill(core::Arena &arena, int size) {
  auto &numbers = arena.make<Numbers>(arena);
  for (int i = 0; i < size; ++i) numbers.push_back(i);
  return numbers;
}

static void raise_postgres_error() {
  ereport(ERROR, (errcode(ERRCODE_LOCK_NOT_AVAILABLE), errmsg("PostgreSQL says no"), errdetail("The detail of PostgreSQL."), errhint("The hint of PostgreSQL.")));
}

static void throw_exception(std::string_view failure) {
  if (failure == "error") core::fail("22023", "core says no", "The detail of core, with a percent sign: 100 %s.", "The hint of core.");
  if (failure == "no code") core::fail("00000", "core says no, and nothing is fine");
  if (failure == "bad_alloc") throw std::bad_alloc();
  if (failure == "standard") throw std::runtime_error("the standard library says no");
  if (failure == "unknown") throw 42;
}

// Other sessions cancel by the same signal.
static void cancel_myself() { DirectFunctionCall1(pg_cancel_backend, Int32GetDatum(MyProcPid)); }

static void wait_in_postgres() {
  for (;;) {
    CHECK_FOR_INTERRUPTS();
    pg_usleep(100);
  }
}

static void wait_in_core(const core::Watch &watch) {
  for (;;) watch.poll();
}

static void go_wrong_in_postgres_phase(std::string_view failure) {
  throw_exception(failure);
  if (failure == "postgres") raise_postgres_error();
  if (failure == "cancel") cancel_myself();
  if (failure == "cancel" || failure == "wait") wait_in_postgres();
}

static Numbers &read(core::Arena &arena, int size, std::string_view failure) {
  Numbers &numbers = fill(arena, size);
  go_wrong_in_postgres_phase(failure);
  return numbers;
}

static Numbers &compute(core::Arena &arena, const Numbers &input, const core::Watch &watch, std::string_view failure) {
  Numbers &doubled = fill(arena, static_cast<int>(input.size()));
  for (auto &number : doubled) number *= 2;
  throw_exception(failure);
  if (failure == "postgres") raise_postgres_error();  // against the rule; must be harmless where the frames are
  if (failure == "cancel" || failure == "wait") wait_in_core(watch);
  return doubled;
}

static void emit(pg::Rows &rows, const Numbers &numbers, std::string_view failure) {
  for (const int64 number : numbers) {
    rows.put({number});
    go_wrong_in_postgres_phase(failure);
  }
}

}  // namespace proapp::probe

using namespace proapp;

// probe(phase, failure, size): the even numbers, or what goes wrong.
PROAPP_FUNCTION(boundary_probe) {
  const auto phase = pg::view(PG_GETARG_DATUM(0)), failure = pg::view(PG_GETARG_DATUM(1));
  const int size = PG_GETARG_INT32(2);
  const auto in = [&](std::string_view name) { return phase == name ? failure : std::string_view{}; };
  pg::Rows rows(fcinfo);
  pg::ContextArena arena("boundary probe");

  const auto &input = probe::read(arena, size, in("read"));
  if (in("compute") == "cancel") probe::cancel_myself();
  const auto &output = probe::compute(arena, input, pg::watch, in("compute"));
  probe::emit(rows, output, in("emit"));
  return rows.done();
}

// A throw out of PG_TRY is forbidden, and survived.
PROAPP_FUNCTION(boundary_throw_in_try) {
  PG_TRY();
  { core::fail("22023", "thrown inside PG_TRY"); }
  PG_FINALLY();
  {}
  PG_END_TRY();
  PG_RETURN_VOID();
}

// Breaks the rule: a standard container on the stack that PostgreSQL jumps over. Shows that the measurement sees what it leaves.
PROAPP_FUNCTION(boundary_careless) {
  std::vector<int64> numbers(static_cast<size_t>(PG_GETARG_INT32(0)), 1);
  if (numbers.back() == 1) probe::raise_postgres_error();
  PG_RETURN_VOID();
}

// 'given', or 'refused' where the arena threw; '..., memory was taken' where the allocator had been asked for it all the same.
PROAPP_FUNCTION(boundary_allocate) {
  pg::ContextArena arena("boundary probe");
  const Size before = MemoryContextMemAllocated(arena.context(), true);
  const char *answer = "given";
  try {
    arena.allocate(static_cast<size_t>(PG_GETARG_INT64(0)), static_cast<size_t>(PG_GETARG_INT32(1)));
  } catch (const std::bad_alloc &) {
    answer = "refused";
  }
  if (strcmp(answer, "refused") == 0 && MemoryContextMemAllocated(arena.context(), true) != before) answer = "refused, memory was taken";
  return pg::text_datum(answer);
}

// The same through a container: `elements` elements of eight bytes.
PROAPP_FUNCTION(boundary_reserve) {
  pg::ContextArena arena("boundary probe");
  arena.make<probe::Numbers>(arena).reserve(static_cast<size_t>(PG_GETARG_INT64(0)));
  return pg::text_datum("given");
}

// A recursion that only the injected stack limit ends; each level writes into its frame, so that no compiler turns it into a loop.
static int64 descend(const core::Watch &watch, int64 levels) {
  watch.descend();
  char frame[256];
  std::snprintf(frame, sizeof frame, "%lld", static_cast<long long>(levels));
  return levels == 0 ? 0 : descend(watch, levels - 1) + frame[0];
}
PROAPP_FUNCTION(boundary_descend) { PG_RETURN_INT64(descend(pg::watch, 1000000000)); }

// Memory of this backend that is really there, in bytes.
PROAPP_FUNCTION(boundary_resident) {
  long total = 0, resident = 0;
  if (FILE *file = std::fopen("/proc/self/statm", "r")) {
    if (std::fscanf(file, "%ld %ld", &total, &resident) != 2) resident = 0;
    std::fclose(file);
  }
  PG_RETURN_INT64(resident * sysconf(_SC_PAGESIZE));
}
