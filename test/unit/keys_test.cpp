#include "core/keys.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace proapp::core {
namespace {

std::string round_trip(std::string_view text) {
  const auto uuid = parse_uuid(text);
  if (!uuid) return "refused";
  const auto out = uuid_text(*uuid);
  return {out.data(), out.size()};
}

constexpr auto canonical = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11";

TEST(Uuid, AcceptsEverySpellingThatPostgresAccepts) {
  EXPECT_EQ(round_trip(canonical), canonical);
  EXPECT_EQ(round_trip("A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"), canonical);
  EXPECT_EQ(round_trip("{a0eebc99-9c0b4ef8-bb6d6bb9-bd380a11}"), canonical);
  EXPECT_EQ(round_trip("a0eebc999c0b4ef8bb6d6bb9bd380a11"), canonical);
  EXPECT_EQ(round_trip("a0ee-bc99-9c0b-4ef8-bb6d-6bb9-bd38-0a11"), canonical);
}

TEST(Uuid, RefusesTheRest) {
  for (const auto *text :
       {"", " ", "{", "{}", "null", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a111", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11 ",
        " a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "g0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}",
        "a0eebc99--9c0b-4ef8-bb6d-6bb9bd380a11", "a0eeb-c999c0b4ef8bb6d6bb9bd380a11", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11-"})
    EXPECT_EQ(round_trip(text), "refused") << text;
}

TEST(Integer, AcceptsSignsAndSpaceAround) {
  constexpr auto least = std::numeric_limits<std::int64_t>::min(), greatest = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(parse_integer("42", least, greatest), 42);
  EXPECT_EQ(parse_integer(" \t\n\v\f\r+42 ", least, greatest), 42);
  EXPECT_EQ(parse_integer("-007", least, greatest), -7);
  EXPECT_EQ(parse_integer("9223372036854775807", least, greatest), greatest);
  EXPECT_EQ(parse_integer("-9223372036854775808", least, greatest), least);
}

TEST(Integer, RefusesOverflowAndEverythingElse) {
  constexpr auto least = std::numeric_limits<std::int64_t>::min(), greatest = std::numeric_limits<std::int64_t>::max();
  for (const auto *text : {"", " ", "+", "-", "--1", "+-1", "1 2", "1.0", "1e3", "0x10", "1_000", "nine", "9223372036854775808", "-9223372036854775809", "99999999999999999999"})
    EXPECT_FALSE(parse_integer(text, least, greatest)) << text;
}

TEST(Integer, KeepsTheRangeOfItsColumn) {
  constexpr auto least = std::numeric_limits<std::int32_t>::min(), greatest = std::numeric_limits<std::int32_t>::max();
  EXPECT_EQ(parse_integer("2147483647", least, greatest), greatest);
  EXPECT_FALSE(parse_integer("2147483648", least, greatest));
  EXPECT_EQ(parse_integer("-2147483648", least, greatest), least);
  EXPECT_FALSE(parse_integer("-2147483649", least, greatest));
}

}  // namespace
}  // namespace proapp::core
