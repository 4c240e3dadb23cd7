#include "core/claims.hpp"

#include "test_arena.hpp"

#include <gtest/gtest.h>

#include <string>

namespace proapp::core {
namespace {

using State = Claim::State;

// The claim at `path` as `->>` prints it; a state in angle brackets where there is none.
std::string find(std::string_view document, std::string_view path = "sub", bool utf8 = true) {
  test::TestArena arena;
  const auto parsed = parse_claim_path(path, arena);
  if (!parsed) return "<bad path>";
  const Claim claim = find_claim(document, *parsed, utf8, arena);
  switch (claim.state) {
    case State::found:
      return std::string(claim.text);
    case State::missing:
      return "<missing>";
    case State::malformed:
      return "<malformed>";
    case State::not_an_object:
      return "<not an object>";
    case State::untranslatable:
      return "<untranslatable>";
  }
  return "<?>";
}

TEST(Claims, FindsTextsNumbersAndWords) {
  EXPECT_EQ(find(R"({"sub":"abc"})"), "abc");
  EXPECT_EQ(find(" \t\n\r{ \"sub\" : \"abc\" } \n"), "abc");
  EXPECT_EQ(find(R"({"role":"x","sub":"","n":null})"), "");
  EXPECT_EQ(find(R"({"sub":true})"), "true");
  EXPECT_EQ(find(R"({"sub":false})"), "false");
  EXPECT_EQ(find(R"({"sub":42})"), "42");
}

TEST(Claims, MissingIsNoTextAndNoError) {
  for (const auto *document : {"{}", R"({"sub":null})", R"({"Sub":"x"})", R"({"a":{"sub":"x"}})", R"({"a":[{"sub":"x"}]})", R"({"sub ":"x"})", R"({"su":"b"})"})
    EXPECT_EQ(find(document), "<missing>") << document;
}

TEST(Claims, OnlyAnObjectHasMembers) {
  for (const auto *document : {"null", "true", "1", "\"sub\"", "[]", R"(["sub"])", R"([{"sub":"x"}])", " null "}) EXPECT_EQ(find(document), "<not an object>") << document;
}

TEST(Claims, RefusesWhatPostgresRefuses) {
  for (const auto *document : {"",
                               " ",
                               "{",
                               "}",
                               "[",
                               "]",
                               "{]",
                               "[}",
                               R"({"sub")",
                               R"({"sub":)",
                               R"({"sub":"x")",
                               R"({"sub":"x)",
                               R"({"sub":"x"}})",
                               R"({"sub":"x"},)",
                               R"({"sub":"x",})",
                               R"({,"sub":"x"})",
                               R"({"sub" "x"})",
                               R"({"sub":"x" "a":1})",
                               R"({sub:"x"})",
                               R"({'sub':'x'})",
                               R"({"sub":x})",
                               R"({"sub":"x"} {})",
                               R"({"sub":"x","a":nul})",
                               R"({"sub":"x","a":nulll})",
                               R"({"sub":"x","a":True})",
                               R"({"sub":"x","a":01})",
                               R"({"sub":"x","a":1.})",
                               R"({"sub":"x","a":.5})",
                               R"({"sub":"x","a":1e})",
                               R"({"sub":"x","a":+1})",
                               R"({"sub":"x","a":-})",
                               R"({"sub":"x","a":1a})",
                               R"({"sub":"x","a":--1})",
                               R"({"sub":"x","a":NaN})",
                               R"({"sub":"x","a":[1,]})",
                               R"({"sub":"x","a":[,1]})",
                               R"({"sub":"x","a":[1 2]})",
                               R"({"sub":"x","a":"\x"})",
                               R"({"sub":"x","a":"\u12"})",
                               R"({"sub":"x","a":"\u12G4"})",
                               R"({"sub":"x","a":"\u0000"})",
                               R"({"sub":"x","a":"\ud800"})",
                               R"({"sub":"x","a":"\ud800x"})",
                               R"({"sub":"x","a":"\ud800\n"})",
                               R"({"sub":"x","a":"\ud800\u0041"})",
                               R"({"sub":"x","a":"\udc00"})",
                               R"({"sub":"x","a":"\ud800\ud800"})",
                               R"({"sub":"x","a":"\)",
                               R"({"sub":"x"}/**/)",
                               "\xEF\xBB\xBF{}",
                               "{\"sub\":\"x\",\"a\":\"\n\"}",
                               "{\"sub\":\"x\",\"a\":\"\t\"}",
                               "{\"sub\":\"x\"}\v",
                               "{\"sub\":\"x\"}\f"})
    EXPECT_EQ(find(document), "<malformed>") << document;
  using namespace std::string_view_literals;
  EXPECT_EQ(find("{\"sub\":\"x\0y\"}"sv), "<malformed>");
  EXPECT_EQ(find("{\"sub\":\"x\"}\0"sv), "<malformed>");
}

TEST(Claims, TheLastOfSeveralMembersCounts) {
  EXPECT_EQ(find(R"({"sub":"a","sub":"b"})"), "b");
  EXPECT_EQ(find(R"({"sub":"a","sub":null})"), "<missing>");
  EXPECT_EQ(find(R"({"sub":"a","s\u0075b":"b"})"), "b");
  EXPECT_EQ(find(R"({"m":{"t":"a"},"m":{}})", "m.t"), "<missing>");
  EXPECT_EQ(find(R"({"m":{"t":"a"},"m":5})", "m.t"), "<missing>");
  EXPECT_EQ(find(R"({"m":{"t":"a","t":"b"},"n":{"t":"c"}})", "m.t"), "b");
}

