#include "core/secrets.hpp"

#include "core/digest.hpp"

#include <algorithm>

namespace proapp::core {

static char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
static bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
static bool in_word(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

static bool is_secret_word(std::string_view word) {
  for (const std::string_view part : {"password", "passwd", "passphrase", "secret", "token", "credential"})
    if (word.find(part) != std::string_view::npos) return true;
  return word == "pass" || word == "pwd" || word == "keys" || word.ends_with("key");
}

bool is_secret(std::string_view name) {
  char folded[64];  // as long as PostgreSQL's own names; what is longer is judged by its head and tail
  if (name.size() > sizeof folded) return is_secret(name.substr(0, sizeof folded)) || is_secret(name.substr(name.size() - sizeof folded));
  std::transform(name.begin(), name.end(), folded, lower);
  const std::string_view text(folded, name.size());
  if (text == "password_encryption") return false;
  for (std::size_t start = 0; start < text.size();) {
    std::size_t end = start;
    while (end < text.size() && in_word(text[end])) ++end;
    if (is_secret_word(text.substr(start, end - start))) return true;
    start = end + 1;
  }
  return false;
}

static std::string_view option(Arena &arena, std::string_view name, std::string_view value) {
  Bytes text(arena);
  text.raw(name).raw('=').raw(is_secret(name) ? secret_is_set : value);
  return arena.copy(text.view());
}

std::string_view without_secret(Arena &arena, std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos || !is_secret(text.substr(0, equals))) return text;
  return option(arena, text.substr(0, equals), {});
}

namespace {

// name = value, name = 'quoted \' value', …, as libpq reads it.
class Pairs {
 public:
  Pairs(Arena &arena, std::string_view text, Vector<Value> &into) : arena_(arena), text_(text), into_(into) {}

  // False where the text is not made of pairs.
  bool read() {
    for (;;) {
      skip_blanks();
      if (at_ == text_.size()) return true;
      const std::size_t start = at_;
      while (at_ < text_.size() && text_[at_] != '=' && !is_blank(text_[at_])) ++at_;
      const std::string_view name = text_.substr(start, at_ - start);
      skip_blanks();
      if (name.empty() || at_ == text_.size() || text_[at_] != '=') return false;
      ++at_;
      skip_blanks();
      Bytes value(arena_);
      if (!read_value(value)) return false;
      into_.push_back(Value(option(arena_, name, value.view())));
    }
  }

 private:
  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  }

  bool read_value(Bytes &value) {
    const bool quoted = at_ < text_.size() && text_[at_] == '\'';
    if (quoted) ++at_;
    for (; at_ < text_.size(); ++at_) {
      if (quoted ? text_[at_] == '\'' : is_blank(text_[at_])) break;
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      value.raw(text_[at_]);
    }
    if (!quoted) return true;
    if (at_ == text_.size()) return false;
    ++at_;
    return true;
  }

  Arena &arena_;
  std::string_view text_;
  Vector<Value> &into_;
  std::size_t at_ = 0;
};

// postgresql://user:password@host,host:port/dbname?name=value&…
void read_uri(Arena &arena, std::string_view rest, Vector<Value> &into) {
  const auto add = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) into.push_back(Value(option(arena, name, value)));
  };
  const auto cut = [&](std::size_t at) {
    const std::string_view head = rest.substr(0, at);
    rest = at >= rest.size() ? std::string_view{} : rest.substr(at + 1);
    return head;
  };
  // A password may hold any byte, unencoded ones that end the address included: up to the last "@" everything is the user's.
  if (const std::size_t end = rest.rfind('@'); end != std::string_view::npos) {
    const std::string_view user = cut(end);
    const std::size_t colon = user.find(':');
    add("user", user.substr(0, colon));
    if (colon != std::string_view::npos) add("password", user.substr(colon + 1));
  }
  const std::size_t question = rest.find('?');
  std::string_view parameters = question == std::string_view::npos ? std::string_view{} : rest.substr(question + 1);
  rest = rest.substr(0, question);
  add("host", cut(rest.find('/')));
  add("dbname", rest);
  while (!parameters.empty()) {
    const std::size_t end = parameters.find('&');
    const std::string_view pair = parameters.substr(0, end);
    parameters = end == std::string_view::npos ? std::string_view{} : parameters.substr(end + 1);
    const std::size_t equals = pair.find('=');
    add(pair.substr(0, equals), equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1));
  }
}

}  // namespace

Value connection_options(Arena &arena, std::string_view connection) {
  auto &options = arena.make<Vector<Value>>(arena);
  bool known = true;
  if (connection.starts_with("postgresql://"))
    read_uri(arena, connection.substr(13), options);
  else if (connection.starts_with("postgres://"))
    read_uri(arena, connection.substr(11), options);
  else
    known = Pairs(arena, connection, options).read();
  if (!known) {
    options.clear();
    options.push_back(Value(option(arena, "secret", {})));
  }
  sort_by_text(options);
  return Value(options.span());
}

}  // namespace proapp::core
