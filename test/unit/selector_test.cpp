#include "core/selector.hpp"

#include "core/error.hpp"
#include "unit/test_arena.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace proapp::core {
namespace {

const Subject table{"table", "public", "t", {}, {}, {}};
const Subject policy{"policy", "public", "t", "p1", "table", {}};
const Subject index_{"index", "public", "t", "t_pkey", "table", {}};
const Subject owned_sequence{"sequence", "public", "t", "t_id_seq", "table", {}};
const Subject free_sequence{"sequence", "public", "numbers", {}, {}, {}};
const Subject schema{"schema", "public", {}, {}, {}, {}};
const Subject extension{"extension", {}, "pgcrypto", {}, {}, {}};
const Subject member{"function", "public", "digest", {}, {}, "pgcrypto"};

bool wants(std::vector<std::string_view> selectors, const Subject &subject) {
  test::TestArena arena;
  return arena.make<Selection>(arena, std::span<const std::string_view>(selectors)).wants(subject);
}

std::string state(std::string_view selector) {
  test::TestArena arena;
  try {
    const std::string_view selectors[] = {selector};
    arena.make<Selection>(arena, std::span<const std::string_view>(selectors)).insist_on_matches();
  } catch (const Error &e) {
    return e.sqlstate;
  }
  return "";
}

TEST(Selector, NoneMeansEverythingButMembersOfExtensions) {
  for (const auto &subject : {table, policy, index_, owned_sequence, schema, extension}) EXPECT_TRUE(wants({}, subject)) << subject.kind;
  EXPECT_FALSE(wants({}, member));
  EXPECT_FALSE(wants({"!public.t"}, table));
  EXPECT_TRUE(wants({"!public.t"}, free_sequence));
}

TEST(Selector, ATableBringsWhatHangsOnIt) {
  for (const auto &subject : {table, policy, index_, owned_sequence}) EXPECT_TRUE(wants({"public.t"}, subject)) << subject.kind;
  for (const auto &subject : {table, policy, index_, owned_sequence}) EXPECT_FALSE(wants({"public.*", "!public.t"}, subject)) << subject.kind;
  EXPECT_FALSE(wants({"public.t"}, free_sequence));
  EXPECT_TRUE(wants({"public.t_id_seq"}, owned_sequence));
  EXPECT_TRUE(wants({"table:public.t"}, policy));
  EXPECT_FALSE(wants({"view:public.t"}, policy));
}

TEST(Selector, KindsNarrow) {
  EXPECT_TRUE(wants({"policy:public.t"}, policy));
  EXPECT_TRUE(wants({"policy:public.t.p?"}, policy));
  EXPECT_FALSE(wants({"policy:public.t.q*"}, policy));
  EXPECT_FALSE(wants({"policy:public.t"}, table));
  EXPECT_TRUE(wants({"index:public.t_*"}, index_));
  EXPECT_TRUE(wants({"schema:pub*"}, schema));
  EXPECT_TRUE(wants({"public.*"}, schema));
  EXPECT_FALSE(wants({"public.t"}, schema));
  EXPECT_TRUE(wants({"extension:pg*"}, extension));
  EXPECT_TRUE(wants({"extension:pgcrypto"}, member));
  EXPECT_FALSE(wants({"public.*"}, member));
}

TEST(Selector, PatternsAreThoseOfPsql) {
  EXPECT_TRUE(wants({"PUBLIC.T"}, table));
  EXPECT_FALSE(wants({"public.\"T\""}, table));
  EXPECT_TRUE(wants({"pub%.[s-u]"}, table));
  EXPECT_FALSE(wants({"public.[^t]"}, table));
  EXPECT_TRUE(wants({"*.\"a.\"\"b\""}, {"table", "x", "a.\"b", {}, {}, {}}));
  EXPECT_TRUE(wants({"x.?"}, {"table", "x", "ä", {}, {}, {}}));
  EXPECT_FALSE(wants({"x.??"}, {"table", "x", "ä", {}, {}, {}}));
  EXPECT_TRUE(wants({"x.[^a]"}, {"table", "x", "ä", {}, {}, {}}));
  EXPECT_TRUE(wants({"x.[ä-ü]b"}, {"table", "x", "öb", {}, {}, {}}));
  EXPECT_FALSE(wants({"x.[q-_a]"}, {"table", "x", "_", {}, {}, {}})) << "a range that ends before it begins is empty";
  EXPECT_TRUE(wants({"x.*a*b*"}, {"table", "x", "aaxxbb", {}, {}, {}}));
  EXPECT_FALSE(wants({"x.*a*b"}, {"table", "x", "aaxxbc", {}, {}, {}}));
}

TEST(Selector, RefusesWhatIsNone) {
  for (const auto *selector : {"", "!", "t", "public.", ".t", "a.b.c", "policy:a.b.c.d", "nothing:a.b", "public.\"t", "public.[ab", "public.a|b", "public.(a)", "schema:a.b",
                               "table:t", "public.t\n", "public.[a\x04z]"})
    EXPECT_EQ(state(selector), "22023") << selector;
}

TEST(Selector, InsistsOnMatches) { EXPECT_EQ(state("public.nothing"), "42704"); }

TEST(Kinds, AreFoundByTheirWords) {
  ASSERT_NE(find_kind("materialized_view"), nullptr);
  EXPECT_EQ(find_kind("materialized_view"), find_kind("materialized view"));
  EXPECT_EQ(find_kind("tables"), nullptr);
  EXPECT_EQ(find_kind(""), nullptr);
  EXPECT_EQ(category("constraint", "foreign key"), "foreign keys");
  EXPECT_EQ(category("table", ""), "tables");
  EXPECT_EQ(category("unheard of", ""), "unheard of");
  for (const Kind &kind : kinds()) EXPECT_EQ(find_kind(kind.name), &kind);
}

}  // namespace
}  // namespace proapp::core
