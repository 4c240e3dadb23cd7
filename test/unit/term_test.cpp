#include "core/term.hpp"

#include "test_arena.hpp"

#include <gtest/gtest.h>

#include <string>

namespace proapp::core {
namespace {

std::string shape(const Term &term);

std::string shapes(std::span<const Term *const> terms) {
  std::string text;
  for (const Term *term : terms) text += (text.empty() ? "" : ", ") + shape(*term);
  return text;
}

std::string shape(const Term &term) {
  using Kind = Term::Kind;
  const std::string arguments = "(" + shapes(term.arguments) + ")";
  switch (term.kind) {
    case Kind::column:
      return std::to_string(term.id) + "." + std::to_string(term.number);
    case Kind::constant:
      return term.is_null ? "null" : "'" + std::string(term.text) + "'";
    case Kind::call:
      return "f" + std::to_string(term.id) + arguments;
    case Kind::operation:
      return "o" + std::to_string(term.id) + (term.number == 1 ? "any" : "") + arguments;
    case Kind::all:
      return "and" + arguments;
    case Kind::any:
      return "or" + arguments;
    case Kind::negation:
      return "not" + arguments;
    case Kind::is_null:
      return "null?" + arguments;
    case Kind::cast:
      return "cast" + arguments;
    case Kind::sub_select:
      return "select" + std::to_string(term.number) + arguments + "[" + shapes(term.query->targets) + " where " + shapes(term.query->conditions) + "]";
    default:
      return "?" + arguments;
  }
}

std::string read(std::string_view text) {
  test::TestArena arena;
  const Watch watch;
  return shape(*TermReader(arena, watch).expression(text, 77));
}

constexpr auto var = "{VAR :varno 1 :varattno 2 :vartype 2950 :vartypmod -1 :varcollid 0 :varlevelsup 0 :varnosyn 1 :varattnosyn 2 :location 5}";
constexpr auto outer = "{VAR :varno 1 :varattno 2 :vartype 2950 :vartypmod -1 :varcollid 0 :varlevelsup 1 :varnosyn 1 :varattnosyn 2 :location 5}";

TEST(Term, ReadsColumnsConstantsCallsAndComparisons) {
  EXPECT_EQ(read(var), "77.2");
  EXPECT_EQ(read("{CONST :consttype 25 :consttypmod -1 :constcollid 100 :constlen -1 :constbyval false :constisnull false :location 1 :constvalue 6 [ 24 0 0 0 104 105 ]}"),
            "'hi'");
  EXPECT_EQ(read("{CONST :consttype 16 :consttypmod -1 :constcollid 0 :constlen 1 :constbyval true :constisnull false :location 1 :constvalue 1 [ 1 0 0 0 0 0 0 0 ]}"), "'true'");
  EXPECT_EQ(read("{CONST :consttype 23 :consttypmod -1 :constcollid 0 :constlen 4 :constbyval true :constisnull true :location 1 :constvalue <>}"), "null");
  const std::string call = "{FUNCEXPR :funcid 900 :funcresulttype 2950 :funcretset false :funcvariadic false :funcformat 0 :funccollid 0 :inputcollid 0 :args <> :location 3}";
  EXPECT_EQ(read("{OPEXPR :opno 2972 :opfuncid 0 :opresulttype 16 :opretset false :opcollid 0 :inputcollid 0 :args (" + std::string(var) + " " + call + ") :location 1}"),
            "o2972(77.2, f900())");
  EXPECT_EQ(read("{BOOLEXPR :boolop or :args ({NULLTEST :arg " + call + " :nulltesttype 0 :argisrow false :location 1} {BOOLEXPR :boolop not :args (" + std::string(var) +
                 ") :location 2}) :location 4}"),
            "or(null?(f900()), not(77.2))");
}

TEST(Term, BelievesAConstantsBytesNotTheirNumber) {
  EXPECT_EQ(read("{CONST :consttype 25 :constisnull false :constvalue 55555555555 [ 24 0 0 0 104 105 ]}"), "'hi'");
}

TEST(Term, FollowsColumnsThroughSubSelectsAndJoins) {
  const std::string inner_query =
      "{QUERY :commandType 1 :cteList <> :rtable ({RTE :alias <> :eref <> :rtekind 0 :relid 42 :relkind r}) :jointree {FROMEXPR :fromlist ({RANGETBLREF :rtindex 1}) :quals " +
      std::string("{OPEXPR :opno 1 :args (") + var + " " + outer + ") :location 1}} :targetList ({TARGETENTRY :expr " + var + " :resno 1 :resname x :ressortgroupref 0})}";
  EXPECT_EQ(read("{SUBLINK :subLinkType 0 :subLinkId 0 :testexpr <> :operName <> :subselect " + inner_query + " :location 1}"), "select0()[42.2 where o1(42.2, 77.2)]");

  const std::string derived =
      "{QUERY :commandType 1 :cteList <> :rtable ({RTE :rtekind 0 :relid 42}) :jointree {FROMEXPR :fromlist <> :quals <>} :targetList ({TARGETENTRY :expr " + std::string(var) +
      " :resno 1})}";
  const std::string first = "{VAR :varno 1 :varattno 1 :vartype 2950 :varlevelsup 0}", joined = "{VAR :varno 2 :varattno 1 :vartype 2950 :varlevelsup 0}";
  EXPECT_EQ(read("{SUBLINK :subLinkType 4 :testexpr <> :subselect {QUERY :commandType 1 :cteList <> :rtable ({RTE :rtekind 1 :subquery " + derived +
                 "} {RTE :rtekind 2 :joinaliasvars (" + first + ")}) :jointree {FROMEXPR :fromlist <> :quals <>} :targetList ({TARGETENTRY :expr " + joined + "})}}"),
            "select4()[42.2 where ]");
}

TEST(Term, LooksThroughWhatChangesNothing) {
  test::TestArena arena;
  const Watch watch;
  const std::string call = "{FUNCEXPR :funcid 900 :funcresulttype 2950 :args <> :location 3}";
  const std::string wrapped =
      "{SUBLINK :subLinkType 4 :testexpr <> :subselect {QUERY :commandType 1 :cteList <> :rtable <> :jointree {FROMEXPR :fromlist <> :quals <>} :targetList ({TARGETENTRY :expr "
      "{COERCEVIAIO :arg " +
      call + " :resulttype 25}})}}";
  EXPECT_EQ(shape(essence(*TermReader(arena, watch).expression(wrapped, 77))), "f900()");
}

}  // namespace
}  // namespace proapp::core
