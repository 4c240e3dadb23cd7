// One round of a repair: which statements, in which order, and what each may cost.
#include "core/plan.hpp"

#include "unit/build.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace proapp::core {
namespace {

class PlanTest : public testing::Test, protected test::Build {
 protected:
  using Lines = std::vector<std::string>;
  using Objects = std::vector<Object>;

  // The steps as "statement [hazards that have a guard]", or "identity: reason" where there is no statement.
  Lines steps(Objects expected, Objects actual, Objects in_the_way = {}, std::vector<std::string_view> stubborn = {}) {
    std::sort(expected.begin(), expected.end(), before);
    std::sort(actual.begin(), actual.end(), before);
    Plan plan(arena, expected, actual, stubborn);
    uprooted_.clear();
    for (const Uprooted &object : plan.uprooted()) uprooted_.push_back(std::string(object.identity) + (object.retyped ? " retyped" : ""));
    Lines lines;
    guards_.clear();
    for (const Step &step : plan.steps(in_the_way)) {
      std::string line = step.statement.empty() ? std::string(step.identity) + ": " + std::string(step.reason) : std::string(step.statement);
      for (const Hazard &hazard : step.hazards) {
        if (hazard.guard.empty()) continue;
        line += " [" + std::string(hazard.name) + "]";
        guards_.push_back(std::string(hazard.guard));
      }
      lines.push_back(line);
    }
    return lines;
  }

  Object table(std::string_view identity, std::initializer_list<Member> more = {}) { return object("table", identity, more); }
  Object column(std::string_view identity, std::string_view parent, std::string_view type) {
    return object("column", identity, {{"type", text(type)}, {"storage", text("plain")}}, parent);
  }
  Object view(std::string_view identity, std::string_view query) { return object("view", identity, {{"query", sql(query, query)}}); }

