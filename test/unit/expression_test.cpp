#include "core/expression.hpp"

#include "core/error.hpp"
#include "core/stored_value.hpp"
#include "unit/test_arena.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace proapp::core {
namespace {

// One database: the same few objects as in every other, under OIDs that begin at `first`, with columns dropped or not.
class Database {
 public:
  explicit Database(Oid first, bool gaps) : mood(first), mood_array(first + 1), pair(first + 2), table(first + 3), pair_relation(first + 4), sad(first + 5), names(arena) {
    const std::string_view gap[] = {"", "x", "m", "", "label"}, none[] = {"x", "m", "label"};
    columns_.assign(gaps ? std::begin(gap) : std::begin(none), gaps ? std::end(gap) : std::end(none));
    types_ = gaps ? std::vector<Oid>{0, 23, mood, 0, 25} : std::vector<Oid>{23, mood, 25};
    names.types.at(23) = {.kind = 'b', .length = 4, .identity = "integer"};
    names.types.at(25) = {.kind = 'b', .length = -1, .identity = "text"};
    names.types.at(1009) = {.kind = 'b', .element = 25, .length = -1, .identity = "text[]"};
    names.types.at(mood) = {.kind = 'e', .length = 4, .identity = "s.mood"};
    names.types.at(mood_array) = {.kind = 'b', .element = mood, .length = -1, .identity = "s.mood[]"};
    names.types.at(pair) = {.kind = 'c', .relation = pair_relation, .length = -1, .alignment = 'd', .identity = "s.pair"};
    names.relations.at(pair_relation) = {.kind = 'c', .identity = "s.pair", .columns = columns_, .column_types = types_};
    names.relations.at(table) = {.kind = 'r', .identity = "s.t", .columns = columns_, .column_types = types_};
    names.enum_labels.at(sad) = "sad";
    names.enum_labels.at(sad + 1) = "happy";
    names.operators.at(96) = "pg_catalog.=(integer,integer)";
    number = gaps ? "2" : "1";
    last = gaps ? "5" : "3";
  }

  Digest of(const std::string &text, bool is_default = false) {
    auto &expressions = arena.make<Expressions>(arena, names, watch);
    return is_default ? expressions.default_digest(text, table) : expressions.digest(text, table);
  }

  std::string column(const std::string &attribute) const { return "{VAR :varno 1 :varattno " + attribute + " :vartype 23 :vartypmod -1 :varcollid 0 :varlevelsup 0 :location 7}"; }
  std::string constant(int value) const {
    return "{CONST :consttype 23 :consttypmod -1 :constcollid 0 :constlen 4 :constbyval true :constisnull false :location 60 :constvalue 4 [ " + std::to_string(value) +
           " 0 0 0 0 0 0 0 ]}";
  }
  std::string equal(const std::string &attribute, int value) const {
    return "{OPEXPR :opno 96 :opfuncid 65 :opresulttype 16 :opretset false :opcollid 0 :inputcollid 0 :args (" + column(attribute) + " " + constant(value) + ") :location 5}";
  }
  static std::string condition(const std::string &operation, const std::string &arguments) { return "{BOOLEXPR :boolop " + operation + " :args (" + arguments + ") :location 3}"; }
  std::string label(Oid value) const {
    return "{CONST :consttype " + std::to_string(mood) + " :consttypmod -1 :constcollid 0 :constlen 4 :constbyval true :constisnull false :location 1 :constvalue 4 [" +
           bytes(value) + " 0 0 0 0 ]}";
  }
  std::string labels(std::initializer_list<Oid> values) const {
    std::string all;
    for (const Oid value : values) all += bytes(value);
    return "{CONST :consttype " + std::to_string(mood_array) + " :constlen -1 :constbyval false :constisnull false :location 1 :constvalue " +
           std::to_string(24 + 4 * values.size()) + " [" + bytes(static_cast<Oid>((24 + 4 * values.size()) << 2)) + bytes(1) + bytes(0) + bytes(mood) +
           bytes(static_cast<Oid>(values.size())) + bytes(1) + all + " ]}";
  }
  static std::string bytes(Oid value) {
    std::string text;
    for (int i = 0; i < 4; ++i) text += " " + std::to_string(static_cast<int>(static_cast<signed char>(value >> 8 * i & 0xFF)));
    return text;
  }

  test::TestArena arena;
  Watch watch;
  const Oid mood, mood_array, pair, table, pair_relation, sad;
  Names names;
  std::string number, last;  // of the columns x and label

