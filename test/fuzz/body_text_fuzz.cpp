// Any text as a function's body: every place that is found lies within it, whatever follows the longest part that is read changes nothing, and what it
// executes and whom it asks for is told.
#include "core/plpgsql_text.hpp"
#include "core/routine_text.hpp"

#include "fuzz/fuzzing.hpp"
#include "unit/test_arena.hpp"

#include <string>

using namespace proapp;
using namespace proapp::core;

static void inside(const BodyText &body, TokenRange range) {
  const std::size_t count = body.tokens().size();
  test::require(range.empty() || (range.begin < count && range.end <= count));
  body.text(body.without_brackets(range));
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  std::string text(test::text_of(data, size));
  // Long texts are made of short ones.
  if (size > 0 && data[0] == '*')
    while (text.size() < BodyText::longest + 1000) text += text;
  test::TestArena arena;
  const auto &body = arena.make<BodyText>(text, arena);
  const auto tokens = body.tokens();
  for (const SqlToken &token : tokens) test::require(token.begin <= token.end && token.end <= text.size());
  for (const auto &one : body.declarations()) inside(body, one.type), inside(body, one.value);
  for (const auto &one : body.sources()) inside(body, one.table), test::require(one.statement <= tokens.size());
  for (const auto &one : body.assignments()) inside(body, one.target), inside(body, one.value);
  for (const auto &one : body.fills()) inside(body, one.targets), inside(body, one.list);
  for (const auto &one : body.inserted()) inside(body, one.table), inside(body, one.value);
  for (const auto &one : body.comparisons()) {
    inside(body, one.left), inside(body, one.right);
    test::require(one.at < tokens.size());
  }
  for (const TokenRange range : body.returns()) inside(body, range);
  for (std::size_t at = 0; at < tokens.size(); ++at)
    test::require(body.closing(at) <= tokens.size() && body.chain(at) >= at && body.chain(at) <= tokens.size() && body.operand(at) >= at && body.operand(at) <= tokens.size());

  const auto &again = arena.make<BodyText>(std::string_view(text).substr(0, BodyText::longest), arena);
  test::require(again.comparisons().size() == body.comparisons().size() && again.sources().size() == body.sources().size());
  asks_for_caller(tokens);
  dynamic_sql(tokens, "a\nb\n\n");
  return 0;
}
