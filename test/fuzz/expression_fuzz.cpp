// Any text as a stored expression: an error of ours or a digest, and the same one again, whatever was read in between.
#include "core/expression.hpp"

#include "fuzz/fuzzing.hpp"
#include "unit/test_arena.hpp"

#include <optional>
#include <string_view>

using namespace proapp;
using namespace proapp::core;

// A few of everything; the seeds speak of these OIDs.
static void fill(Names &names, Arena &arena) {
  const auto column = [&](std::initializer_list<std::string_view> columns) {
    auto &list = arena.make<Vector<std::string_view>>(arena);
    list.assign(columns.begin(), columns.end());
    return std::span(list.data(), list.size());
  };
  const auto types = [&](std::initializer_list<Oid> columns) {
    auto &list = arena.make<Vector<Oid>>(arena);
    list.assign(columns.begin(), columns.end());
    return std::span(list.data(), list.size());
  };
  names.types.at(23) = {.kind = 'b', .length = 4, .identity = "integer"};
  names.types.at(25) = {.kind = 'b', .length = -1, .identity = "text"};
  names.types.at(1007) = {.kind = 'b', .element = 23, .length = -1, .identity = "integer[]"};
  names.types.at(2205) = {.kind = 'b', .length = 4, .identity = "regclass"};
  names.types.at(2210) = {.kind = 'b', .element = 2205, .length = -1, .identity = "regclass[]"};
  names.types.at(101) = {.kind = 'e', .length = 4, .identity = "s.mood"};
  names.types.at(102) = {.kind = 'b', .element = 101, .length = -1, .identity = "s.mood[]"};
  names.types.at(103) = {.kind = 'c', .relation = 200, .length = -1, .alignment = 'd', .identity = "s.pair"};
  names.types.at(104) = {.kind = 'b', .element = 103, .length = -1, .alignment = 'd', .identity = "s.pair[]"};
  names.types.at(105) = {.kind = 'd', .base = 103, .length = -1, .alignment = 'd', .identity = "s.pair_domain"};
  names.types.at(106) = {.kind = 'r', .element = 101, .length = -1, .identity = "s.mood_range"};
  names.types.at(107) = {.kind = 'm', .element = 106, .length = -1, .identity = "s.mood_multirange"};
  names.enum_labels.at(111) = "sad";
  names.enum_labels.at(112) = "happy";
  names.relations.at(200) = {.kind = 'c', .name = "pair", .identity = "s.pair", .columns = column({"", "x", "m", "", "label"}), .column_types = types({0, 23, 101, 0, 25})};
  names.relations.at(201) = {.kind = 'r', .name = "t", .identity = "s.t", .columns = column({"", "id", "a", "p"}), .column_types = types({0, 23, 23, 103})};
  names.operators.at(96) = "pg_catalog.=(integer,integer)";
  names.functions.at(300) = "s.pairs(integer)";
}

static std::optional<Digest> read(Expressions &expressions, std::string_view text, unsigned how) {
  try {
    const Oid relation = (how & 1) != 0 ? 201 : 0;
    std::optional<Digest> last;
    const auto keep = [&](const Digest &digest) { last = digest; };
    if ((how & 6) == 0) return expressions.digest(text, relation);
    if ((how & 6) == 2) return expressions.default_digest(text, relation);
    (how & 6) == 4 ? expressions.each(text, relation, keep) : expressions.each_query(text, keep);
    return last;
  } catch (const Error &) {
    return std::nullopt;
  }
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  if (size < 1) return 0;
  const unsigned how = data[0];
  const std::string_view text = test::text_of(data + 1, size - 1);
  const test::StackWatch stack;
  const Watch watch = stack.watch();
  test::TestArena arena;
  auto &names = arena.make<Names>(arena);
  fill(names, arena);
  auto &expressions = arena.make<Expressions>(arena, names, watch);
  const auto first = read(expressions, text, how);
  read(expressions, text.substr(text.size() / 2), how + 1);
  auto &others = arena.make<Expressions>(arena, names, watch);
  test::require(first == read(others, text, how));
  if (first) test::require(first == read(expressions, text, how));
  return 0;
}