TEST(Claims, TranslatesEscapes) {
  EXPECT_EQ(find(R"({"sub":"\"\\\/\b\f\n\r\t"})"), "\"\\/\b\f\n\r\t");
  EXPECT_EQ(find(R"({"sub":"\u0041\u00e9\u20AC\ud83d\uDE00"})"), "A\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
  EXPECT_EQ(find("{\"sub\":\"\xC3\xA9\"}"), "\xC3\xA9");
  EXPECT_EQ(find("{\"sub\":\"\x7F\"}"), "\x7F");
}

TEST(Claims, AnotherEncodingTakesWideEscapesButDoesNotTranslateThem) {
  EXPECT_EQ(find(R"({"sub":"a","name":"J\u00f6rg"})", "sub", false), "a");
  EXPECT_EQ(find(R"({"sub":"J\u00f6rg"})", "sub", false), "<untranslatable>");
  EXPECT_EQ(find(R"({"sub":"\u0041"})", "sub", false), "A");
}

TEST(Claims, PrintsNumbersAsNumericDoes) {
  const std::pair<const char *, const char *> cases[] = {{"0", "0"},          {"-0", "0"},
                                                         {"-0.0", "0.0"},     {"1.50", "1.50"},
                                                         {"1e3", "1000"},     {"1.5e3", "1500"},
                                                         {"15e-1", "1.5"},    {"1E+2", "100"},
                                                         {"0.00e1", "0.0"},   {"-12.5e-3", "-0.0125"},
                                                         {"1e-5", "0.00001"}, {"0e5", "0"},
                                                         {"0e1000000", "0"},  {"0.001e2", "0.1"},
                                                         {"0.001e5", "100"},  {"123.456e1", "1234.56"},
                                                         {"100", "100"},      {"0.10", "0.10"},
                                                         {"1e-0", "1"},       {"0e-3", "0.000"},
                                                         {"0.05", "0.05"},    {"12345678901234567890123", "12345678901234567890123"}};
  for (const auto &[token, text] : cases) EXPECT_EQ(find(std::string("{\"sub\":") + token + "}"), text) << token;
}

TEST(Claims, RefusesNumbersThatNumericCannotHold) {
  for (const auto *token : {"1e131072", "10e131071", "1e-16384", "0e-16384", "1e99999999999999999999", "1e-99999999999999999999", "0e1073741823"})
    EXPECT_EQ(find(std::string("{\"sub\":\"x\",\"a\":") + token + "}"), "<malformed>") << token;
  for (const auto *token : {"1e131071", "0.1e131072", "1e-16383", "0e131072", "0e1073741822"}) EXPECT_EQ(find(std::string("{\"sub\":\"x\",\"a\":") + token + "}"), "x") << token;
}

TEST(Claims, ContainersComeAsTheirJson) {
  test::TestArena arena;
  const Claim claim = find_claim(R"({"sub": {"a": [1, {"b":2}]} ,"c":1})", *parse_claim_path("sub", arena), true, arena);
  EXPECT_EQ(claim.state, State::found);
  EXPECT_TRUE(claim.container);
  EXPECT_EQ(claim.text, R"({"a": [1, {"b":2}]})");
  EXPECT_EQ(claim.levels, 3);
  EXPECT_EQ(find(R"({"sub":[]})"), "[]");
  EXPECT_EQ(find(R"({"sub":{"sub":"x"}})"), R"({"sub":"x"})");
}

TEST(Claims, FollowsPaths) {
  EXPECT_EQ(find(R"({"app_metadata":{"x":{"tenant_id":"no"},"tenant_id":"t"}})", "app_metadata.tenant_id"), "t");
  EXPECT_EQ(find(R"({"x":{"app_metadata":{"tenant_id":"no"}}})", "app_metadata.tenant_id"), "<missing>");
  EXPECT_EQ(find(R"({"app_metadata":[{"tenant_id":"no"}]})", "app_metadata.tenant_id"), "<missing>");
  EXPECT_EQ(find(R"({"app_metadata":[[{"tenant_id":"no"}]],"tenant_id":"no"})", "app_metadata.tenant_id"), "<missing>");
  EXPECT_EQ(find(R"({"a":{"b":{"c":7}}})", "a.b.c"), "7");
  EXPECT_EQ(find(R"({"https://x.org/claims":{"t":"v"}})", R"("https://x.org/claims".t)"), "v");
  EXPECT_EQ(find(R"({"a\"b":"v"})", R"("a""b")"), "v");
}

TEST(Claims, RefusesPathsThatNameNothing) {
  for (const auto *path : {"", ".", "a.", ".a", "a..b", "\"", "\"\"", "\"a", "\"a\"b", "\"a\".", "a.b.c.d.e.f.g.h.i"}) EXPECT_EQ(find("{}", path), "<bad path>") << path;
  EXPECT_EQ(find("{}", "a.b.c.d.e.f.g.h"), "<missing>");
}

TEST(Claims, DeepNestingNeedsNoStack) {
  const std::size_t depth = 2'000'000;
  EXPECT_EQ(find("{\"sub\":\"x\",\"a\":" + std::string(depth, '[') + std::string(depth, ']') + "}"), "x");
  EXPECT_EQ(find(std::string(depth, '[')), "<malformed>");
  EXPECT_EQ(find("{\"sub\":\"x\",\"a\":" + std::string(depth, '[') + "}"), "<malformed>");
}

TEST(Claims, EveryPrefixOfADocumentIsMalformed) {
  const std::string document = R"({"aud":"x","app_metadata":{"p":["e",1.5e3,true,null]},"sub":"\u0041\n"})";
  for (std::size_t n = 0; n < document.size(); ++n) EXPECT_EQ(find(std::string_view(document).substr(0, n)), "<malformed>") << n;
  EXPECT_EQ(find(document), "A\n");
}

}  // namespace
}  // namespace proapp::core
