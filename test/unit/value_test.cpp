#include "core/value.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace proapp::core {
namespace {

TEST(Value, IsNullUnlessSaidOtherwise) {
  const Value value{};
  EXPECT_TRUE(value.is_null());
  EXPECT_EQ(value.type(), Value::Type::null);
}

TEST(Value, HoldsWhatItWasMadeOf) {
  EXPECT_TRUE(Value(true).boolean());
  EXPECT_EQ(Value(7).integer(), 7);
  EXPECT_EQ(Value(std::numeric_limits<std::int64_t>::min()).integer(), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(Value(std::string_view("text")).text(), "text");
}

TEST(Value, AnswersNothingForAnotherType) {
  const Value number(7);
  EXPECT_FALSE(number.boolean());
  EXPECT_TRUE(number.text().empty());
  EXPECT_TRUE(number.items().empty());
  EXPECT_TRUE(number.members().empty());
  EXPECT_EQ(number.find("name"), nullptr);
  EXPECT_EQ(Value(std::string_view("7")).integer(), 0);
}

TEST(Value, ListsItsItems) {
  const Value items[] = {Value(1), Value(std::string_view("two")), Value()};
  const Value list{std::span<const Value>(items)};
  ASSERT_EQ(list.items().size(), 3u);
  EXPECT_EQ(list.items()[1].text(), "two");
  EXPECT_TRUE(list.items()[2].is_null());
}

TEST(Value, FindsAMemberByName) {
  const Member members[] = {{"type", Value(std::string_view("uuid"))}, {"not_null", Value(true)}};
  const Value object{std::span<const Member>(members)};
  ASSERT_NE(object.find("not_null"), nullptr);
  EXPECT_TRUE(object.find("not_null")->boolean());
  EXPECT_EQ(object.find("default"), nullptr);
}

TEST(Value, CountsNothingAsAbsent) {
  EXPECT_TRUE(Value().is_absent());
  EXPECT_TRUE(Value(false).is_absent());
  EXPECT_TRUE(Value(std::string_view()).is_absent());
  EXPECT_TRUE(Value(std::span<const Value>{}).is_absent());
  EXPECT_TRUE(Value(std::span<const Member>{}).is_absent());
}

TEST(Value, CountsZeroAndWhatIsDeferredAsPresent) {
  EXPECT_FALSE(Value(0).is_absent());
  EXPECT_FALSE(Value(true).is_absent());
  EXPECT_FALSE(Value(Origin{1, 2, 3}).is_absent());
  EXPECT_EQ(Value(Origin{1, 2, 3}).origin().part, 3);
}

}  // namespace
}  // namespace proapp::core
