// A condition on the columns of one row, in a part of SQL so small that a row can be tested without anything that could raise:
//
//   left_at is null and (status in ('active', 'trial') or is_owner) and seats >= 1
//
// Boolean columns; IS [NOT] NULL, TRUE, FALSE; =, <>, <, <=, >, >= and [NOT] IN with literals (texts, integers, true, false); AND, OR, NOT.
// Three-valued, as in SQL: a row counts where the condition is true.
#pragma once
#include "core/arena.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace proapp::core {

struct Literal {
  enum class Type { text, integer, boolean } type;
  std::string_view text;  // without quotes; true or false
};

struct ConditionTest {
  enum class Kind { holds, is_null, is_true, is_false, equal, less, greater } kind;  // equal: to any of the literals
  std::string_view column;
  std::span<const Literal> literals;
};

enum class Truth : signed char { no, yes, unknown };

struct Condition {
  static constexpr std::size_t limit = 64;  // steps, and so the room that judge() needs
  enum class Step : unsigned char { test, negate, both, either };
  std::span<const Step> steps;  // postfix; every `test` takes the next of `tests`
  std::span<const ConditionTest> tests;
};

struct ConditionProblem {
  std::size_t at;  // byte in the text
  const char *expected;
};

// Texts live in `text` or `arena`. Nothing where the text is no such condition; `problem` then says where. Throws std::bad_alloc and nothing else.
std::optional<Condition> parse_condition(std::string_view text, Arena &arena, ConditionProblem &problem);

Truth negate(Truth value);

// `outcome(i)` is the truth of tests[i] for the row.
template <class Outcome>
Truth judge(const Condition &condition, Outcome outcome) {
  Truth stack[Condition::limit];
  std::size_t height = 0, next = 0;
  for (const Condition::Step step : condition.steps) {
    if (step == Condition::Step::test) {
      stack[height++] = outcome(next++);
    } else if (step == Condition::Step::negate) {
      stack[height - 1] = negate(stack[height - 1]);
    } else {
      const Truth decisive = step == Condition::Step::both ? Truth::no : Truth::yes;
      const Truth right = stack[--height], left = stack[height - 1];
      stack[height - 1] = left == decisive || right == decisive ? decisive : left == Truth::unknown ? left : right;
    }
  }
  return stack[0];
}

}  // namespace proapp::core
