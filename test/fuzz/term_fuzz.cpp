// Any text as a stored expression: an error of ours, or a tree that can be walked.
#include "core/term.hpp"

#include "core/error.hpp"
#include "fuzz/fuzzing.hpp"
#include "unit/test_arena.hpp"

using namespace proapp;
using namespace proapp::core;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  const std::string_view text = test::text_of(data, size);
  test::TestArena arena;
  const test::StackWatch stack;
  const Watch watch = stack.watch();
  try {
    const Term *term = TermReader(arena, watch).expression(text, 77);
    std::size_t parts = 0;
    any_part(*term, [&](const Term &) { return ++parts > 100000; });
    essence(*term);
    TermReader(arena, watch).queries(text);
  } catch (const Error &) {
  }
  return 0;
}
