#include "core/deletion_order.hpp"

#include "test_arena.hpp"

#include <gtest/gtest.h>

#include <string>

namespace proapp::core {
namespace {

// Relations are letters; "ba" says that b references a. The answer is children first, cycles in brackets, sorted within.
std::string order(char root, std::initializer_list<const char *> references) {
  test::TestArena arena;
  const Watch watch;
  std::vector<Following> list;
  for (const char *reference : references) list.push_back({static_cast<std::uint32_t>(reference[0] - 'a'), static_cast<std::uint32_t>(reference[1] - 'a')});
  const DeletionOrder found = deletion_order(arena, watch, static_cast<std::uint32_t>(root - 'a'), 26, list);
  std::string text;
  for (std::size_t i = 0; i < found.children_first.size();) {
    const std::uint32_t cycle = found.cycle_of[found.children_first[i]];
    const bool cyclic = found.in_cycle[found.children_first[i]];
    std::string members;
    for (; i < found.children_first.size() && found.cycle_of[found.children_first[i]] == cycle; ++i) members += static_cast<char>('a' + found.children_first[i]);
    std::sort(members.begin(), members.end());
    text += cyclic ? "(" + members + ")" : members;
  }
  return text;
}

TEST(DeletionOrder, PutsChildrenFirst) {
  EXPECT_EQ(order('a', {}), "a");
  EXPECT_EQ(order('a', {"ba", "cb"}), "cba");
  EXPECT_EQ(order('a', {"ba", "ca", "cb"}), "cba");
  EXPECT_EQ(order('a', {"ca", "cb", "ba", "dc", "db"}), "dcba");
}

TEST(DeletionOrder, LeavesOutWhatIsNotReached) { EXPECT_EQ(order('b', {"ba", "cb", "da"}), "cb"); }

TEST(DeletionOrder, KeepsCyclesTogether) {
  EXPECT_EQ(order('a', {"aa"}), "(a)");
  EXPECT_EQ(order('a', {"ba", "bb", "cb"}), "c(b)a");
  EXPECT_EQ(order('a', {"ba", "cb", "bc", "dc"}), "d(bc)a");
  EXPECT_EQ(order('a', {"ba", "ab", "cb", "dc", "cd"}), "(cd)(ab)");
}

TEST(DeletionOrder, TakesTheSameReferenceTwice) { EXPECT_EQ(order('a', {"ba", "ba", "cb", "cb"}), "cba"); }

}  // namespace
}  // namespace proapp::core
