// Any text as a selector: an error of ours, or a selector that matches what a naive reading of its pattern matches.
#include "core/selector.hpp"

#include "core/error.hpp"
#include "fuzz/fuzzing.hpp"
#include "unit/test_arena.hpp"

#include <optional>
#include <string_view>
#include <vector>

using namespace proapp;
using namespace proapp::core;

// One character of a pattern, as the grammar in selector.hpp says it.
struct Atom {
  enum class Kind { literal, any_text, any_character, of_class } kind;
  char literal = 0;
  std::string_view set;
};

// The pattern's parts; nothing where this reading does not know whether it is one.
static std::optional<std::vector<std::vector<Atom>>> atoms(std::string_view pattern) {
  std::vector<std::vector<Atom>> parts(1);
  bool quoted = false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    auto &part = parts.back();
    if (c == '"' && quoted && i + 1 < pattern.size() && pattern[i + 1] == '"') {
      part.push_back({Atom::Kind::literal, '"', {}});
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (quoted) {
      part.push_back({Atom::Kind::literal, c, {}});
    } else if (c == '.') {
      parts.emplace_back();
    } else if (c == '*' || c == '%') {
      part.push_back({Atom::Kind::any_text, 0, {}});
    } else if (c == '?') {
      part.push_back({Atom::Kind::any_character, 0, {}});
    } else if (c == '[') {
      const std::size_t end = pattern.find(']', i + 2);
      if (end == std::string_view::npos) return std::nullopt;
      part.push_back({Atom::Kind::of_class, 0, pattern.substr(i + 1, end - i - 1)});
      i = end;
    } else {
      part.push_back({Atom::Kind::literal, c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c, {}});
    }
  }
  return parts;
}

static bool of_class(std::string_view set, char c) {
  const bool negated = set.front() == '^';
  if (negated) set.remove_prefix(1);
  bool found = false;
  for (std::size_t i = 0; i < set.size(); ++i) {
    const bool range = i + 2 < set.size() && set[i + 1] == '-';
    found = found || (range ? set[i] <= c && c <= set[i + 2] : set[i] == c);
    if (range) i += 2;
  }
  return found != negated;
}

// Row by row of a table: does the pattern from p on match the name from n on?
static bool naive(const std::vector<Atom> &pattern, std::string_view name) {
  std::vector<std::vector<char>> matches(pattern.size() + 1, std::vector<char>(name.size() + 1, 0));
  matches[pattern.size()][name.size()] = 1;
  for (std::size_t p = pattern.size(); p-- > 0;) {
    for (std::size_t n = name.size() + 1; n-- > 0;) {
      const Atom &atom = pattern[p];
      char &here = matches[p][n];
      const bool left = n < name.size();
      if (atom.kind == Atom::Kind::any_text) here = matches[p + 1][n] || (left && matches[p][n + 1]);
      if (atom.kind == Atom::Kind::any_character) here = left && matches[p + 1][n + 1];
      if (atom.kind == Atom::Kind::literal) here = left && name[n] == atom.literal && matches[p + 1][n + 1];
      if (atom.kind == Atom::Kind::of_class) here = left && of_class(atom.set, name[n]) && matches[p + 1][n + 1];
    }
  }
  return matches[0][0] != 0;
}

static bool is_ascii(std::string_view text) {
  for (const char c : text)
    if (static_cast<unsigned char>(c) >= 0x80) return false;
  return true;
}

// Three lines: the selector, a schema, a name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  std::string_view rest = test::text_of(data, size);
  if (size > 600) return 0;
  const auto line = [&] {
    const std::string_view taken = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), taken.size() + 1));
    return taken;
  };
  const std::string_view selectors[] = {line()};
  const std::string_view schema = line(), name = line();
  test::TestArena arena;
  try {
    auto &selection = arena.make<Selection>(arena, std::span<const std::string_view>(selectors));
    const bool wanted = selection.wants({"table", schema, name, {}, {}, {}});
    selection.wants({"policy", schema, name, "p", "table", {}});
    selection.wants({"index", schema, name, "i", "table", {}});
    selection.wants({"extension", {}, name, {}, {}, {}});
    selection.wants({"function", schema, name, {}, {}, "e"});
    // Names of PostgreSQL have no control characters here, so the folded pattern's own marks cannot be among them.
    const bool plain =
        is_ascii(selectors[0]) && is_ascii(schema) && is_ascii(name) && schema.find_first_of("\1\2\3\4") == schema.npos && name.find_first_of("\1\2\3\4") == name.npos;
    std::string_view pattern = selectors[0];
    const bool exclude = pattern.starts_with('!');
    if (exclude) pattern.remove_prefix(1);
    const bool of_kind = pattern.starts_with("table:");
    if (of_kind) pattern.remove_prefix(6);
    if (plain && (of_kind || pattern.find(':') == pattern.npos)) {
      if (const auto parts = atoms(pattern); parts && parts->size() == 2) test::require(wanted == ((naive((*parts)[0], schema) && naive((*parts)[1], name)) != exclude));
    }
    selection.insist_on_matches();
  } catch (const Error &e) {
    test::require(std::string_view(e.sqlstate) == "22023" || std::string_view(e.sqlstate) == "42704");
  }
  return 0;
}
