#include "core/selector.hpp"

#include "core/error.hpp"

#include <algorithm>

namespace proapp::core {

// Folded patterns are literal text in which these stand for what is wild; none of them can be in a name.
static constexpr char any_text = '\x01', any_char = '\x02', class_start = '\x03', class_end = '\x04';

// The length of the character at the start of `text`: UTF-8's, or 1.
static std::size_t character(std::string_view text) {
  std::size_t n = 1;
  while (n < text.size() && (static_cast<unsigned char>(text[n]) & 0xC0) == 0x80) ++n;
  return n;
}

static std::string_view take_character(std::string_view &text) {
  const std::string_view taken = text.substr(0, character(text));
  text.remove_prefix(taken.size());
  return taken;
}

// UTF-8 sorts by bytes as its characters do, so ranges compare texts.
static bool in_class(std::string_view set, std::string_view c) {
  const bool negated = set.starts_with('^');
  if (negated) set.remove_prefix(1);
  bool found = false;
  while (!set.empty() && !found) {
    const std::string_view first = take_character(set);
    if (set.size() > 1 && set.front() == '-') {
      set.remove_prefix(1);
      const std::string_view last = take_character(set);
      found = first <= c && c <= last;
    } else {
      found = first == c;
    }
  }
  return found != negated;
}

bool matches_pattern(std::string_view pattern, std::string_view name) {
  std::size_t p = 0, n = 0;
  std::size_t star = std::string_view::npos, star_name = 0;  // where to go on after the last any_text
  for (;;) {
    if (p < pattern.size() && pattern[p] == any_text) {
      star = ++p;
      star_name = n;
      continue;
    }
    if (n < name.size() && p < pattern.size()) {
      std::size_t step = 0, width = 1;
      if (pattern[p] == any_char) {
        step = 1;
        width = character(name.substr(n));
      } else if (pattern[p] == class_start) {
        const std::size_t end = pattern.find(class_end, p);
        width = character(name.substr(n));
        if (in_class(pattern.substr(p + 1, end - p - 1), name.substr(n, width))) step = end - p + 1;
      } else if (pattern[p] == name[n]) {
        step = 1;
      }
      if (step > 0) {
        p += step;
        n += width;
        continue;
      }
    }
    if (n == name.size() && p == pattern.size()) return true;
    if (star == std::string_view::npos || star_name >= name.size()) return false;
    p = star;
    n = star_name += character(name.substr(star_name));
  }
}

[[noreturn]] static void reject(std::string_view selector, std::string_view why, std::string_view hint) {
  fail("22023", message("invalid selector \"", selector, "\""), why, hint);
}

// The parts between the dots, folded.
static std::span<const std::string_view> split(Arena &arena, std::string_view selector, std::string_view pattern) {
  auto &parts = arena.make<Vector<std::string_view>>(arena);
  auto &part = arena.make<Vector<char>>(arena);
  bool quoted = false;
  const auto close_part = [&] {
    if (part.empty()) reject(selector, "A name in it is empty.", "Write schema.object, for example public.*.");
    parts.push_back(arena.copy(std::string_view(part.data(), part.size())));
    part.clear();
  };
  if (std::ranges::any_of(pattern, [](char c) { return static_cast<unsigned char>(c) < 0x20; })) reject(selector, "It contains a control character.", "");
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '"') {
      if (quoted && i + 1 < pattern.size() && pattern[i + 1] == '"') {
        part.push_back('"');
        ++i;
      } else {
        quoted = !quoted;
      }
    } else if (quoted) {
      part.push_back(c);
    } else if (c == '.') {
      close_part();
    } else if (c == '*' || c == '%') {
      if (part.empty() || part.back() != any_text) part.push_back(any_text);
    } else if (c == '?') {
      part.push_back(any_char);
    } else if (c == '[') {
      const std::size_t end = pattern.find(']', i + 2);
      if (end == std::string_view::npos) reject(selector, "A \"[\" in it is not closed.", "Quote the name where the bracket is part of it.");
      part.push_back(class_start);
      for (++i; i < end; ++i) part.push_back(pattern[i]);
      part.push_back(class_end);
    } else if (std::string_view("|+(){}^\\]").find(c) != std::string_view::npos) {
      reject(selector, message("Selectors have no \"", std::string_view(&c, 1), "\"."),
             "Quote the name where the character is part of it; give several selectors where you mean one or the other.");
    } else {
      part.push_back(static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c));
    }
  }
  if (quoted) reject(selector, "A double quote in it is not closed.", "");
  close_part();
  return parts.span();
}

