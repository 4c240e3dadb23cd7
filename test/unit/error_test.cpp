#include "core/error.hpp"

#include "core/watch.hpp"

#include <gtest/gtest.h>

#include <string>

namespace proapp::core {
namespace {

Error failed(std::string_view sqlstate, std::string_view text, std::string_view detail = {}, std::string_view hint = {}) {
  try {
    fail(sqlstate, text, detail, hint);
  } catch (const Error &e) {
    return e;
  }
}

TEST(Fail, CarriesEverythingTheUserReads) {
  const Error e = failed("22023", "message", "Detail.", "Hint.");
  EXPECT_STREQ(e.sqlstate, "22023");
  EXPECT_STREQ(e.message, "message");
  EXPECT_STREQ(e.detail, "Detail.");
  EXPECT_STREQ(e.hint, "Hint.");
}

TEST(Fail, LeavesOutWhatIsNotSaid) {
  const Error e = failed("22023", "message");
  EXPECT_STREQ(e.detail, "");
  EXPECT_STREQ(e.hint, "");
}

TEST(Fail, CutsWhatIsTooLong) {
  const std::string long_text(5000, 'x');
  const Error e = failed("22023", long_text, long_text, long_text);
  EXPECT_EQ(std::string_view(e.message).size(), sizeof e.message - 1);
  EXPECT_EQ(std::string_view(e.detail).size(), sizeof e.detail - 1);
  EXPECT_EQ(std::string_view(e.hint).size(), sizeof e.hint - 1);
}

TEST(Cut, LeavesShortTextAlone) {
  EXPECT_EQ(cut("abc", 3), "abc");
  EXPECT_EQ(cut("", 0), "");
}

TEST(Cut, NeverSplitsACharacter) {
  const std::string_view text = "a\u00e4\u20ac\U0001F600";  // 1 + 2 + 3 + 4 bytes
  EXPECT_EQ(cut(text, 2), "a");
  EXPECT_EQ(cut(text, 3), "a\u00e4");
  EXPECT_EQ(cut(text, 5), "a\u00e4");
  EXPECT_EQ(cut(text, 6), "a\u00e4\u20ac");
  EXPECT_EQ(cut(text, 9), "a\u00e4\u20ac");
  EXPECT_EQ(cut(text, 10), text);
}

TEST(Cut, EndsOnBytesThatAreNoText) { EXPECT_EQ(cut("\x80\x80\x80\x80", 3), ""); }

TEST(Message, JoinsPieces) {
  const std::string_view name = "public.t";
  EXPECT_EQ(std::string_view(message("table \"", name, "\" is not there")), "table \"public.t\" is not there");
  EXPECT_EQ(std::string_view(message("")), "");
}

TEST(Message, IsCutOnACharacterBoundaryAndSaysNothingAfterIt) {
  const std::string filling(1022, 'x');
  const Text cut_short = message(filling, "\u00e4", "y");
  EXPECT_EQ(std::string_view(cut_short), filling);
}

TEST(Watch, DoesNothingUnlessToldTo) {
  const Watch watch;
  watch.poll();
  watch.descend();
}

TEST(Watch, ThrowsWhatItIsTold) {
  const Watch watch{[]() noexcept { return true; }, []() noexcept { return true; }};
  EXPECT_THROW(watch.poll(), Cancelled);
  try {
    watch.descend();
    FAIL() << "did not throw";
  } catch (const Error &e) {
    EXPECT_STREQ(e.sqlstate, "54001");
  }
}

}  // namespace
}  // namespace proapp::core
