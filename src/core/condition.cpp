#include "core/condition.hpp"

#include <algorithm>

namespace proapp::core {

namespace {

using Kind = ConditionTest::Kind;
using Step = Condition::Step;

struct Token {
  enum class Type { end, word, name, text, integer, symbol, wrong } type;
  std::size_t at;
  std::string_view text;  // words are folded to lower case
};

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

class Parser {
 public:
  Parser(std::string_view text, Arena &arena) : text_(text), arena_(arena), steps_(arena), tests_(arena) { advance(); }

  std::optional<Condition> parse(ConditionProblem &problem) {
    const bool good = any_of(0) && (token_.type == Token::Type::end || expected("AND, OR or the end"));
    problem = problem_;
    if (!good) return std::nullopt;
    return Condition{{steps_.data(), steps_.size()}, {tests_.data(), tests_.size()}};
  }

 private:
  static constexpr int deepest = 32;

  bool expected(const char *what) {
    if (problem_.expected == nullptr) problem_ = {token_.at, what};
    return false;
  }

  void advance();
  std::string_view quoted(char quote);
  bool is_word(std::string_view word) const { return token_.type == Token::Type::word && token_.text == word; }
  bool take_word(std::string_view word) {
    if (!is_word(word)) return false;
    advance();
    return true;
  }
  bool take_symbol(std::string_view symbol) {
    if (token_.type != Token::Type::symbol || token_.text != symbol) return false;
    advance();
    return true;
  }
  bool put(Step step) {
    if (steps_.size() == Condition::limit) return expected("a shorter condition");
    steps_.push_back(step);
    return true;
  }
  bool put(Kind kind, std::string_view column, std::span<const Literal> literals = {}) {
    tests_.push_back({kind, column, literals});
    return put(Step::test);
  }

  bool any_of(int depth);
  bool all_of(int depth);
  bool operand(int depth);
  bool test();
  bool is_test(std::string_view column);
  bool list(Vector<Literal> &into);
  bool literal(Vector<Literal> &into);