  Lines uprooted_, guards_;
};

TEST_F(PlanTest, NothingWhereNothingDiffers) { EXPECT_EQ(steps({}, {}), Lines{}); }

TEST_F(PlanTest, RenamesComeFirstAndAlone) {
  EXPECT_EQ(steps({table("s.a", {{"owner", text("o")}}), table("s.x", {{"rls_enabled", Value(true)}})},
                  {table("s.b", {{"owner", text("o")}}), table("s.x", {{"rls_enabled", Value(false)}})}),
            (Lines{"alter table s.b rename to a;"}));
  EXPECT_EQ(uprooted_, Lines{});
  EXPECT_EQ(steps({table("s.x", {{"rls_enabled", Value(true)}})}, {table("s.x", {{"rls_enabled", Value(false)}})}), (Lines{"alter table s.x enable row level security;"}));
}

TEST_F(PlanTest, WhatHoldsRowsGoesOnlyWithAGuard) {
  EXPECT_EQ(steps({}, {table("s.t"), column("s.t.a", "s.t", "integer")}), (Lines{"drop table s.t; [row_loss]"})) << "its columns go with it";
  EXPECT_EQ(guards_, (Lines{"select exists (select from s.t)"}));
  EXPECT_EQ(uprooted_, (Lines{"s.t"}));
  EXPECT_EQ(steps({}, {column("s.t.a", "s.t", "integer")}), (Lines{"alter table s.t drop column a; [row_loss]"}));
  EXPECT_EQ(guards_, (Lines{"select exists (select from s.t where a is not null)"}));
  EXPECT_EQ(steps({}, {object("column", "s.t.a", {{"generated", sql("b")}, {"storage", text("plain")}}, "s.t")}), (Lines{"alter table s.t drop column a;"})) << "its values follow from the others";
  EXPECT_EQ(steps({}, {view("s.v", "select 1")}), (Lines{"drop view s.v;"}));
  EXPECT_EQ(steps({}, {object("column", "s.v.a", {{"type", text("integer")}}, "s.v")}), Lines{}) << "a view's columns are its query's";
}

TEST_F(PlanTest, RowsGoLastOfAll) {
  EXPECT_EQ(steps({object("schema", "n", {})}, {table("s.t", {{"owner", text("o")}}), view("s.v", "select 1")}),
            (Lines{"drop view s.v;", "create schema n;", "drop table s.t; [row_loss]"}));
}

TEST_F(PlanTest, NewTablesBringTheirColumns) {
  EXPECT_EQ(steps({object("index", "s.i", {{"definition", sql("CREATE INDEX i ON s.t (a)")}}, "s.t"), column("s.t.a", "s.t", "integer"), table("s.t")}, {}),
            (Lines{"create table s.t (a integer);", "CREATE INDEX i ON s.t (a);"}));
  EXPECT_EQ(steps({column("s.t.a", "s.t", "integer")}, {}), (Lines{"alter table s.t add column a integer;"}));
}

TEST_F(PlanTest, KeysComeBeforeThoseThatReferToThem) {
  const auto key = [&](std::string_view identity, std::string_view parent, std::string_view type, std::string_view definition) {
    return object("constraint", identity, {{"type", text(type)}, {"definition", members({{"sql", text(definition)}})}}, parent);
  };
  EXPECT_EQ(
      steps({key("constraint a on s.t", "s.t", "foreign key", "FOREIGN KEY (u) REFERENCES s.u(id)"), key("constraint b on s.u", "s.u", "primary key", "PRIMARY KEY (id)")}, {}),
      (Lines{"alter table s.u add constraint b PRIMARY KEY (id);", "alter table s.t add constraint a FOREIGN KEY (u) REFERENCES s.u(id);"}));
}

TEST_F(PlanTest, AnotherTypeMayRewriteAndLose) {
  EXPECT_EQ(steps({column("s.t.a", "s.t", "integer")}, {column("s.t.a", "s.t", "bigint")}), (Lines{"alter table s.t alter column a type integer; [rewrite] [row_loss]"}));
  EXPECT_EQ(guards_, (Lines{"select exists (select from s.t)",
                            "select exists (select from s.t where a::pg_catalog.text::integer::pg_catalog.text::bigint::pg_catalog.text is distinct from a::pg_catalog.text)"}));
  EXPECT_EQ(uprooted_, (Lines{"s.t.a retyped"}));
  EXPECT_EQ(steps({column("s.t.a", "s.t", "integer")}, {column("s.t.a", "s.t", "text")}, {}, {"s.t.a"}),
            (Lines{"alter table s.t alter column a drop default, alter column a type integer using a::pg_catalog.text::integer; [rewrite] [row_loss]"}))
      << "its ALTER failed before";
}

TEST_F(PlanTest, AChangedViewInTheWayIsDroppedAndNothingElse) {
  const Object was = view("s.v", "select a from s.t"), is = view("s.v", "select a, 1 from s.t");
  const Objects expected{column("s.t.a", "s.t", "integer"), was}, actual{column("s.t.a", "s.t", "bigint"), is};
  EXPECT_EQ(steps(expected, actual, {is}), (Lines{"drop view s.v;", "alter table s.t alter column a type integer; [rewrite] [row_loss]"}));
  EXPECT_EQ(steps({column("s.t.a", "s.t", "integer")}, {column("s.t.a", "s.t", "bigint")}, {is}),
            (Lines{"drop view s.v;", "alter table s.t alter column a type integer; [rewrite] [row_loss]"}))
      << "one that is as it should be makes room too, and is missing in the next round";
  EXPECT_EQ(steps({was}, {is}), (Lines{"create or replace view s.v as select a from s.t;"})) << "where nothing is in its way";
}

TEST_F(PlanTest, WhatGoesAnywayIsDroppedOnce) {
  const Object extra = view("s.v", "select a from s.t");
  EXPECT_EQ(steps({column("s.t.a", "s.t", "integer")}, {column("s.t.a", "s.t", "bigint"), extra}, {extra}),
            (Lines{"drop view s.v;", "alter table s.t alter column a type integer; [rewrite] [row_loss]"}));
}

TEST_F(PlanTest, DefaultsMakeRoomForTheirFunction) {
  const Object function = object("function", "s.f()", {});
  EXPECT_EQ(steps({}, {function}, {object("column", "s.t.a", {{"default", sql("s.f()")}}, "s.t")}),
            (Lines{"alter table s.t alter column a drop default;", "drop function s.f();"}));
  EXPECT_EQ(steps({}, {function}, {object("column", "s.t.a", {{"generated", sql("s.f()")}}, "s.t")}), (Lines{"alter table s.t drop column a; [rewrite]", "drop function s.f();"}));
}

TEST_F(PlanTest, TheStubbornAreMadeAnew) {
  const Object was = view("s.v", "select a from s.t"), is = view("s.v", "select a, 1 from s.t");
  EXPECT_EQ(steps({was}, {is}, {}, {"s.v"}), (Lines{"drop view s.v;", "create view s.v as select a from s.t;"}));
  EXPECT_EQ(uprooted_, (Lines{"s.v"}));
  EXPECT_EQ(steps({table("s.t", {{"rls_enabled", Value(true)}})}, {table("s.t", {{"rls_enabled", Value(false)}})}, {}, {"s.t"}),
            (Lines{"alter table s.t enable row level security;"}))
      << "never a table";
}

TEST_F(PlanTest, AnEnumInUseIsSwapped) {
  const Object was = object("enum", "s.e", {{"values", texts({"a", "b"})}}), is = object("enum", "s.e", {{"values", texts({"b", "a"})}});
  EXPECT_EQ(steps({was}, {is}, {column("s.t.c", "s.t", "s.e")}),
            (Lines{"alter type s.e rename to \"replaced by proapp.repair\"; create type s.e as enum ('a', 'b');"
                   " alter table s.t alter column c type s.e using c::pg_catalog.text::s.e; drop type s.\"replaced by proapp.repair\"; [rewrite]"}));
  EXPECT_EQ(steps({was}, {is}), (Lines{"drop type s.e;", "create type s.e as enum ('a', 'b');"})) << "nothing uses it";
  const Object more = object("enum", "s.e", {{"values", texts({"a", "b", "c"})}});
  EXPECT_EQ(steps({more}, {was}, {column("s.t.c", "s.t", "s.e")}), (Lines{"alter type s.e add value 'c' after 'b';"})) << "a value that it lacks is added in place";
}

TEST_F(PlanTest, PartitionedIsAnotherTable) { EXPECT_EQ(steps({table("s.t", {{"partition_key", sql("RANGE (a)")}})}, {table("s.t")}), (Lines{"drop table s.t; [row_loss]"})); }

TEST_F(PlanTest, WhatHasNoStatementHasAReason) {
  EXPECT_EQ(steps({object("extension", "e", {{"relocatable", Value(true)}})}, {object("extension", "e", {})}),
            Lines{"e: PostgreSQL has no statement that changes relocatable of a extension"});
  EXPECT_EQ(steps({object("unmodelled", "x", {{"count", text("1")}})}, {}), (Lines{"x: nothing tells how it was made"}));
  EXPECT_EQ(steps({}, {object("unmodelled", "x", {})}), (Lines{"x: PostgreSQL has no statement that takes it away"}));
  EXPECT_EQ(steps({view("s.v", "")}, {}), (Lines{"s.v: nothing tells how it was made"}));
  EXPECT_EQ(steps({object("subscription", "p", {})}, {}), (Lines{"p: a subscription's slot and password are not the baseline's to know"}));
  EXPECT_EQ(steps({}, {object("subscription", "p", {{"slot", text("p")}})}), (Lines{"p: dropping a subscription drops its slot on the other server, which cannot be taken back"}));
  EXPECT_EQ(steps({object("user mapping", "for u server f", {{"options", texts({"password=(set)"})}})}, {}), (Lines{"for u server f: a secret would have to be known"}));
}

TEST_F(PlanTest, ReasonsComeLast) {
  EXPECT_EQ(steps({object("subscription", "a", {}), table("s.t")}, {}), (Lines{"create table s.t ();", "a: a subscription's slot and password are not the baseline's to know"}));
}

}  // namespace
}  // namespace proapp::core
