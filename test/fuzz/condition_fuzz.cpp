// Any text as a condition: refused at a place inside the text, or a postfix program that judges every row.
#include "core/condition.hpp"

#include "fuzz/fuzzing.hpp"
#include "unit/test_arena.hpp"

#include <string_view>

using namespace proapp;
using namespace proapp::core;
using proapp::test::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  const std::string_view text = test::text_of(data, size);
  test::TestArena arena;
  ConditionProblem problem{};
  const auto condition = parse_condition(text, arena, problem);
  if (!condition) {
    require(problem.at <= size);
    return 0;
  }
  require(condition->steps.size() <= Condition::limit);
  std::size_t height = 0, tests = 0;
  for (const Condition::Step step : condition->steps) {
    if (step == Condition::Step::test) {
      ++height;
      ++tests;
    } else if (step == Condition::Step::negate) {
      require(height >= 1);
    } else {
      require(height >= 2);
      --height;
    }
  }
  require(height == 1 && tests == condition->tests.size());
  for (const ConditionTest &test : condition->tests) require(!test.column.empty());
  for (unsigned row = 0; row < 8; ++row) {
    const Truth truth = judge(*condition, [&](std::size_t i) { return static_cast<Truth>((i + row) % 3); });
    require(truth == Truth::no || truth == Truth::yes || truth == Truth::unknown);
  }
  return 0;
}
