// Statements for types and what works on them: names that look like signatures, and facts that a document from anywhere may lack.
#include "core/fix.hpp"

#include "unit/test_arena.hpp"

#include <gtest/gtest.h>

using namespace std::string_view_literals;

namespace proapp::core {
namespace {

class FixTypes : public testing::Test {
 protected:
  std::string_view create(std::string_view kind, std::string_view identity, std::initializer_list<Member> attributes) {
    return fix(arena_, Object{kind, identity, {}, arena_.copy(std::span<const Member>(attributes))}, Change::missing);
  }
  std::string_view alter(std::string_view kind, std::string_view attribute, const Value &expected, const Value &actual) {
    const Member was[] = {{attribute, expected}}, is[] = {{attribute, actual}};
    return fix(arena_, Object{kind, "app.x", {}, was}, Object{kind, "app.x", {}, is}, attribute);
  }
  Value list(std::initializer_list<Value> items) { return Value(arena_.copy(std::span<const Value>(items))); }
  Value object(std::initializer_list<Member> members) { return Value(arena_.copy(std::span<const Member>(members))); }

  test::TestArena arena_;
};

TEST_F(FixTypes, AParenthesisInAQuotedNameIsPartOfTheName) {
  EXPECT_EQ(create("conversion", "app.c", {{"source", Value("LATIN1"sv)}, {"target", Value("UTF8"sv)}, {"function", Value("\"a(b\".\"f\"\"(\"(integer,cstring)"sv)}}),
            "create conversion app.c for 'LATIN1' to 'UTF8' from \"a(b\".\"f\"\"(\";");
}

TEST_F(FixTypes, AnAggregateWithoutArgumentsHasAStar) {
  EXPECT_EQ(create("aggregate", "app.n()", {{"sfunc", Value("app.f(bigint)"sv)}, {"stype", Value("bigint"sv)}}),
            "create or replace aggregate app.n(*) (sfunc = app.f, stype = bigint);");
  const Object aggregate{"aggregate", "app.n()", {}, {}};
  EXPECT_EQ(fix(arena_, aggregate, Change::unexpected), "drop aggregate app.n(*);");
}

TEST_F(FixTypes, OnlyWhatDiffersIsAltered) {
  const Value simple = list({Value("pg_catalog.simple"sv)}), english = list({Value("app.english"sv)});
  const Value was = list({object({{"token", Value("email"sv)}, {"dictionaries", simple}}), object({{"token", Value("word"sv)}, {"dictionaries", simple}})});
  const Value is = list({object({{"token", Value("url"sv)}, {"dictionaries", simple}}), object({{"token", Value("word"sv)}, {"dictionaries", english}})});
  EXPECT_EQ(
      alter("text search configuration", "mappings", was, is),
      "alter text search configuration app.x add mapping for email with pg_catalog.simple; alter text search configuration app.x alter mapping for word with pg_catalog.simple; "
      "alter text search configuration app.x drop mapping for url;");
}

TEST_F(FixTypes, AnOptionThatWasNotThereGoesAway) {
  const Value was = list({object({{"name", Value("language"sv)}, {"value", Value("'english'"sv)}})});
  const Value is = list({object({{"name", Value("stopwords"sv)}, {"value", Value("'english'"sv)}})});
  EXPECT_EQ(alter("text search dictionary", "options", was, is), "alter text search dictionary app.x (language = 'english', stopwords);");
}

// Whatever a document says, a statement that makes no sense is the worst that comes of it.
TEST_F(FixTypes, FactsMayBeMissingOrOfAnotherSort) {
  const Value odd[] = {Value(), Value(true), Value(std::int64_t{1}), Value("x"sv), list({}), list({Value(), Value("x"sv), list({}), object({})}), object({{"token", list({})}})};
  for (const std::string_view kind :
       {"domain", "composite type", "range type", "base type", "collation", "conversion", "aggregate", "operator", "operator class", "operator family", "cast", "transform",
        "language", "access method", "text search configuration", "text search dictionary", "text search parser", "text search template", "statistics object"})
    for (const std::string_view attribute :
         {"attributes", "attribute_comments", "mappings", "options", "operators", "functions", "target", "sspace", "receive", "default", "restrict", "signature"})
      for (const Value &was : odd)
        for (const Value &is : odd) {
          create(kind, "", {{attribute, was}});
          alter(kind, attribute, was, is);
        }
}

}  // namespace
}  // namespace proapp::core
