#include "core/routine_text.hpp"

#include "core/sql_text.hpp"

#include <algorithm>

namespace proapp::core {

static constexpr auto npos = std::string_view::npos;

static char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
static bool starts_word(char c) { return (lower(c) >= 'a' && lower(c) <= 'z') || c == '_' || (static_cast<unsigned char>(c) & 0x80) != 0; }
static bool goes_on(char c) { return starts_word(c) || (c >= '0' && c <= '9') || c == '$'; }

bool RoutineToken::is(std::string_view wanted) const {
  return kind != Kind::literal && std::equal(text.begin(), text.end(), wanted.begin(), wanted.end(), [](char a, char b) { return lower(a) == b; });
}

// Where a quoted text ends that begins before `from`; a doubled quote, and after E a backslash, keeps it open.
static std::size_t end_of_quotes(std::string_view source, std::size_t from, char quote, bool backslashes) {
  for (std::size_t i = from; i < source.size(); ++i) {
    if (backslashes && source[i] == '\\') {
      ++i;
    } else if (source[i] == quote) {
      if (i + 1 < source.size() && source[i + 1] == quote) {
        ++i;
      } else {
        return i;
      }
    }
  }
  return source.size();
}

// The delimiter, $tag$, that begins at `from`; empty where none does.
static std::string_view dollar_quote(std::string_view source, std::size_t from) {
  std::size_t end = from + 1;
  while (end < source.size() && goes_on(source[end]) && source[end] != '$') ++end;
  return end < source.size() && source[end] == '$' ? source.substr(from, end + 1 - from) : std::string_view{};
}

void read_routine(std::string_view source, Vector<RoutineToken> &into) {
  using Kind = RoutineToken::Kind;
  for (std::size_t at = skip_blanks(source, 0); at < source.size(); at = skip_blanks(source, at)) {
    const char c = source[at];
    const bool escapes = (c == 'e' || c == 'E') && at + 1 < source.size() && source[at + 1] == '\'';
    if (c == '\'' || escapes) {
      const std::size_t from = at + (escapes ? 2 : 1), end = end_of_quotes(source, from, '\'', escapes);
      into.push_back({Kind::literal, source.substr(from, end - from)});
      at = end + 1;
    } else if (c == '"') {
      const std::size_t end = end_of_quotes(source, at + 1, '"', false);
      into.push_back({Kind::word, source.substr(at + 1, end - at - 1)});
      at = end + 1;
    } else if (c == '$' && !dollar_quote(source, at).empty()) {
      const std::string_view quote = dollar_quote(source, at);
      const std::size_t from = at + quote.size(), end = std::min(source.find(quote, from), source.size());
      into.push_back({Kind::literal, source.substr(from, end - from)});
      at = end + quote.size();
    } else if (goes_on(c)) {
      std::size_t end = at + 1;
      while (end < source.size() && goes_on(source[end])) ++end;
      into.push_back({Kind::word, source.substr(at, end - at)});
      at = end;
    } else {
      const std::string_view two = source.substr(at, 2);
      const std::size_t size = two == "||" || two == "::" || two == ":=" ? 2 : 1;
      into.push_back({Kind::mark, source.substr(at, size)});
      at += size;
    }
  }
}

bool asks_for_caller(const Vector<RoutineToken> &tokens) {
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const RoutineToken &token = tokens[i];
    if (token.kind == RoutineToken::Kind::literal) {
      if (token.text.find("request.") != npos || token.text.find("auth.uid") != npos || token.text.find("auth.jwt") != npos) return true;
      continue;
    }
    const auto next = [&](std::size_t by, std::string_view mark) { return i + by < tokens.size() && tokens[i + by].is(mark); };
    if (token.is("proapp") && next(1, ".")) return true;
    if (token.is("auth") && next(1, ".") && next(3, "(")) return true;
    if ((token.is("uid") || token.is("jwt") || token.is("current_setting")) && next(1, "(")) return true;
  }
  return false;
}

namespace {

// One EXECUTE after the other, and where its text comes from.
class Statements {
 public:
  Statements(const Vector<RoutineToken> &tokens, std::string_view arguments) : tokens_(tokens), arguments_(arguments) {}

  DynamicSql worst() const {
    DynamicSql worst = DynamicSql::none;
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      if (!tokens_[i].is("execute")) continue;
      if (is(i + 1, "on") || is(i + 1, "function") || is(i + 1, "procedure") || (i > 0 && (is(i - 1, "grant") || is(i - 1, "revoke")))) continue;
      worst = std::max(worst, execution(i + 1));
    }
    return worst;
  }

 private:
  bool is(std::size_t i, std::string_view text) const { return i < tokens_.size() && tokens_[i].is(text); }
  bool is_word(std::size_t i) const { return i < tokens_.size() && tokens_[i].kind == RoutineToken::Kind::word; }

