#include "core/plpgsql_text.hpp"

#include "test_arena.hpp"

#include <gtest/gtest.h>

#include <string>

namespace proapp::core {
namespace {

class PlpgsqlText : public testing::Test {
 protected:
  const BodyText &read(std::string_view text) { return arena_.make<BodyText>(text, arena_); }

  // "left|right" of each comparison, a line each.
  std::string compared(std::string_view text) {
    const BodyText &body = read(text);
    std::string all;
    for (const BodyText::Comparison &one : body.comparisons()) all.append(body.text(one.left)).append("|").append(body.text(one.right)).append("\n");
    return all;
  }
  std::string tokens(std::string_view text) {
    std::string all;
    for (const SqlToken &token : sql_tokens(text, arena_)) all.append(token.text).append("|");
    return all;
  }

  test::TestArena arena_;
};

TEST_F(PlpgsqlText, TokensAreWhatPostgresqlReads) {
  EXPECT_EQ(tokens("Select \"A\"\"b\", 'it''s', $1 from T"), "select|A\"b|,|it's|,|$1|from|t|");
  EXPECT_EQ(tokens("a=-1 a<>b a::text v:=1..10 x->>'y'"), "a|=|-|1|a|<>|b|a|::|text|v|:=|1|..|10|x|->>|y|");
  EXPECT_EQ(tokens("a /* = /* nested */ b */ = -- c\n d"), "a|=|d|");
  EXPECT_EQ(tokens("$q$ a = 'b' $$ $q$ $$c$$"), " a = 'b' $$ |c|");
  EXPECT_EQ(tokens(R"(E'a\'b' 'c\')"), R"(a'b|c\|)");
  EXPECT_EQ(tokens("1.5 .5 1e3 a.b"), "1.5|.5|1e3|a|.|b|");
}

TEST_F(PlpgsqlText, WhatDoesNotEndIsATokenUpToTheEnd) {
  EXPECT_EQ(tokens("a 'b"), "a|b|");
  EXPECT_EQ(tokens("a \"b"), "a|b|");
  EXPECT_EQ(tokens("a $x$ b"), "a| b|");
  EXPECT_EQ(tokens("a $x b"), "a|$x|b|");
  EXPECT_EQ(tokens(""), "");
}

TEST_F(PlpgsqlText, FindsBothSidesOfAComparison) {
  EXPECT_EQ(compared("if auth.uid() <> v_order.driver_id then raise"), "auth.uid()|v_order.driver_id\n");
  EXPECT_EQ(compared("where a.b = (select auth.uid()) and c != d"), "a.b|(select auth.uid())\nc|d\n");
  EXPECT_EQ(compared("(a)::text = (auth.jwt() ->> 'sub')"), "(a)::text|(auth.jwt() ->> 'sub')\n");
  EXPECT_EQ(compared("a is distinct from b or c is not distinct from d"), "a|b\nc|d\n");
  EXPECT_EQ(compared("a in (select x from y) or b not in (c)"), "a|select x from y\nb|c\n");
  EXPECT_EQ(compared("a = any (proapp.current_organizations('m'))"), "a|proapp.current_organizations('m')\n");
  EXPECT_EQ(compared("where not exists (select 1) and x::uuid = y[1]"), "x::uuid|y[1]\n");
}

TEST_F(PlpgsqlText, LeavesOutWhatIsPartOfALongerExpression) {
  EXPECT_EQ(compared("a || b = c"), "");
  EXPECT_EQ(compared("a = b || c"), "");
  EXPECT_EQ(compared("a + 1 = b"), "");
  EXPECT_EQ(compared("= a"), "");
  EXPECT_EQ(compared("a ="), "");
  EXPECT_EQ(compared("a = 'x = y' -- c = d"), "a|'x = y'\n");
}

TEST_F(PlpgsqlText, KnowsDeclarations) {
  const BodyText &body = read("<<outer>> declare a constant uuid := auth.uid(); b public.orders%rowtype; \"C\" orders.id%type not null default f(x, y); begin null; end");
  ASSERT_EQ(body.declarations().size(), 3u);
  EXPECT_EQ(body.declarations()[0].name, "a");
  EXPECT_EQ(body.text(body.declarations()[0].type), "uuid");
  EXPECT_EQ(body.text(body.declarations()[0].value), "auth.uid()");
  EXPECT_EQ(body.text(body.declarations()[1].type), "public.orders%rowtype");
  EXPECT_TRUE(body.declarations()[1].value.empty());
  EXPECT_EQ(body.declarations()[2].name, "C");
  EXPECT_EQ(body.text(body.declarations()[2].type), "orders.id%type");
  EXPECT_EQ(body.text(body.declarations()[2].value), "f(x, y)");
  EXPECT_TRUE(body.comparisons().empty());
}

TEST_F(PlpgsqlText, TellsAssignmentsFromComparisons) {
  const BodyText &body = read("begin v := a; new.x = b; if c = d then e = f; end if; return g; end");
  ASSERT_EQ(body.assignments().size(), 3u);
  EXPECT_EQ(body.text(body.assignments()[1].target), "new.x");
  EXPECT_EQ(body.text(body.assignments()[1].value), "b");
  EXPECT_EQ(body.text(body.assignments()[2].target), "e");
  ASSERT_EQ(body.comparisons().size(), 1u);
  EXPECT_EQ(body.text(body.comparisons()[0].left), "c");
  ASSERT_EQ(body.returns().size(), 1u);
  EXPECT_EQ(body.text(body.returns()[0]), "g");
}

TEST_F(PlpgsqlText, KnowsWhichTablesAStatementNames) {
  const BodyText &body = read(
      "select 1 from only public.a x, b join lateral (select 2 from c) as y on true join f(1) z on true where p is distinct from q; update d set e = 1; delete from g using h;");
  std::string all;
  for (const BodyText::Source &source : body.sources()) all.append(source.alias).append("=").append(body.text(source.table)).append(";");
  EXPECT_EQ(all, "x=public.a;b=b;y=;c=c;z=;d=d;g=g;h=h;");
  EXPECT_EQ(body.sources()[5].statement, 1u);
}

TEST_F(PlpgsqlText, ACteIsNoTable) {
  const BodyText &body = read("with a as (select 1 from b), c (x) as materialized (select 2) select 1 from a, c");
  std::string all;
  for (const BodyText::Source &source : body.sources()) all.append(source.alias).append("=").append(body.text(source.table)).append(";");
  EXPECT_EQ(all, "b=b;a=;c=;");
}

TEST_F(PlpgsqlText, KnowsWhatSelectsAndLoopsFill) {
  const BodyText &body =
      read("select a.x, y into strict v, w from a; insert into t (c) values (1) returning id into u; for r in select z from b loop null; end loop; execute 'x' into s;");
  std::string all;
  for (const BodyText::Fill &fill : body.fills()) all.append(body.text(fill.targets)).append("=").append(body.text(fill.list)).append(";");
  EXPECT_NE(all.find("v, w=a.x, y;"), std::string::npos) << all;
  EXPECT_NE(all.find("u=id;"), std::string::npos) << all;
  EXPECT_NE(all.find("r=z;"), std::string::npos) << all;
  EXPECT_NE(all.find("s=;"), std::string::npos) << all;
}

TEST_F(PlpgsqlText, KnowsWhatIsInserted) {
  const BodyText &body = read("insert into public.t as x (a, b) values (1, auth.uid()), (2, f(3, 4)); insert into u (c, d) select e, g from h; insert into w select 1;");
  std::string all;
  for (const BodyText::Inserted &inserted : body.inserted())
    all.append(body.text(inserted.table)).append(".").append(inserted.column).append("=").append(body.text(inserted.value)).append(";");
  EXPECT_EQ(all, "public.t.a=1;public.t.b=auth.uid();public.t.a=2;public.t.b=f(3, 4);u.c=e;u.d=g;");
}

TEST_F(PlpgsqlText, SurvivesWhatIsNoProgram) {
  for (const std::string_view text : {"",
                                      "(",
                                      ")",
                                      "((((",
                                      "))))",
                                      "a = (",
                                      ") = a",
                                      "declare",
                                      "declare a",
                                      "insert into",
                                      "insert into t (",
                                      "insert into t (a) values (",
                                      "select into",
                                      "for",
                                      "for x in",
                                      "foreach x in array",
                                      "in (",
                                      "in",
                                      "= any",
                                      "= any (",
                                      "is distinct from",
                                      "distinct from",
                                      "with a as (",
                                      "from",
                                      "from (",
                                      "a.",
                                      ".a",
                                      "a..b",
                                      "::",
                                      "x :: ",
                                      "cast(",
                                      "= =",
                                      "a = b = c",
                                      "]",
                                      "[",
                                      "x[",
                                      "x[1",
                                      "'",
                                      "\"",
                                      "$",
                                      "$$",
                                      "E'\\"}) {
    const BodyText &body = read(text);
    for (const BodyText::Comparison &one : body.comparisons()) {
      EXPECT_LT(one.left.begin, one.left.end);
      EXPECT_LE(one.right.end, body.tokens().size());
    }
  }
}

TEST_F(PlpgsqlText, ReadsEachItemOfAListOnce) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "from a, ";
  EXPECT_LE(read(text).sources().size(), 1000u);
}

TEST_F(PlpgsqlText, ReadsNoMoreThanItsLimit) {
  std::string text(BodyText::longest, ' ');
  text += "a = b";
  EXPECT_TRUE(read(text).comparisons().empty());
}

}  // namespace
}  // namespace proapp::core
