#include "core/sql_text.hpp"

#include <gtest/gtest.h>

namespace proapp::core {
namespace {

TEST(SqlText, SkipsWhiteSpaceAndComments) {
  EXPECT_EQ(skip_blanks("select 1", 0), 0u);
  EXPECT_EQ(skip_blanks(" \t\r\n\f\vselect", 0), 6u);
  EXPECT_EQ(skip_blanks("-- a\nselect", 0), 5u);
  EXPECT_EQ(skip_blanks("/* a */select", 0), 7u);
  EXPECT_EQ(skip_blanks("/* a /* b */ c */ -- d\n;", 0), 23u);
  EXPECT_EQ(skip_blanks("a; b", 2), 3u);
}

TEST(SqlText, StopsAtWhatOnlyLooksLikeAComment) {
  EXPECT_EQ(skip_blanks("- 1", 0), 0u);
  EXPECT_EQ(skip_blanks("/ 1", 0), 0u);
  EXPECT_EQ(skip_blanks("*/", 0), 0u);
}

TEST(SqlText, EndsWhereNothingFollows) {
  EXPECT_EQ(skip_blanks("", 0), 0u);
  EXPECT_EQ(skip_blanks("  ", 0), 2u);
  EXPECT_EQ(skip_blanks("-- no line end", 0), 14u);
  EXPECT_EQ(skip_blanks("/* open /* once closed */", 0), 25u);
  EXPECT_EQ(skip_blanks("/*/", 0), 3u);
  EXPECT_EQ(skip_blanks("abc", 7), 3u);
}

TEST(SqlText, CountsLinesFromOne) {
  EXPECT_EQ(line_at("", 0), 1);
  EXPECT_EQ(line_at("a\nb", 1), 1);
  EXPECT_EQ(line_at("a\nb", 2), 2);
  EXPECT_EQ(line_at("\n\n\n", 3), 4);
}

TEST(SqlText, FindsTheLineOfAPlace) {
  EXPECT_EQ(line_text("", 0), "");
  EXPECT_EQ(line_text("one\ntwo\nthree", 0), "one");
  EXPECT_EQ(line_text("one\ntwo\nthree", 3), "one");
  EXPECT_EQ(line_text("one\ntwo\nthree", 4), "two");
  EXPECT_EQ(line_text("one\ntwo\nthree", 99), "three");
  EXPECT_EQ(line_text("one\n", 4), "");
}

}  // namespace
}  // namespace proapp::core