  // Past the last token of the expression that begins at `from`.
  std::size_t end_of_expression(std::size_t from) const {
    int depth = 0;
    std::size_t i = from;
    for (; i < tokens_.size(); ++i) {
      if (is(i, "(")) ++depth;
      if (is(i, ")")) --depth;
      if (is(i, ";") || (depth <= 0 && (is(i, "into") || is(i, "using") || is(i, "loop")))) break;
    }
    return i;
  }

  DynamicSql execution(std::size_t from) const {
    const std::size_t end = end_of_expression(from);
    if (end != from + 1 || !is_word(from)) return is_assembled(from, end, {}) ? DynamicSql::assembled : DynamicSql::safe;
    const std::string_view variable = tokens_[from].text;
    bool assigned = false;
    for (std::size_t i = 1; i < tokens_.size(); ++i) {
      if (!is(i, ":=") || !is_assigned(variable, i)) continue;
      assigned = true;
      if (is_assembled(i + 1, end_of_expression(i + 1), variable)) return DynamicSql::assembled;
    }
    return !assigned && is_argument(variable) ? DynamicSql::argument : DynamicSql::safe;
  }

  // `variable :=`, and `variable text :=` where it is declared.
  bool is_assigned(std::string_view variable, std::size_t assignment) const {
    for (std::size_t i = assignment; i-- > 0 && !is(i, ";") && assignment - i < 8;)
      if (is_word(i) && tokens_[i].text == variable) return true;
    return false;
  }

  bool is_argument(std::string_view variable) const {
    for (std::size_t at = arguments_.find(variable); at != npos; at = arguments_.find(variable, at + 1)) {
      const std::size_t end = at + variable.size();
      if ((at == 0 || !goes_on(arguments_[at - 1])) && end < arguments_.size() && arguments_[end] == ' ') return true;
    }
    return false;
  }

  bool is_assembled(std::size_t from, std::size_t end, std::string_view itself) const {
    for (std::size_t i = from; i < end; ++i) {
      if (is(i, "||") && !(is_safe_before(i, from, itself) && is_safe_after(i, end))) return true;
      if ((is(i, "concat") || is(i, "concat_ws")) && is(i + 1, "(")) return true;
      if (is(i, "format") && is(i + 1, "(") && pastes(i + 2) && !mentions_relation(i, end)) return true;
    }
    return false;
  }

  // %s of a regclass, or of what a trigger is told about its table, is a name that is quoted already.
  bool mentions_relation(std::size_t from, std::size_t end) const {
    for (std::size_t i = from; i < end; ++i)
      if (is(i, "regclass") || is(i, "regprocedure") || is_of_trigger(i)) return true;
    return false;
  }
  bool is_of_trigger(std::size_t i) const {
    return is_word(i) && tokens_[i].text.size() > 3 && lower(tokens_[i].text[0]) == 't' && lower(tokens_[i].text[1]) == 'g' && tokens_[i].text[2] == '_';
  }

  bool pastes(std::size_t i) const {
    if (i >= tokens_.size() || tokens_[i].kind != RoutineToken::Kind::literal) return true;
    const std::string_view text = tokens_[i].text;
    for (std::size_t at = text.find('%'); at != npos; at = text.find('%', at)) {
      std::size_t letter = at + 1;
      while (letter < text.size() && (text[letter] == '-' || text[letter] == '$' || text[letter] == '*' || (text[letter] >= '0' && text[letter] <= '9'))) ++letter;
      if (letter < text.size() && text[letter] == 's') return true;
      at = letter + 1;
      if (at > text.size()) break;
    }
    return false;
  }

  bool quotes(std::size_t i) const { return is(i, "quote_ident") || is(i, "quote_literal") || is(i, "quote_nullable") || is(i, "format"); }
  bool is_constant(std::size_t i) const { return tokens_[i].kind == RoutineToken::Kind::literal || (is_word(i) && tokens_[i].text[0] >= '0' && tokens_[i].text[0] <= '9'); }

  bool is_safe_before(std::size_t mark, std::size_t from, std::string_view itself) const {
    if (mark == from) return false;
    std::size_t i = mark - 1;
    if (is_constant(i) || is_of_trigger(i) || is(i, "regclass") || is(i, "regprocedure") || (is_word(i) && tokens_[i].text == itself)) return true;
    if (!is(i, ")")) return false;
    for (int depth = 0; i > from; --i) {
      if (is(i, ")")) ++depth;
      if (is(i, "(") && --depth == 0) return !is_word(i - 1) || quotes(i - 1);
    }
    return true;
  }

  bool is_safe_after(std::size_t mark, std::size_t end) const {
    std::size_t i = mark + 1;
    if (i >= end) return false;
    if (is(i, "pg_catalog") && is(i + 1, ".")) i += 2;
    return is_constant(i) || is(i, "(") || quotes(i) || is_of_trigger(i) || (is(i + 1, "::") && (is(i + 2, "regclass") || is(i + 2, "regprocedure")));
  }

  const Vector<RoutineToken> &tokens_;
  const std::string_view arguments_;
};

}  // namespace

DynamicSql dynamic_sql(const Vector<RoutineToken> &tokens, std::string_view arguments) { return Statements(tokens, arguments).worst(); }

}  // namespace proapp::core
