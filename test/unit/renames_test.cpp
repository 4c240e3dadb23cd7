// When a missing object is an unexpected one under another name, and what gives it its own back.
#include "core/renames.hpp"

#include "unit/build.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace proapp::core {
namespace {

class Renames : public testing::Test, protected test::Build {
 protected:
  using Found = std::vector<std::string>;

  // "kind is -> was: statement" of each.
  Found found(std::vector<Object> expected, std::vector<Object> actual) {
    std::sort(expected.begin(), expected.end(), before);
    std::sort(actual.begin(), actual.end(), before);
    Found all;
    for (const Rename &rename : find_renames(arena, expected, actual))
      all.push_back(std::string(rename.expected->kind) + " " + std::string(rename.actual->identity) + " -> " + std::string(rename.expected->identity));
    return all;
  }
  std::string back(const Object &expected, const Object &actual) {
    Bytes out(arena);
    rename_back({&expected, &actual}, out);
    return std::string(out.view());
  }
  std::string back(std::string_view kind, std::string_view expected, std::string_view actual, std::string_view parent = {}) {
    return back(object(kind, expected, {}, parent), object(kind, actual, {}, parent));
  }
  Object column(std::string_view identity, std::string_view parent, std::string_view type = "integer") { return object("column", identity, {{"type", text(type)}}, parent); }
  Object table(std::string_view identity, std::string_view owner = "o") { return object("table", identity, {{"owner", text(owner)}}); }
};

TEST_F(Renames, TheOnlyOneOfItsKindThatIsOtherwiseTheSame) {
  EXPECT_EQ(found({column("s.t.a", "s.t")}, {column("s.t.b", "s.t")}), (Found{"column s.t.b -> s.t.a"}));
  EXPECT_EQ(found({column("s.t.a", "s.t"), column("s.t.x", "s.t", "text")}, {column("s.t.b", "s.t"), column("s.t.y", "s.t", "text")}),
            (Found{"column s.t.b -> s.t.a", "column s.t.y -> s.t.x"}))
      << "in the order of what was expected";
  EXPECT_EQ(found({}, {column("s.t.b", "s.t")}), Found{});
  EXPECT_EQ(found({column("s.t.a", "s.t")}, {}), Found{});
  EXPECT_EQ(found({column("s.t.a", "s.t")}, {column("s.t.a", "s.t")}), Found{});
}

TEST_F(Renames, NotWhereTwoCouldBeMeant) {
  EXPECT_EQ(found({column("s.t.a", "s.t")}, {column("s.t.b", "s.t"), column("s.t.c", "s.t")}), Found{});
  EXPECT_EQ(found({column("s.t.a", "s.t"), column("s.t.b", "s.t")}, {column("s.t.c", "s.t")}), Found{});
  EXPECT_EQ(found({column("s.t.a", "s.t"), column("s.t.b", "s.t")}, {column("s.t.c", "s.t"), column("s.t.d", "s.t")}), Found{});
  EXPECT_EQ(found({column("s.t.a", "s.t"), column("s.t.b", "s.t")}, {column("s.t.b", "s.t"), column("s.t.c", "s.t")}), (Found{"column s.t.c -> s.t.a"}))
      << "what both have is nobody's other name";
}

TEST_F(Renames, NotWhereAnythingElseDiffers) {
  EXPECT_EQ(found({column("s.t.a", "s.t")}, {column("s.t.b", "s.t", "bigint")}), Found{});
  EXPECT_EQ(found({column("s.t.a", "s.t")}, {column("s.u.b", "s.u")}), Found{}) << "of another table";
  EXPECT_EQ(found({object("function", "s.f()", {})}, {object("procedure", "s.g()", {})}), Found{});
  EXPECT_EQ(found({table("s.a")}, {table("s.b", "p")}), Found{});
  EXPECT_EQ(found({object("policy", "policy p on s.t", {{"using", sql("a", "1")}}, "s.t")}, {object("policy", "policy q on s.t", {{"using", sql("a", "2")}}, "s.t")}), Found{});
}

TEST_F(Renames, OnlyOfKindsThatHaveAStatementForIt) {
  EXPECT_EQ(found({object("extension", "a", {})}, {object("extension", "b", {})}), Found{});
  EXPECT_EQ(found({object("publication member", "s.t in publication p", {}, "s.t")}, {object("publication member", "s.t in publication q", {}, "s.t")}), Found{});
}

TEST_F(Renames, TablesTakeTheirPartsAlong) {
  const auto with_parts = [&](std::string_view name, std::string_view type) {
    const std::string identity = "s." + std::string(name);
    return std::vector<Object>{table(identity), column(identity + ".id", identity), column(identity + ".x", identity, type),
                               object("policy", "policy p on " + identity, {{"command", text("all")}}, identity)};
  };
  EXPECT_EQ(found(with_parts("a", "text"), with_parts("b", "text")), (Found{"table s.b -> s.a"})) << "the parts themselves are not renamed";
  EXPECT_EQ(found(with_parts("a", "text"), with_parts("b", "bigint")), Found{}) << "a column has another type";
  std::vector<Object> fewer = with_parts("b", "text");
  fewer.pop_back();
  EXPECT_EQ(found(with_parts("a", "text"), fewer), Found{}) << "the policy is gone";
  std::vector<Object> two = with_parts("b", "text"), other = with_parts("c", "bigint");
  two.insert(two.end(), other.begin(), other.end());
  EXPECT_EQ(found(with_parts("a", "text"), two), (Found{"table s.b -> s.a"})) << "their columns tell them apart";
}

TEST_F(Renames, WhatLivesBesideATableGoesWithIt) {
  const auto with_parts = [&](std::string_view schema, std::string_view name, std::string_view publication) {
    const std::string in = std::string(schema) + ".", identity = in + std::string(name);
    return std::vector<Object>{table(identity), object("index", in + "i", {{"unique", Value(true)}}, identity),
                               object("publication member", identity + " in publication " + std::string(publication), {{"publication", text(publication)}}, identity)};
  };
  EXPECT_EQ(found(with_parts("s", "t", "p"), with_parts("other", "t", "p")), (Found{"table other.t -> s.t"}));
  EXPECT_EQ(found(with_parts("s", "t", "p"), with_parts("s", "u", "q")), Found{}) << "of another publication";
}

TEST_F(Renames, MovedToAnotherSchema) {
  EXPECT_EQ(found({table("s.t"), column("s.t.a", "s.t")}, {table("other.t"), column("other.t.a", "other.t")}), (Found{"table other.t -> s.t"}));
  EXPECT_EQ(found({object("function", "s.f(integer)", {})}, {object("function", "other.f(integer)", {})}), (Found{"function other.f(integer) -> s.f(integer)"}));
  EXPECT_EQ(back("table", "s.t", "other.t"), "alter table other.t set schema s;");
  EXPECT_EQ(back("function", "s.f(integer)", "other.f(integer)"), "alter function other.f(integer) set schema s;");
  EXPECT_EQ(back("enum", "\"S.1\".e", "other.e"), "alter type other.e set schema \"S.1\";");
  EXPECT_EQ(back("view", "s.v", "other.w"), "alter view other.w set schema s;") << "its name is the next round's";
}

TEST_F(Renames, Statements) {
  EXPECT_EQ(back("table", "s.a", "s.b"), "alter table s.b rename to a;");
  EXPECT_EQ(back("materialized view", "s.a", "s.b"), "alter materialized view s.b rename to a;");
  EXPECT_EQ(back("foreign table", "s.a", "s.b"), "alter foreign table s.b rename to a;");
  EXPECT_EQ(back("column", "s.t.a", "s.t.b", "s.t"), "alter table s.t rename column b to a;");
  EXPECT_EQ(back("constraint", "constraint a on s.t", "constraint b on s.t", "s.t"), "alter table s.t rename constraint b to a;");
  EXPECT_EQ(
      back(object("constraint", "constraint a on s.d", {{"of_domain", Value(true)}}, "s.d"), object("constraint", "constraint b on s.d", {{"of_domain", Value(true)}}, "s.d")),
      "alter domain s.d rename constraint b to a;");
  EXPECT_EQ(back("policy", "policy a on s.t", "policy b on s.t", "s.t"), "alter policy b on s.t rename to a;");
  EXPECT_EQ(back("trigger", "trigger a on s.t", "trigger b on s.t", "s.t"), "alter trigger b on s.t rename to a;");
  EXPECT_EQ(back("rule", "rule a on s.t", "rule b on s.t", "s.t"), "alter rule b on s.t rename to a;");
  EXPECT_EQ(back("index", "s.a", "s.b", "s.t"), "alter index s.b rename to a;");
  EXPECT_EQ(back("function", "s.a(integer,text)", "s.b(integer,text)"), "alter function s.b(integer,text) rename to a;");
  EXPECT_EQ(back("composite type", "s.a", "s.b"), "alter type s.b rename to a;");
  EXPECT_EQ(back("schema", "a", "b"), "alter schema b rename to a;");
  EXPECT_EQ(back("publication", "a", "b"), "alter publication b rename to a;");
  EXPECT_EQ(back("event trigger", "a", "b"), "alter event trigger b rename to a;");
}

TEST_F(Renames, QuotedNames) {
  EXPECT_EQ(back("table", "s.\"a.b\"", "s.\"c(d\""), "alter table s.\"c(d\" rename to \"a.b\";");
  EXPECT_EQ(back("column", "\"S\".\"t.u\".\"a\"\"b\"", "\"S\".\"t.u\".\"c d\"", "\"S\".\"t.u\""), "alter table \"S\".\"t.u\" rename column \"c d\" to \"a\"\"b\";");
  EXPECT_EQ(back("policy", "policy \"a on b\" on s.t", "policy \"c.d\" on s.t", "s.t"), "alter policy \"c.d\" on s.t rename to \"a on b\";");
  EXPECT_EQ(back("policy", "policy \"a.b(c\" on s.t", "policy d on s.t", "s.t"), "alter policy d on s.t rename to \"a.b(c\";");
  EXPECT_EQ(back("function", "s.\"f(x\"(integer)", "s.\"g.h\"(integer)"), "alter function s.\"g.h\"(integer) rename to \"f(x\";");
}

// PostgreSQL leaves a sequence its name, and lets the key follow.
TEST_F(Renames, SequencesAndKeysToItselfGoWithATable) {
  const auto identity = [&](std::string_view column, std::string_view parent, const Value &sequence) {
    return object("column", column, {{"type", text("integer")}, {"identity", text("always")}, {"identity_sequence", sequence}}, parent);
  };
  const auto key = [&](std::string_view name, std::string_view parent) {
    return object("constraint", name, {{"type", text("foreign key")}, {"references", text(parent)}}, parent);
  };
  const auto serial = [&](std::string_view parent, std::string_view owned_by) {
    return object("sequence", "s.a_n_seq", {{"start", Value(1)}, {"owned_by", text(owned_by)}}, parent);
  };
  EXPECT_EQ(found({table("s.a"), identity("s.a.id", "s.a", members({{"start", Value(1)}})), key("constraint k on s.a", "s.a"), serial("s.a", "s.a.n")},
                  {table("s.b"), identity("s.b.id", "s.b", members({{"start", Value(1)}, {"name", text("a_id_seq")}})), key("constraint k on s.b", "s.b"), serial("s.b", "s.b.n")}),
            (Found{"table s.b -> s.a"}));
  EXPECT_EQ(found({table("s.a"), identity("s.a.id", "s.a", members({{"start", Value(1)}}))}, {table("s.b"), identity("s.b.id", "s.b", members({{"start", Value(5)}}))}), Found{});
}

}  // namespace
}  // namespace proapp::core
