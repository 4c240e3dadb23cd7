#include "core/routine_text.hpp"

#include <algorithm>

namespace proapp::core {

static constexpr auto npos = std::string_view::npos;

using Kind = SqlToken::Kind;

static bool is_at(std::span<const SqlToken> tokens, std::size_t i, std::string_view text) {
  return i < tokens.size() && (tokens[i].kind == Kind::word || tokens[i].kind == Kind::symbol) && tokens[i].text == text;
}

bool asks_for_caller(std::span<const SqlToken> tokens) {
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const SqlToken &token = tokens[i];
    // What is executed dynamically asks, too.
    if (token.kind == Kind::text && (token.text.find("request.") != npos || token.text.find("auth.uid") != npos || token.text.find("auth.jwt") != npos)) return true;
    if (!token.is_name()) continue;
    if (token.text == "proapp" && is_at(tokens, i + 1, ".")) return true;
    if (token.text == "auth" && is_at(tokens, i + 1, ".") && is_at(tokens, i + 3, "(")) return true;
    if ((token.text == "uid" || token.text == "jwt" || token.text == "current_setting") && is_at(tokens, i + 1, "(")) return true;
  }
  return false;
}

namespace {

// One EXECUTE after the other, and where its text comes from.
class Statements {
 public:
  Statements(std::span<const SqlToken> tokens, std::string_view argument_names) : tokens_(tokens), argument_names_(argument_names) {}

  DynamicSql worst() const {
    DynamicSql worst = DynamicSql::none;
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      if (!is(i, "execute")) continue;
      if (is(i + 1, "on") || is(i + 1, "function") || is(i + 1, "procedure") || (i > 0 && (is(i - 1, "grant") || is(i - 1, "revoke")))) continue;
      worst = std::max(worst, execution(i + 1));
    }
    return worst;
  }

 private:
  bool is(std::size_t i, std::string_view text) const { return is_at(tokens_, i, text); }
  bool is_name(std::size_t i) const { return i < tokens_.size() && tokens_[i].is_name(); }

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
    if (end != from + 1 || !is_name(from)) return is_assembled(from, end, {}) ? DynamicSql::assembled : DynamicSql::safe;
    const std::string_view variable = tokens_[from].text;
    bool assigned = false;
    for (std::size_t i = 1; i < tokens_.size(); ++i) {
      if (!is_assigned(variable, i)) continue;
      assigned = true;
      if (is_assembled(i + 1, end_of_expression(i + 1), variable)) return DynamicSql::assembled;
    }
    return !assigned && is_argument(variable) ? DynamicSql::argument : DynamicSql::safe;
  }

  // `variable :=`, `variable text :=` where it is declared, and `variable =` where a statement begins.
  bool is_assigned(std::string_view variable, std::size_t mark) const {
    if (is(mark, "=")) {
      const bool begins = mark < 2 || is(mark - 2, ";") || is(mark - 2, "begin") || is(mark - 2, "then") || is(mark - 2, "else") || is(mark - 2, "loop") || is(mark - 2, "declare");
      return begins && is_name(mark - 1) && tokens_[mark - 1].text == variable;
    }
    if (!is(mark, ":=")) return false;
    for (std::size_t i = mark; i-- > 0 && !is(i, ";") && mark - i < 8;)
      if (is_name(i) && tokens_[i].text == variable) return true;
    return false;
  }

  bool is_argument(std::string_view variable) const {
    for (std::string_view rest = argument_names_; !rest.empty();) {
      const std::string_view name = rest.substr(0, rest.find('\n'));
      if (name == variable) return true;
      rest.remove_prefix(std::min(name.size() + 1, rest.size()));
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
  bool is_of_trigger(std::size_t i) const { return is_name(i) && tokens_[i].text.starts_with("tg_"); }

  bool pastes(std::size_t i) const {
    if (i >= tokens_.size() || tokens_[i].kind != Kind::text) return true;
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
  bool is_constant(std::size_t i) const { return tokens_[i].kind == Kind::text || tokens_[i].kind == Kind::number; }

  bool is_safe_before(std::size_t mark, std::size_t from, std::string_view itself) const {
    if (mark == from) return false;
    std::size_t i = mark - 1;
    if (is_constant(i) || is_of_trigger(i) || is(i, "regclass") || is(i, "regprocedure") || (is_name(i) && tokens_[i].text == itself)) return true;
    if (!is(i, ")")) return false;
    for (int depth = 0; i > from; --i) {
      if (is(i, ")")) ++depth;
      if (is(i, "(") && --depth == 0) return !is_name(i - 1) || quotes(i - 1);
    }
    return true;
  }

  bool is_safe_after(std::size_t mark, std::size_t end) const {
    std::size_t i = mark + 1;
    if (i >= end) return false;
    if (is(i, "pg_catalog") && is(i + 1, ".")) i += 2;
    return is_constant(i) || is(i, "(") || quotes(i) || is_of_trigger(i) || (is(i + 1, "::") && (is(i + 2, "regclass") || is(i + 2, "regprocedure")));
  }

  const std::span<const SqlToken> tokens_;
  const std::string_view argument_names_;
};

}  // namespace

DynamicSql dynamic_sql(std::span<const SqlToken> tokens, std::string_view argument_names) { return Statements(tokens, argument_names).worst(); }

}  // namespace proapp::core
