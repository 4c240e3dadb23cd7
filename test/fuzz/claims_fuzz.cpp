// Any bytes as claims: never an error, and what is found does not depend on blanks around it, nor on what stands before it.
#include "core/claims.hpp"

#include "fuzz/fuzzing.hpp"
#include "unit/test_arena.hpp"

#include <string>

using namespace proapp;
using namespace proapp::core;

static bool same(const Claim &a, const Claim &b) { return a.state == b.state && a.text == b.text && a.container == b.container && a.levels == b.levels; }

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  if (size < 1) return 0;
  const bool utf8 = (data[0] & 1) != 0;
  const std::string_view text = test::text_of(data + 1, size - 1);
  const std::string_view path_text = text.substr(0, text.find('\n'));
  const std::string_view document = path_text.size() < text.size() ? text.substr(path_text.size() + 1) : std::string_view{};
  test::TestArena arena;
  auto path = parse_claim_path(path_text, arena);
  if (path) test::require(path->depth >= 1 && path->depth <= ClaimPath::limit);
  if (!path) path = parse_claim_path("sub", arena);
  const Claim claim = find_claim(document, *path, utf8, arena);
  test::require(claim.state == Claim::State::found || claim.text.empty());

  const std::string padded = " \n" + std::string(document) + "\t ";
  test::require(same(claim, find_claim(padded, *path, utf8, arena)));
  if (claim.state == Claim::State::malformed) return 0;
  // As a member of another object it is found one step further down.
  const std::string wrapped = "{\"x\":[{\"outer\":1}],\"outer\":" + std::string(document) + "}";
  if (path->depth < ClaimPath::limit) {
    ClaimPath longer = *path;
    for (int i = longer.depth; i > 0; --i) longer.names[i] = longer.names[i - 1];
    longer.names[0] = "outer";
    ++longer.depth;
    const Claim inner = find_claim(wrapped, longer, utf8, arena);
    test::require(claim.state == Claim::State::not_an_object ? inner.state == Claim::State::missing : same(claim, inner));
  }
  // A document that was taken is taken whole: without its last character it is none, unless that was a blank or a digit.
  const char last = document.back();
  if (last == '}' || last == ']' || last == '"') test::require(find_claim(document.substr(0, document.size() - 1), *path, utf8, arena).state == Claim::State::malformed);
  return 0;
}