static bool may_be_kind(std::string_view word) {
  if (word.empty()) return false;
  for (const char c : word)
    if (!((c >= 'a' && c <= 'z') || c == '_' || c == ' ')) return false;
  return true;
}

Selection::Selector Selection::parse(Arena &arena, std::string_view text) {
  Selector selector;
  selector.text = arena.copy(text);
  std::string_view rest = text;
  if (!rest.empty() && rest.front() == '!') {
    selector.exclude = true;
    rest.remove_prefix(1);
  }
  const std::size_t colon = rest.find(':');
  if (colon != std::string_view::npos && may_be_kind(rest.substr(0, colon))) {
    selector.kind = find_kind(rest.substr(0, colon));
    if (selector.kind == nullptr) {
      Text known = message("The kinds are: ");
      bool first = true;
      for (const Kind &kind : kinds()) {
        known = message(known, first ? "" : ", ", kind.name);
        first = false;
      }
      fail("22023", message("unrecognized kind of object in selector \"", text, "\""), known, "Write kind:pattern, for example function:public.*.");
    }
    rest.remove_prefix(colon + 1);
  }
  if (rest.empty()) reject(text, "It has no pattern.", "Write schema.object, for example public.*.");
  selector.parts = split(arena, text, rest);
  const std::size_t parts = selector.parts.size();
  const auto place = selector.kind == nullptr ? Kind::Place::in_schema : selector.kind->place;
  if (place == Kind::Place::database || place == Kind::Place::schema) {
    if (parts != 1) reject(text, message("A ", selector.kind->name, " lives in no schema."), message("Write ", selector.kind->name, ":name."));
  } else if (parts == 1) {
    reject(text, "A pattern needs a schema and an object.", message("Write ", rest, ".* for everything in the schema, or *.", rest, " for the object in any schema."));
  } else if (parts > (place == Kind::Place::on_table ? 3u : 2u)) {
    reject(text, "It has too many dots.", "Write schema.object; quote names that contain a dot.");
  }
  return selector;
}

Selection::Selection(Arena &arena, std::span<const std::string_view> selectors) : selectors_(arena) {
  for (const std::string_view text : selectors) {
    selectors_.push_back(parse(arena, text));
    any_include_ |= !selectors_.back().exclude;
  }
}

bool Selection::matches(const Selector &selector, const Subject &subject) {
  const auto at = [&](std::size_t i) { return selector.parts[i]; };
  const Kind *kind = find_kind(subject.kind);
  const auto place = kind == nullptr ? Kind::Place::database : kind->place;
  const bool any_object = selector.parts.size() == 2 && at(1) == std::string_view(&any_text, 1);

  if (selector.kind != nullptr && selector.kind->name == "extension" && !subject.extension.empty()) return matches_pattern(at(0), subject.extension);
  if (place == Kind::Place::database) return selector.kind == kind && kind != nullptr && matches_pattern(at(0), subject.name);
  if (place == Kind::Place::schema) {
    if (selector.kind != nullptr) return selector.kind == kind && matches_pattern(at(0), subject.schema);
    return any_object && matches_pattern(at(0), subject.schema);
  }
  if (selector.parts.size() == 1 || !matches_pattern(at(0), subject.schema)) return false;
  if (selector.kind == nullptr) return matches_pattern(at(1), subject.name) || (place == Kind::Place::beside && matches_pattern(at(1), subject.part));
  if (selector.kind == kind) {
    if (place == Kind::Place::beside) return matches_pattern(at(1), subject.part);
    return matches_pattern(at(1), subject.name) && (selector.parts.size() == 2 || matches_pattern(at(2), subject.part));
  }
  return !subject.part.empty() && selector.kind->name == subject.relation_kind && matches_pattern(at(1), subject.name);
}

bool Selection::wants(const Subject &subject) {
  bool included = !any_include_ && subject.extension.empty();
  bool excluded = false;
  for (Selector &selector : selectors_) {
    const bool of_extensions = selector.kind != nullptr && selector.kind->name == "extension";
    if (!subject.extension.empty() && !of_extensions && !selector.exclude) continue;
    if (!matches(selector, subject)) continue;
    selector.matched = true;
    (selector.exclude ? excluded : included) = true;
  }
  return included && !excluded;
}

void Selection::insist_on_matches() const {
  for (const Selector &selector : selectors_) {
    const bool may_be_none = selector.kind != nullptr && selector.kind->name == "unmodelled";  // that there is nothing of it is good news
    if (!selector.matched && !may_be_none)
      fail("42704", message("selector \"", selector.text, "\" matches nothing"), "No object that a manifest covers has such a name.",
           "Names are folded to lower case unless quoted; members of extensions are selected by extension:name.");
  }
}

}  // namespace proapp::core
