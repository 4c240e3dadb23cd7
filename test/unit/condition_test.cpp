#include "core/condition.hpp"

#include "test_arena.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace proapp::core {
namespace {

using Kind = ConditionTest::Kind;

// A condition written out again, every operation in parentheses.
std::string shape(const Condition &condition) {
  std::vector<std::string> stack;
  std::size_t next = 0;
  for (const Condition::Step step : condition.steps) {
    if (step == Condition::Step::test) {
      const ConditionTest &test = condition.tests[next++];
      static const std::map<Kind, std::string> words = {{Kind::holds, ""},   {Kind::is_null, " is null"}, {Kind::is_true, " is true"}, {Kind::is_false, " is false"},
                                                        {Kind::equal, " ="}, {Kind::less, " <"},          {Kind::greater, " >"}};
      std::string text = std::string(test.column) + words.at(test.kind);
      for (const Literal &literal : test.literals) text += " " + std::string(literal.type == Literal::Type::text ? "'" : "") + std::string(literal.text);
      stack.push_back(text);
    } else if (step == Condition::Step::negate) {
      stack.back() = "not(" + stack.back() + ")";
    } else {
      const std::string right = stack.back();
      stack.pop_back();
      stack.back() = "(" + stack.back() + (step == Condition::Step::both ? " and " : " or ") + right + ")";
    }
  }
  EXPECT_EQ(stack.size(), 1U);
  return stack.back();
}

std::string read(std::string_view text) {
  test::TestArena arena;
  ConditionProblem problem{};
  const auto condition = parse_condition(text, arena, problem);
  return condition ? shape(*condition) : "no " + std::string(problem.expected != nullptr ? problem.expected : "?") + " at " + std::to_string(problem.at);
}

TEST(Condition, ReadsWhatSqlMeansByIt) {
  EXPECT_EQ(read("active"), "active");
  EXPECT_EQ(read("not active"), "not(active)");
  EXPECT_EQ(read("left_at IS NULL"), "left_at is null");
  EXPECT_EQ(read("left_at is not null"), "not(left_at is null)");
  EXPECT_EQ(read("Active is not true"), "not(active is true)");
  EXPECT_EQ(read("\"Is \"\"it\"\"\" is false"), "Is \"it\" is false");
  EXPECT_EQ(read("status = 'it''s'"), "status = 'it's");
  EXPECT_EQ(read("status <> 'a'"), "not(status = 'a)");
  EXPECT_EQ(read("status != 'a'"), "not(status = 'a)");
  EXPECT_EQ(read("seats >= -3"), "not(seats < -3)");
  EXPECT_EQ(read("seats<=3 and seats>1"), "(not(seats > 3) and seats > 1)");
  EXPECT_EQ(read("status in ('a','b', 'c')"), "status = 'a 'b 'c");
  EXPECT_EQ(read("status not in ('a')"), "not(status = 'a)");
  EXPECT_EQ(read("owner = TRUE"), "owner = true");
}

TEST(Condition, BindsAsSqlDoes) {
  EXPECT_EQ(read("a or b and c"), "(a or (b and c))");
  EXPECT_EQ(read("(a or b) and c"), "((a or b) and c)");
  EXPECT_EQ(read("not a and b"), "(not(a) and b)");
  EXPECT_EQ(read("not (a and b)"), "not((a and b))");
  EXPECT_EQ(read("not a = 1"), "not(a = 1)");
  EXPECT_EQ(read("not not a"), "not(not(a))");
  EXPECT_EQ(read("a and b and c"), "((a and b) and c)");
}

TEST(Condition, RefusesWhatIsMoreThanThatAndSaysWhere) {
  EXPECT_EQ(read(""), "no a column at 0");
  EXPECT_EQ(read("a b"), "no AND, OR or the end at 2");
  EXPECT_EQ(read("a = b"), "no a literal at 4");
  EXPECT_EQ(read("a = null"), "no a literal at 4");
  EXPECT_EQ(read("a in ()"), "no a literal at 6");
  EXPECT_EQ(read("a in (1"), "no a closing parenthesis at 7");
  EXPECT_EQ(read("a is 1"), "no NULL, TRUE or FALSE at 5");
  EXPECT_EQ(read("(a"), "no a closing parenthesis at 2");
  EXPECT_EQ(read("a)"), "no AND, OR or the end at 1");
  EXPECT_EQ(read("a = 1.5"), "no a literal at 4");
  EXPECT_EQ(read("a = 1e3"), "no a literal at 4");
  EXPECT_EQ(read("a = 'open"), "no a literal at 4");
  EXPECT_EQ(read("a; drop table t"), "no AND, OR or the end at 1");
  EXPECT_EQ(read("a -- comment"), "no AND, OR or the end at 2");
  EXPECT_EQ(read("now() > a"), "no AND, OR or the end at 3");
  EXPECT_EQ(read("a = '1'::int"), "no AND, OR or the end at 7");
  EXPECT_EQ(read("exists (select 1)"), "no a column at 0");
  EXPECT_EQ(read("a not like 'x'"), "no IN at 6");
}

TEST(Condition, HasALimit) {
  std::string deep(33, '('), chain = "a";
  EXPECT_EQ(read(deep + "a"), "no fewer parentheses at 32");
  for (int i = 0; i < 31; ++i) chain += " and a";
  EXPECT_NE(read(chain).substr(0, 3), "no ");
  EXPECT_EQ(read(chain + " and a").substr(0, 21), "no a shorter conditio");
}

Truth judge_values(std::string_view text, std::map<std::string_view, Truth> values) {
  test::TestArena arena;
  ConditionProblem problem{};
  const auto condition = parse_condition(text, arena, problem);
  return judge(*condition, [&](std::size_t i) { return values.at(condition->tests[i].column); });
}

TEST(Condition, JudgesWithThreeValues) {
  const Truth no = Truth::no, yes = Truth::yes, unknown = Truth::unknown;
  const Truth all[] = {no, yes, unknown};
  const Truth both[3][3] = {{no, no, no}, {no, yes, unknown}, {no, unknown, unknown}};
  const Truth either[3][3] = {{no, yes, unknown}, {yes, yes, yes}, {unknown, yes, unknown}};
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j) {
      EXPECT_EQ(judge_values("a and b", {{"a", all[i]}, {"b", all[j]}}), both[i][j]);
      EXPECT_EQ(judge_values("a or b", {{"a", all[i]}, {"b", all[j]}}), either[i][j]);
    }
  EXPECT_EQ(judge_values("not a", {{"a", unknown}}), unknown);
  EXPECT_EQ(judge_values("not a", {{"a", no}}), yes);
}

}  // namespace
}  // namespace proapp::core