 private:
  std::vector<std::string_view> columns_;
  std::vector<Oid> types_;
};

class Expression : public testing::Test {
 protected:
  Database here{20000, true}, there{30000, false};
};

TEST_F(Expression, ColumnsCountByName) {
  EXPECT_EQ(here.of(here.equal(here.number, 1)), there.of(there.equal(there.number, 1)));
  EXPECT_NE(here.of(here.equal(here.number, 1)), here.of(here.equal(here.number, 2)));
  EXPECT_NE(here.of(here.equal(here.number, 1)), here.of(here.equal(here.last, 1)));
}

TEST_F(Expression, NestedConditionsAreFlat) {
  const std::string a = here.equal("2", 1), b = here.equal("2", 2), c = here.equal("2", 3);
  const auto all = [](const std::string &x) { return Database::condition("and", x); };
  const auto any = [](const std::string &x) { return Database::condition("or", x); };
  EXPECT_EQ(here.of(all(a + " " + all(b + " " + c))), here.of(all(all(a + " " + b) + " " + c)));
  EXPECT_EQ(here.of(any(a + " " + any(b + " " + c))), here.of(any(a + " " + b + " " + c)));
  EXPECT_NE(here.of(all(a + " " + any(b + " " + c))), here.of(all(a + " " + all(b + " " + c))));
  EXPECT_NE(here.of(all(a + " " + b)), here.of(all(b + " " + a)));
  EXPECT_NE(here.of(Database::condition("not", a)), here.of(a));
}

TEST_F(Expression, EnumValuesCountByLabel) {
  EXPECT_EQ(here.of(here.label(here.sad)), there.of(there.label(there.sad)));
  EXPECT_NE(here.of(here.label(here.sad)), here.of(here.label(here.sad + 1)));
  EXPECT_EQ(here.of(here.labels({here.sad, here.sad + 1})), there.of(there.labels({there.sad, there.sad + 1})));
  EXPECT_NE(here.of(here.labels({here.sad, here.sad + 1})), here.of(here.labels({here.sad + 1, here.sad})));
}

TEST_F(Expression, MembersOfRowsCountByName) {
  const auto member = [](const Database &in, const std::string &number) {
    return "{FIELDSELECT :arg {VAR :varno 1 :varattno " + in.number + " :vartype " + std::to_string(in.pair) + " :varlevelsup 5} :fieldnum " + number +
           " :resulttype 25 :resulttypmod -1 :resultcollid 100}";
  };
  const auto row = [](const Database &in, const std::string &arguments) {
    return "{ROWEXPR :args (" + arguments + ") :row_typeid " + std::to_string(in.pair) + " :row_format 1 :colnames <>}";
  };
  const std::string null = "{CONST :consttype 23 :constisnull true :constvalue <>}";
  EXPECT_EQ(here.of(member(here, "5")), there.of(member(there, "3")));
  EXPECT_NE(here.of(member(here, "5")), here.of(member(here, "3")));
  EXPECT_EQ(here.of(row(here, null + " " + here.constant(1) + " " + here.constant(2) + " " + null + " " + here.constant(3))),
            there.of(row(there, there.constant(1) + " " + there.constant(2) + " " + there.constant(3))));
}

TEST_F(Expression, DefaultsWithoutTheirConversion) {
  const auto converted = [](const std::string &form, const std::string &value) {
    return "{FUNCEXPR :funcid 481 :funcresulttype 20 :funcformat " + form + " :args (" + value + ") :location -1}";
  };
  EXPECT_EQ(here.of(converted("2", here.constant(1)), true), here.of(here.constant(1), true));
  EXPECT_NE(here.of(converted("1", here.constant(1)), true), here.of(here.constant(1), true)) << "what somebody wrote stays";
  EXPECT_NE(here.of(converted("2", here.constant(1))), here.of(here.constant(1)));
}

TEST_F(Expression, CastsOfArraysAreArraysOfCasts) {
  const auto cast = [](const std::string &value) { return "{RELABELTYPE :arg " + value + " :resulttype 25 :resulttypmod -1 :resultcollid 100 :relabelformat 2}"; };
  const std::string inside =
      "{ARRAYEXPR :array_typeid 1009 :array_collid 100 :element_typeid 25 :elements (" + cast(here.constant(1)) + " " + cast(here.constant(2)) + ") :multidims false}";
  const std::string outside = "{ARRAYCOERCEEXPR :arg {ARRAYEXPR :array_typeid 1007 :array_collid 0 :element_typeid 23 :elements (" + here.constant(1) + " " + here.constant(2) +
                              ") :multidims false} :elemexpr " + cast("{CASETESTEXPR :typeId 23 :typeMod -1 :collation 0}") +
                              " :resulttype 1009 :resulttypmod -1 :resultcollid 100 :coerceformat 1}";
  EXPECT_EQ(here.of(inside), here.of(outside));
}

TEST_F(Expression, BrokenTextsAreRefused) {
  for (const auto *text :
       {"", " ", "{", "{VAR", "{VAR :varno", "{VAR :varno 1", "(", "(1 2", "{CONST :constvalue 4 [ 1", "{}", ")", "}", "{BOOLEXPR :boolop and :args (", "{VAR varno 1}"}) {
    try {
      here.of(text);
      ADD_FAILURE() << text;
    } catch (const Error &e) {
      EXPECT_STREQ(e.sqlstate, "XX001") << text;
    }
  }
}

TEST_F(Expression, DepthHasALimit) {
  here.watch.too_deep = []() noexcept { return true; };
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "(";
  EXPECT_THROW(here.of(deep), Error);
}

TEST(StoredValue, RefusesBytesThatAreNoValue) {
  Database in(20000, true);
  Bytes into(in.arena);
  const auto write = [&](Oid type, std::string bytes) { return write_stored_value(in.names, type, bytes, into); };
  const std::string negative_offset("\x60\0\0\0\1\0\0\0\xfc\xff\xff\xff\0\0\0\0\1\0\0\0\1\0\0\0", 24);
  const std::string endless("\x60\0\0\0\2\0\0\0\x30\0\0\0\0\0\0\0\xff\xff\xff\x7f\xff\xff\xff\x7f", 24);
  EXPECT_FALSE(write(in.mood_array, negative_offset));
  EXPECT_FALSE(write(in.mood_array, endless));
  EXPECT_FALSE(write(in.mood_array, ""));
  EXPECT_FALSE(write(in.mood, "abc"));
  EXPECT_FALSE(write(in.pair, std::string(8, '\x20')));
  EXPECT_FALSE(holds_oids(in.names, 25));
  EXPECT_TRUE(holds_oids(in.names, in.pair));
}

}  // namespace
}  // namespace proapp::core
