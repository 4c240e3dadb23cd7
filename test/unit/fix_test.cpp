#include "core/fix.hpp"

#include "unit/build.hpp"

#include <gtest/gtest.h>

namespace proapp::core {
namespace {

class Fix : public testing::Test, protected test::Build {
 protected:
  std::string_view of(const Object &object, Change change) { return fix(arena, object, change); }
  // What puts `attribute` of the object back to `was` where it is `is`.
  std::string_view of(std::string_view kind, std::string_view identity, std::string_view parent, std::string_view attribute, const Value &was, const Value &is) {
    return fix(arena, object(kind, identity, {{attribute, was}}, parent), object(kind, identity, {{attribute, is}}, parent), attribute);
  }
  Value grants(std::string_view role, std::initializer_list<std::string_view> privileges) { return list({members({{"grantee", text(role)}, {"privileges", texts(privileges)}})}); }
};

TEST_F(Fix, Policies) {
  const Object policy = object("policy", "policy \"my p\" on s.t",
                               {{"command", text("select")}, {"roles", texts({"a", "b"})}, {"restrictive", Value(true)}, {"using", sql("x > 1")}, {"check", sql("y")}}, "s.t");
  EXPECT_EQ(of(policy, Change::missing), "create policy \"my p\" on s.t as restrictive for select to a, b using (x > 1) with check (y);");
  EXPECT_EQ(of(policy, Change::unexpected), "drop policy \"my p\" on s.t;");
  const Object weaker =
      object("policy", "policy \"my p\" on s.t", {{"command", text("select")}, {"roles", texts({"PUBLIC"})}, {"restrictive", Value(true)}, {"using", sql("true")}}, "s.t");
  EXPECT_EQ(fix(arena, policy, weaker, "using"), "alter policy \"my p\" on s.t using (x > 1);");
  EXPECT_EQ(fix(arena, policy, weaker, "roles"), "alter policy \"my p\" on s.t to a, b;");
  EXPECT_EQ(fix(arena, weaker, policy, "check"), "drop policy \"my p\" on s.t; create policy \"my p\" on s.t as restrictive for select to PUBLIC using (true);")
      << "a clause cannot be altered away";
}

TEST_F(Fix, Tables) {
  EXPECT_EQ(of("table", "s.t", "", "rls_enabled", Value(true), Value(false)), "alter table s.t enable row level security;");
  EXPECT_EQ(of("table", "s.t", "", "rls_forced", Value(false), Value(true)), "alter table s.t no force row level security;");
  EXPECT_EQ(of("table", "s.t", "", "persistence", text("permanent"), text("unlogged")), "alter table s.t set logged;");
  EXPECT_EQ(of("table", "s.t", "", "owner", text("a"), text("b")), "alter table s.t owner to a;");
  EXPECT_EQ(of("table", "s.t", "", "comment", text("it's"), Value()), "comment on table s.t is 'it''s';");
  EXPECT_EQ(of("table", "s.t", "", "comment", text("a\\b"), Value()), "comment on table s.t is E'a\\\\b';");
  EXPECT_EQ(of("table", "s.t", "", "comment", Value(), text("x")), "comment on table s.t is null;");
}

TEST_F(Fix, NothingThatHoldsRowsIsDropped) {
  for (const auto *kind : {"table", "column", "sequence", "schema", "extension", "enum", "materialized view", "foreign table"})
    EXPECT_EQ(of(object(kind, "s.t", {}), Change::unexpected), "") << kind;
  EXPECT_EQ(of(object("view", "s.v", {}), Change::unexpected), "drop view s.v;");
  EXPECT_EQ(of(object("function", "s.f(integer)", {}), Change::unexpected), "drop function s.f(integer);");
  EXPECT_EQ(of(object("index", "s.i", {}, "s.t"), Change::unexpected), "drop index s.i;");
  EXPECT_EQ(of(object("trigger", "trigger g on s.t", {}, "s.t"), Change::unexpected), "drop trigger g on s.t;");
  EXPECT_EQ(of(object("constraint", "constraint c on s.t", {}, "s.t"), Change::unexpected), "alter table s.t drop constraint c;");
  EXPECT_EQ(of(object("publication member", "s.t in publication p", {{"publication", text("p")}}, "s.t"), Change::unexpected), "alter publication p drop table only s.t;");
}

TEST_F(Fix, Columns) {
  const auto column = [&](std::string_view attribute, const Value &was, const Value &is) { return of("column", "s.t.c", "s.t", attribute, was, is); };
  EXPECT_EQ(column("not_null", Value(true), Value(false)), "alter table s.t alter column c set not null;");
  EXPECT_EQ(column("not_null", Value(false), Value(true)), "alter table s.t alter column c drop not null;");
  EXPECT_EQ(column("default", sql("now()"), Value()), "alter table s.t alter column c set default now();");
  EXPECT_EQ(column("default", Value(), sql("now()")), "alter table s.t alter column c drop default;");
  EXPECT_EQ(column("type", text("bigint"), text("integer")), "alter table s.t alter column c type bigint;");
  EXPECT_EQ(column("storage", text("main"), text("plain")), "alter table s.t alter column c set storage main;");
  EXPECT_EQ(column("generated", sql("a"), Value()), "");
  EXPECT_EQ(of("column", "columns.t.c", "columns.t", "not_null", Value(true), Value(false)), "alter table columns.t alter column c set not null;")
      << "a schema that begins like the kind";
}

TEST_F(Fix, MissingColumnsAndMembersOfPublications) {
  EXPECT_EQ(of(object("column", "s.t.c", {{"type", text("integer")}, {"not_null", Value(true)}}, "s.t"), Change::missing), "alter table s.t add column c integer not null;");
  EXPECT_EQ(of(object("table", "s.t", {}), Change::missing), "") << "its rows are in a backup";
  EXPECT_EQ(
      of(object("publication member", "s.t in publication p", {{"publication", text("p")}, {"columns", texts({"a", "b"})}, {"filter", sql("a > 1")}}, "s.t"), Change::missing),
      "alter publication p add table only s.t (a, b) where (a > 1);");
}

TEST_F(Fix, AttributesOfCompositeTypes) {
  const auto attribute = [&](std::string_view name) { return members({{"name", text(name)}, {"type", text("integer")}}); };
  EXPECT_EQ(of("composite type", "s.c", "", "attributes", list({attribute("a"), attribute("b")}), list({attribute("a")})), "alter type s.c add attribute b integer;");
  EXPECT_EQ(of("composite type", "s.c", "", "attributes", list({attribute("a")}), list({attribute("a"), attribute("b")})), "") << "its values would go";
}

TEST_F(Fix, Functions) {
  const auto function = [&](std::string_view attribute, const Value &was, const Value &is) { return of("function", "s.f(integer)", "", attribute, was, is); };
  EXPECT_EQ(function("security_definer", Value(false), Value(true)), "alter function s.f(integer) security invoker;");
  EXPECT_EQ(function("search_path", text("''"), Value()), "alter function s.f(integer) set search_path = '';");
  EXPECT_EQ(function("search_path", Value(), text("x")), "alter function s.f(integer) reset search_path;");
  EXPECT_EQ(function("volatility", text("stable"), text("volatile")), "alter function s.f(integer) stable;");
  EXPECT_EQ(function("leakproof", Value(false), Value(true)), "alter function s.f(integer) not leakproof;");
  EXPECT_EQ(of("procedure", "s.p()", "", "parallel", text("safe"), text("unsafe")), "alter procedure s.p() parallel safe;");
}

TEST_F(Fix, Triggers) {
  EXPECT_EQ(of("trigger", "trigger g on s.t", "s.t", "enabled", text("origin"), text("disabled")), "alter table s.t enable trigger g;");
  EXPECT_EQ(of("trigger", "trigger g on s.t", "s.t", "enabled", text("always"), text("origin")), "alter table s.t enable always trigger g;");
}

TEST_F(Fix, Views) {
  const Object view = object("view", "s.v", {{"query", sql("SELECT 1")}, {"security_invoker", Value(true)}, {"check_option", text("local")}});
  EXPECT_EQ(of(view, Change::missing), "create view s.v with (security_invoker = true, check_option = local) as SELECT 1;");
  EXPECT_EQ(of("view", "s.v", "", "security_barrier", Value(true), Value(false)), "alter view s.v set (security_barrier = true);");
  EXPECT_EQ(of("view", "s.v", "", "security_invoker", Value(), Value(true)), "alter view s.v reset (security_invoker);");
  EXPECT_EQ(of("view", "s.v", "", "check_option", Value(), text("local")), "alter view s.v reset (check_option);");
}

TEST_F(Fix, Constraints) {
  const Object constraint = object("constraint", "constraint c on s.t", {{"on_delete", text("cascade")}, {"definition", members({{"sql", text("CHECK (true)")}})}}, "s.t");
  EXPECT_EQ(of(constraint, Change::missing), "alter table s.t add constraint c CHECK (true);");
  EXPECT_EQ(fix(arena, constraint, constraint, "on_delete"), "alter table s.t drop constraint c; alter table s.t add constraint c CHECK (true);");
}

TEST_F(Fix, Grants) {
  EXPECT_EQ(of("table", "s.t", "", "grants", grants("a", {"SELECT"}), grants("anon", {"ALL"})), "revoke ALL on table s.t from anon; grant SELECT on table s.t to a;");
  EXPECT_EQ(of("table", "s.t", "", "grants", grants("a", {"INSERT*"}), Value()), "grant INSERT on table s.t to a with grant option;");
  EXPECT_EQ(of("column", "s.t.c", "s.t", "grants", grants("a", {"UPDATE"}), Value()), "grant UPDATE (c) on s.t to a;");
  EXPECT_EQ(of("view", "s.v", "", "grants", grants("a", {"SELECT"}), Value()), "grant SELECT on table s.v to a;");
}

TEST_F(Fix, NamesLikeTheirKind) {
  for (const auto *kind : {"table", "policy", "column", "trigger", "constraint"})
    for (const auto change : {Change::missing, Change::unexpected}) EXPECT_NO_THROW(of(object(kind, kind, {}), change)) << kind;
}

}  // namespace
}  // namespace proapp::core
