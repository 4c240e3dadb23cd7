#include "core/diff.hpp"

#include "unit/build.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace proapp::core {
namespace {

class Diff : public testing::Test, protected test::Build {
 protected:
  // A row as "severity identity change attribute: expected -> actual".
  std::vector<std::string> rows(std::vector<Object> expected, std::vector<Object> actual) {
    std::sort(expected.begin(), expected.end(), before);
    std::sort(actual.begin(), actual.end(), before);
    std::vector<std::string> found;
    for (const Difference &row : diff(arena, expected, actual, Watch{}))
      found.push_back(std::string(name(row.severity)) + " " + std::string(row.identity) + " " + std::string(name(row.change)) + " " + std::string(row.attribute) + ": " +
                      std::string(row.expected) + " -> " + std::string(row.actual));
    return found;
  }
  using Rows = std::vector<std::string>;
};

TEST_F(Diff, NothingWhereNothingDiffers) {
  const Object table = object("table", "s.t", {{"rls_enabled", Value(true)}, {"grants", list({})}});
  EXPECT_EQ(rows({table}, {table}), Rows{});
  EXPECT_EQ(rows({table}, {object("table", "s.t", {{"rls_enabled", Value(true)}})}), Rows{}) << "absent and empty are the same";
  EXPECT_EQ(rows({}, {}), Rows{});
}

TEST_F(Diff, WholeObjects) {
  EXPECT_EQ(rows({object("policy", "policy p on s.t", {{"command", text("all")}}, "s.t")}, {}), (Rows{"critical policy p on s.t missing : command all -> "}));
  EXPECT_EQ(rows({}, {object("index", "s.i", {{"unique", Value(true)}}, "s.t")}), (Rows{"low s.i unexpected :  -> unique"}));
}

TEST_F(Diff, WhatHangsOnAMissingTableIsFolded) {
  const Object table = object("table", "s.t", {{"persistence", text("permanent")}});
  const Object column = object("column", "s.t.c", {{"type", text("integer")}}, "s.t");
  const Object other = object("column", "s.u.c", {{"type", text("integer")}}, "s.u");
  EXPECT_EQ(rows({table, column, other}, {}), (Rows{"high s.u.c missing : type integer -> ", "high s.t missing : persistence permanent -> "}));
  EXPECT_EQ(rows({}, {table, column}), (Rows{"medium s.t unexpected :  -> persistence permanent"}));
}

TEST_F(Diff, ARenamedObjectIsOneRow) {
  const auto table = [&](std::string_view name) {
    const std::string identity = "s." + std::string(name);
    return std::vector<Object>{object("table", identity, {{"persistence", text("permanent")}}), object("column", identity + ".c", {{"type", text("integer")}}, identity)};
  };
  EXPECT_EQ(rows(table("t"), table("u")), (Rows{"high s.t renamed name: s.t -> s.u"})) << "its column goes with it";
  const std::vector<Object> expected = table("t"), actual = table("u");
  std::vector<Object> was(expected), is(actual);
  std::sort(was.begin(), was.end(), before);
  std::sort(is.begin(), is.end(), before);
  const auto found = diff(arena, was, is, Watch{});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].fix, "alter table s.u rename to t;");
}

TEST_F(Diff, AttributesAndDirections) {
  const auto table = [&](bool enabled) { return object("table", "s.t", {{"rls_enabled", Value(enabled)}}); };
  EXPECT_EQ(rows({table(true)}, {table(false)}), (Rows{"critical s.t changed rls_enabled: true -> false"}));
  EXPECT_EQ(rows({table(false)}, {table(true)}), (Rows{"high s.t changed rls_enabled: false -> true"}));
  EXPECT_EQ(rows({object("table", "s.t", {})}, {table(true)}), (Rows{"high s.t changed rls_enabled: false -> true"}));
}

TEST_F(Diff, ListsThatGainAreWorseThanListsThatLose) {
  const auto policy = [&](std::initializer_list<std::string_view> roles) { return object("policy", "policy p on s.t", {{"roles", texts(roles)}}, "s.t"); };
  EXPECT_EQ(rows({policy({"a"})}, {policy({"a", "b"})}), (Rows{"critical policy p on s.t changed roles: a -> a, b"}));
  EXPECT_EQ(rows({policy({"a", "b"})}, {policy({"a"})}), (Rows{"high policy p on s.t changed roles: a, b -> a"}));
  EXPECT_EQ(rows({policy({"a"})}, {policy({"b"})}), (Rows{"critical policy p on s.t changed roles: a -> b"})) << "what it won counts";
}

TEST_F(Diff, ColumnOrderSpeaksOfTheColumnsThatBothHave) {
  const auto table = [&](std::initializer_list<std::string_view> columns) { return object("table", "s.t", {{"column_order", texts(columns)}}); };
  EXPECT_EQ(rows({table({"a", "b", "c"})}, {table({"a", "x", "c"})}), Rows{});
  EXPECT_EQ(rows({table({"a", "b"})}, {table({"b", "a"})}), (Rows{"low s.t changed column_order: a, b -> b, a"}));
}

TEST_F(Diff, WorstFirst) {
  const std::vector<Object> expected{object("policy", "policy p on s.t", {{"using", sql("a", "1")}}, "s.t"),
                                     object("table", "s.t", {{"comment", text("x")}, {"owner", text("a")}})};
  const std::vector<Object> actual{object("policy", "policy p on s.t", {{"using", sql("b", "2")}}, "s.t"), object("table", "s.t", {{"owner", text("b")}})};
  EXPECT_EQ(rows(expected, actual), (Rows{"critical policy p on s.t changed using: a -> b", "high s.t changed owner: a -> b", "low s.t changed comment: x -> "}));
}

}  // namespace
}  // namespace proapp::core