  const std::string_view text_;
  Arena &arena_;
  std::size_t at_ = 0;
  Token token_{};
  ConditionProblem problem_{};
  Vector<Step> steps_;
  Vector<ConditionTest> tests_;
};

// From quote to quote, a doubled one being one of the text; the token becomes wrong where it does not end.
std::string_view Parser::quoted(char quote) {
  auto &bytes = arena_.make<Vector<char>>(arena_);
  for (++at_; at_ < text_.size(); ++at_) {
    if (text_[at_] == quote && (++at_ == text_.size() || text_[at_] != quote)) return {bytes.data(), bytes.size()};
    bytes.push_back(text_[at_]);
  }
  token_.type = Token::Type::wrong;
  return {};
}

void Parser::advance() {
  while (at_ < text_.size() && (text_[at_] == ' ' || (text_[at_] >= '\t' && text_[at_] <= '\r'))) ++at_;
  const std::size_t start = at_;
  token_ = {Token::Type::end, start, {}};
  if (at_ == text_.size()) return;
  const char c = text_[at_];
  const auto run = [this](auto belongs) {
    while (at_ < text_.size() && belongs(text_[at_])) ++at_;
  };
  if (c == '\'' || c == '"') {
    token_.type = c == '"' ? Token::Type::name : Token::Type::text;
    token_.text = quoted(c);
  } else if (is_letter(c)) {
    token_.type = Token::Type::word;
    run([](char d) { return is_letter(d) || is_digit(d) || d == '$'; });
    const std::string_view word = text_.substr(start, at_ - start);
    auto *folded = static_cast<char *>(arena_.allocate(word.size(), 1));
    std::transform(word.begin(), word.end(), folded, [](char d) { return d >= 'A' && d <= 'Z' ? static_cast<char>(d + ('a' - 'A')) : d; });
    token_.text = {folded, word.size()};
  } else if (is_digit(c) || (c == '-' && at_ + 1 < text_.size() && is_digit(text_[at_ + 1]))) {
    token_.type = Token::Type::integer;
    ++at_;
    run(is_digit);
    // 1.5, 1e3, 0x1f and 1_000 are other numbers than their beginning.
    if (at_ < text_.size() && (text_[at_] == '.' || is_letter(text_[at_]))) token_.type = Token::Type::wrong;
    token_.text = text_.substr(start, at_ - start);
  } else {
    static constexpr std::string_view symbols[] = {"<=", ">=", "<>", "!=", "=", "<", ">", "(", ")", ","};
    for (const std::string_view symbol : symbols)
      if (text_.substr(at_).starts_with(symbol)) {
        at_ += symbol.size();
        token_ = {Token::Type::symbol, start, symbol};
        return;
      }
    token_.type = Token::Type::wrong;
  }
}

bool Parser::any_of(int depth) {
  if (!all_of(depth)) return false;
  while (take_word("or"))
    if (!all_of(depth) || !put(Step::either)) return false;
  return true;
}

bool Parser::all_of(int depth) {
  if (!operand(depth)) return false;
  while (take_word("and"))
    if (!operand(depth) || !put(Step::both)) return false;
  return true;
}

bool Parser::operand(int depth) {
  if (depth == deepest) return expected("fewer parentheses");
  if (take_word("not")) return operand(depth + 1) && put(Step::negate);
  if (take_symbol("(")) return any_of(depth + 1) && (take_symbol(")") || expected("a closing parenthesis"));
  return test();
}

bool Parser::test() {
  static constexpr std::string_view reserved[] = {"and", "or", "not", "is", "in", "null", "true", "false", "case", "exists", "any", "all", "array", "row"};
  const bool column_follows = token_.type == Token::Type::name || (token_.type == Token::Type::word && std::ranges::find(reserved, token_.text) == std::end(reserved));
  if (!column_follows || token_.text.empty()) return expected("a column");
  const std::string_view column = token_.text;
  advance();

  if (take_word("is")) return is_test(column);
  auto &literals = arena_.make<Vector<Literal>>(arena_);
  const bool outside = take_word("not");
  if (outside || is_word("in")) {
    if (!take_word("in")) return expected("IN");
    return list(literals) && put(Kind::equal, column, {literals.data(), literals.size()}) && (!outside || put(Step::negate));
  }
  static constexpr struct {
    std::string_view symbol;
    Kind kind;
    bool negated;
  } comparisons[] = {{"=", Kind::equal, false}, {"<>", Kind::equal, true},   {"!=", Kind::equal, true},  {"<", Kind::less, false},
                     {">=", Kind::less, true},  {">", Kind::greater, false}, {"<=", Kind::greater, true}};
  for (const auto &comparison : comparisons)
    if (take_symbol(comparison.symbol)) return literal(literals) && put(comparison.kind, column, {literals.data(), literals.size()}) && (!comparison.negated || put(Step::negate));
  return put(Kind::holds, column);
}

bool Parser::is_test(std::string_view column) {
  const bool negated = take_word("not");
  const Kind kind = is_word("null") ? Kind::is_null : is_word("true") ? Kind::is_true : Kind::is_false;
  if (kind == Kind::is_false && !is_word("false")) return expected("NULL, TRUE or FALSE");
  advance();
  return put(kind, column) && (!negated || put(Step::negate));
}

bool Parser::list(Vector<Literal> &into) {
  if (!take_symbol("(")) return expected("an opening parenthesis");
  do {
    if (!literal(into)) return false;
  } while (take_symbol(","));
  return take_symbol(")") || expected("a closing parenthesis");
}

bool Parser::literal(Vector<Literal> &into) {
  if (token_.type == Token::Type::text) {
    into.push_back({Literal::Type::text, token_.text});
  } else if (token_.type == Token::Type::integer) {
    into.push_back({Literal::Type::integer, token_.text});
  } else if (is_word("true") || is_word("false")) {
    into.push_back({Literal::Type::boolean, token_.text});
  } else {
    return expected("a literal");
  }
  advance();
  return true;
}

}  // namespace

Truth negate(Truth value) { return value == Truth::unknown ? value : value == Truth::yes ? Truth::no : Truth::yes; }

std::optional<Condition> parse_condition(std::string_view text, Arena &arena, ConditionProblem &problem) { return arena.make<Parser>(text, arena).parse(problem); }

}  // namespace proapp::core
