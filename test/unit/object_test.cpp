#include "core/object.hpp"

#include "core/render.hpp"
#include "core/rules.hpp"
#include "unit/build.hpp"

#include <gtest/gtest.h>

namespace proapp::core {
namespace {

using test::Build;

TEST(Digest, IsThatOfEverybodyElse) {
  test::TestArena arena;
  EXPECT_EQ(hex(arena, sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  Digest read;
  EXPECT_TRUE(parse_hex(hex(arena, sha256("abc")), read));
  EXPECT_EQ(read, sha256("abc"));
  EXPECT_FALSE(parse_hex("", read));
  EXPECT_FALSE(parse_hex(std::string(63, 'a'), read));
  EXPECT_FALSE(parse_hex(std::string(64, 'g'), read));
}

TEST(Bytes, KeepFieldsApart) {
  test::TestArena arena;
  Bytes bytes(arena);
  EXPECT_EQ(bytes.field("ab").field("").number(-12).raw(';').view(), "2:ab0:-12;");
  bytes.clear();
  EXPECT_EQ(bytes.number(INT64_MIN).view(), "-9223372036854775808");
}

TEST(Object, DigestsAreOfFactsNotOfTheirForm) {
  Build build;
  const auto plain = build.digest(build.object("table", "s.t", {{"a", build.text("x")}, {"b", Value(1)}}));
  EXPECT_EQ(plain, build.digest(build.object("table", "s.t", {{"b", Value(1)}, {"a", build.text("x")}}))) << "order of members";
  EXPECT_EQ(plain, build.digest(build.object("table", "s.t", {{"a", build.text("x")}, {"b", Value(1)}, {"c", Value()}, {"d", Value(false)}, {"e", build.list({})}})))
      << "absent values";
  EXPECT_EQ(plain, build.digest(build.object("table", "s.t", {{"a", build.text("x")}, {"b", Value(1)}, {"column_order", build.texts({"q"})}}))) << "aside";
  EXPECT_NE(plain, build.digest(build.object("table", "s.t", {{"a", build.text("x")}, {"b", build.text("1")}}))) << "type of a value";
  EXPECT_NE(plain, build.digest(build.object("table", "s.t", {{"a", build.text("x")}, {"b", Value(1)}}, "s"))) << "parent";
  EXPECT_NE(plain, build.digest(build.object("view", "s.t", {{"a", build.text("x")}, {"b", Value(1)}}))) << "kind";
}

TEST(Object, ExpressionsCountByTreeNotBySql) {
  Build build;
  const auto digest = [&](std::string_view sql, std::string_view tree) { return build.digest(build.object("policy", "p", {{"using", build.sql(sql, tree)}})); };
  EXPECT_EQ(digest("a", "1"), digest("b", "1"));
  EXPECT_NE(digest("a", "1"), digest("a", "2"));
  EXPECT_TRUE(same(build.sql("a", "1"), build.sql("b", "1")));
  EXPECT_FALSE(same(build.sql("a", "1"), build.sql("a", "2")));
}

TEST(Object, ListsHaveAnOrder) {
  Build build;
  EXPECT_TRUE(same(build.texts({"a", "b"}), build.texts({"a", "b"})));
  EXPECT_FALSE(same(build.texts({"a", "b"}), build.texts({"b", "a"})));
  EXPECT_TRUE(same(Value(), build.list({})));
  EXPECT_FALSE(same(Value(0), Value()));
}

TEST(Object, CopiesAreEqualAndElsewhere) {
  Build build, other;
  const Object original = build.object("table", "s.t", {{"l", build.list({build.text("x"), build.members({{"y", Value(true)}})})}}, "parent");
  const Object copied = copy(other.arena, original);
  EXPECT_EQ(build.digest(original), other.digest(copied));
  EXPECT_NE(original.identity.data(), copied.identity.data());
}

TEST(TreeDigest, DoesNotDependOnOrder) {
  Build build;
  const Object objects[] = {build.object("table", "a", {}), build.object("column", "a.x", {}, "a"), build.object("column", "b.x", {}, "b"), build.object("table", "b", {})};
  const auto root = [&](std::initializer_list<int> order) {
    Bytes scratch(build.arena);
    TreeDigest tree(build.arena);
    for (const int i : order) tree.add(objects[i], digest(objects[i], scratch).digest);
    return tree.root();
  };
  EXPECT_EQ(root({0, 1, 2, 3}), root({3, 1, 0, 2}));
  EXPECT_NE(root({0, 1, 2, 3}), root({0, 1, 2}));
  EXPECT_NE(root({}), root({0}));
}

TEST(TreeDigest, MayBeToldEarlyWhatIsComplete) {
  Build build;
  const Object x = build.object("column", "a.x", {}, "a"), y = build.object("column", "a.y", {}, "a"), z = build.object("column", "b.z", {}, "b"),
               t = build.object("table", "a", {});
  TreeDigest late(build.arena), early(build.arena);
  Bytes scratch(build.arena);
  const auto add = [&](TreeDigest &tree, const Object &object) { tree.add(object, digest(object, scratch).digest); };
  for (const Object *object : {&x, &y, &z, &t}) add(late, *object);
  add(early, t);
  add(early, z);
  early.close("column", "b");
  early.close("column", "c");  // nothing of it came
  add(early, y);
  add(early, x);
  early.close("column", "a");
  early.close("column");
  EXPECT_EQ(late.root(), early.root());
}

TEST(Render, SaysWhatPeopleRead) {
  Build build;
  EXPECT_EQ(render(build.arena, build.sql("(a > 1)")), "(a > 1)");
  EXPECT_EQ(render(build.arena, build.texts({"a", "b"})), "a, b");
  EXPECT_EQ(render(build.arena, build.list({build.members({{"grantee", build.text("anon")}, {"privileges", build.texts({"SELECT"})}})})), "anon SELECT");
  EXPECT_EQ(render(build.arena, build.members({{"column", build.text("c")}, {"descending", Value(true)}, {"nulls", Value()}})), "c descending");
  EXPECT_EQ(render(build.arena, Value()), "");
  EXPECT_EQ(render(build.arena, build.object("table", "t", {{"rls_enabled", Value(true)}, {"owner", build.text("x")}, {"comment", build.text("c")}})), "rls_enabled; comment c");
}

TEST(Rules, TheMostSpecificOneHolds) {
  EXPECT_EQ(find_rule("table", "rls_enabled", Change::lost).severity, Severity::critical);
  EXPECT_EQ(find_rule("table", "rls_enabled", Change::gained).severity, Severity::high);
  EXPECT_EQ(find_rule("foreign table", "", Change::missing).severity, Severity::high);
  EXPECT_EQ(find_rule("procedure", "security_definer", Change::gained).severity, Severity::critical);
  EXPECT_EQ(find_rule("policy", "using", Change::gained).severity, Severity::critical) << "no rule of that direction: the one for any change";
  EXPECT_EQ(find_rule("table", "grants", Change::gained).kind, "*");
  EXPECT_EQ(find_rule("unheard of", "unheard of", Change::lost).attribute, "*");
  EXPECT_EQ(find_rule("unheard of", "", Change::missing).severity, Severity::medium);
}

TEST(Rules, GiveReasonsAndNoDuplicates) {
  for (const Rule &rule : rules()) {
    EXPECT_FALSE(rule.reason.empty()) << rule.kind << ' ' << rule.attribute;
    EXPECT_EQ(&find_rule(rule.kind == "*" ? "unheard of" : rule.kind, rule.attribute == "*" ? "unheard of" : rule.attribute, rule.change), &rule)
        << rule.kind << ' ' << rule.attribute;
    EXPECT_EQ(rule.attribute.empty(), rule.change == Change::missing || rule.change == Change::unexpected || rule.change == Change::renamed) << rule.kind << ' ' << rule.attribute;
  }
}

TEST(Rules, NoLossOfProtectionIsLow) {
  for (const auto &[kind, attribute, change] : std::initializer_list<std::tuple<const char *, const char *, Change>>{{"table", "rls_forced", Change::lost},
                                                                                                                     {"policy", "check", Change::lost},
                                                                                                                     {"policy", "roles", Change::gained},
                                                                                                                     {"policy", "restrictive", Change::lost},
                                                                                                                     {"policy", "", Change::missing},
                                                                                                                     {"view", "security_invoker", Change::lost},
                                                                                                                     {"function", "search_path", Change::lost},
                                                                                                                     {"function", "leakproof", Change::gained}})
    EXPECT_EQ(find_rule(kind, attribute, change).severity, Severity::critical) << kind << ' ' << attribute;
}

}  // namespace
}  // namespace proapp::core
