#include "core/sql_tokens.hpp"

#include "core/sql_text.hpp"

#include <algorithm>

namespace proapp::core {

namespace {

using Kind = SqlToken::Kind;

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80; }
bool is_operator(char c) { return std::string_view("+-*/<>=~!@#%^&|`?").find(c) != std::string_view::npos; }

class Lexer {
 public:
  Lexer(std::string_view sql, Arena &arena) : sql_(sql), arena_(arena) {}

  void read(Vector<SqlToken> &into) {
    for (at_ = skip_blanks(sql_, 0); at_ < sql_.size(); at_ = skip_blanks(sql_, at_)) {
      SqlToken token;
      token.begin = at_;
      one(token);
      token.end = at_;
      into.push_back(token);
    }
  }

 private:
  char peek(std::size_t ahead = 0) const { return at_ + ahead < sql_.size() ? sql_[at_ + ahead] : '\0'; }
  template <class Belongs>
  void run(const Belongs &belongs) {
    while (at_ < sql_.size() && belongs(sql_[at_])) ++at_;
  }
  std::string_view since(std::size_t begin) const { return sql_.substr(begin, at_ - begin); }

  void one(SqlToken &token) {
    const char c = peek();
    if (is_letter(c)) return word(token);
    if (c == '\'') return quoted(token, Kind::text, false);
    if (c == '"') return quoted(token, Kind::name, false);
    if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number(token);
    if (c == '$') return dollar(token);
    symbol(token);
  }

  void word(SqlToken &token) {
    run([](char d) { return is_letter(d) || is_digit(d) || d == '$'; });
    const std::string_view text = since(token.begin);
    if (text.size() == 1 && peek() == '\'' && std::string_view("eEbBxXnN").find(text[0]) != std::string_view::npos)
      return quoted(token, Kind::text, text[0] == 'e' || text[0] == 'E');
    token.kind = Kind::word;
    token.text = text;
    if (std::none_of(text.begin(), text.end(), is_upper)) return;
    auto *folded = static_cast<char *>(arena_.allocate(text.size(), 1));
    std::transform(text.begin(), text.end(), folded, [](char d) { return is_upper(d) ? static_cast<char>(d + ('a' - 'A')) : d; });
    token.text = {folded, text.size()};
  }

  // A doubled quote is one of the text.
  void quoted(SqlToken &token, Kind kind, bool escapes) {
    const char quote = peek();
    auto &bytes = arena_.make<Vector<char>>(arena_);
    for (++at_; at_ < sql_.size(); ++at_) {
      if (sql_[at_] == quote && (++at_ == sql_.size() || sql_[at_] != quote)) break;
      if (escapes && sql_[at_] == '\\' && at_ + 1 < sql_.size()) ++at_;
      bytes.push_back(sql_[at_]);
    }
    token.kind = kind;
    token.text = {bytes.data(), bytes.size()};
  }

  // 1..10 are two numbers.
  void number(SqlToken &token) {
    run([](char d) { return is_digit(d) || is_letter(d); });
    if (peek() == '.' && peek(1) != '.') {
      ++at_;
      run([](char d) { return is_digit(d) || is_letter(d); });
    }
    token.kind = Kind::number;
    token.text = since(token.begin);
  }

  void dollar(SqlToken &token) {
    ++at_;
    if (is_digit(peek())) {
      run(is_digit);
      token.kind = Kind::parameter;
      token.text = since(token.begin);
      return;
    }
    run([](char d) { return is_letter(d) || is_digit(d); });
    if (peek() != '$') {
      token.text = since(token.begin);
      return;
    }
    ++at_;
    const std::string_view tag = since(token.begin);
    const std::size_t end = std::min(sql_.find(tag, at_), sql_.size());
    token.kind = Kind::text;
    token.text = sql_.substr(at_, end - at_);
    at_ = std::min(end + tag.size(), sql_.size());
  }

  void symbol(SqlToken &token) {
    const char c = peek(), next = peek(1);
    ++at_;
    if ((c == ':' && (next == ':' || next == '=')) || (c == '.' && next == '.')) {
      ++at_;
    } else if (is_operator(c)) {
      while (is_operator(peek()) && !sql_.substr(at_).starts_with("--") && !sql_.substr(at_).starts_with("/*")) ++at_;
      // `a=-1`: a sign does not end an operator that is made of plain ones.
      const bool special = since(token.begin).find_first_of("~!@#%^&|`?") != std::string_view::npos;
      while (!special && at_ > token.begin + 1 && (sql_[at_ - 1] == '-' || sql_[at_ - 1] == '+')) --at_;
    }
    token.text = since(token.begin);
  }

  std::string_view sql_;
  Arena &arena_;
  std::size_t at_ = 0;
};

}  // namespace

Vector<SqlToken> &sql_tokens(std::string_view sql, Arena &arena) {
  auto &tokens = arena.make<Vector<SqlToken>>(arena);
  tokens.reserve(sql.size() / 4 + 4);  // a word or a sign, and blanks
  Lexer(sql, arena).read(tokens);
  return tokens;
}

}  // namespace proapp::core
