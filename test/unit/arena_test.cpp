#include "core/arena.hpp"

#include "unit/test_arena.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace proapp::core {
namespace {

using test::TestArena;

TEST(Arena, MakesObjectsFromArguments) {
  struct Point {
    int x, y;
    Point(int a, int b) : x(a), y(b) {}
  };
  TestArena arena;
  const auto &point = arena.make<Point>(3, 4);
  EXPECT_EQ(point.x + point.y, 7);
}

TEST(Arena, CopiesText) {
  TestArena arena;
  std::string original = "tenant";
  const auto copied = arena.copy(original);
  original[0] = '!';
  EXPECT_EQ(copied, "tenant");
}

TEST(Arena, TakesNothingForAnEmptyText) {
  TestArena arena;
  EXPECT_TRUE(arena.copy(std::string_view{}).empty());
  EXPECT_EQ(arena.pieces(), 0u);
}

TEST(Arena, CopiesSpans) {
  TestArena arena;
  std::int64_t numbers[] = {1, 2, 3};
  const auto copied = arena.copy(std::span<const std::int64_t>(numbers));
  numbers[1] = 0;
  ASSERT_EQ(copied.size(), 3u);
  EXPECT_EQ(copied[1], 2);
  EXPECT_TRUE(arena.copy(std::span<const std::int64_t>{}).empty());
}

TEST(Vector, GrowsInItsArena) {
  TestArena arena;
  auto &numbers = arena.make<Vector<int>>(arena);
  for (int i = 0; i < 10000; ++i) numbers.push_back(i);
  EXPECT_EQ(numbers.size(), 10000u);
  EXPECT_EQ(numbers.span()[9999], 9999);
  EXPECT_GT(arena.pieces(), 1u);
}

TEST(Vector, ThrowsWhenTheArenaIsExhausted) {
  TestArena arena(1000);
  auto &numbers = arena.make<Vector<int>>(arena);
  EXPECT_THROW(
      {
        for (int i = 0; i < 1000; ++i) numbers.push_back(i);
      },
      std::bad_alloc);
}

TEST(ArenaAllocator, RefusesACountWhoseSizeOverflows) {
  TestArena arena;
  ArenaAllocator<std::int64_t> allocator(arena);
  EXPECT_THROW(allocator.allocate(static_cast<std::size_t>(-1) / 4), std::bad_alloc);
  EXPECT_EQ(arena.pieces(), 0u);
}

TEST(ArenaAllocator, EqualsOnlyThatOfTheSameArena) {
  TestArena one, other;
  EXPECT_TRUE(ArenaAllocator<int>(one) == ArenaAllocator<int>(one));
  EXPECT_FALSE(ArenaAllocator<int>(one) == ArenaAllocator<int>(other));
  EXPECT_TRUE(ArenaAllocator<int>(one) == ArenaAllocator<int>(ArenaAllocator<char>(one)));
}

}  // namespace
}  // namespace proapp::core
