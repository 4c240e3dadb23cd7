#include "core/secret_text.hpp"

#include "core/secrets.hpp"

namespace proapp::core {

namespace {

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool in_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || static_cast<unsigned char>(c) >= 0x80; }

bool same_word(std::string_view word, std::string_view lower) {
  if (word.size() != lower.size()) return false;
  for (std::size_t i = 0; i < word.size(); ++i)
    if ((word[i] >= 'A' && word[i] <= 'Z' ? word[i] + 32 : word[i]) != lower[i]) return false;
  return true;
}

std::string_view word_at(std::string_view text) {
  std::size_t size = 0;
  while (size < text.size() && in_word(text[size])) ++size;
  return text.substr(0, size);
}

// Without the blanks and comments it begins with.
std::string_view skip_blanks(std::string_view text) {
  for (;;) {
    if (text.starts_with("--"))
      text.remove_prefix(text.find('\n') == std::string_view::npos ? text.size() : text.find('\n'));
    else if (text.starts_with("/*"))
      text.remove_prefix(text.find("*/") == std::string_view::npos ? text.size() : text.find("*/") + 2);
    else if (!text.empty() && is_blank(text.front()))
      text.remove_prefix(1);
    else
      return text;
  }
}

// E'…', U&'…', N'…' and so on.
bool begins_literal(std::string_view text) {
  if (text.starts_with("U&") || text.starts_with("u&"))
    text.remove_prefix(2);
  else if (text.size() > 1 && text[1] == '\'' && in_word(text[0]))
    text.remove_prefix(1);
  return !text.empty() && (text.front() == '\'' || text.front() == '$');
}

// What follows the name of a secret: its value?
bool begins_value(std::string_view text) {
  if (begins_literal(text)) return true;  // the end of a literal that holds the name counts as well
  text = skip_blanks(text.starts_with('"') || text.starts_with('\\')
                         ? text.substr(text.find_first_not_of("\"\\") == std::string_view::npos ? text.size() : text.find_first_not_of("\"\\"))
                         : text);
  if (begins_literal(text)) return true;
  if (same_word(word_at(text), "to")) return begins_literal(skip_blanks(text.substr(2)));
  if (text.starts_with("::")) return false;  // a cast
  bool assigned = false;
  while (!text.empty() && (text.front() == '=' || text.front() == ':' || text.front() == '>' || text.front() == ',')) {
    assigned = assigned || text.front() == '=' || text.front() == ':';
    text = skip_blanks(text.substr(1));
  }
  return begins_literal(text) || (assigned && !text.empty());
}

// user:password@host, after "//"
bool holds_password(std::string_view address) {
  bool colon = false;
  for (const char c : address) {
    if (is_blank(c) || c == '\'') return false;
    if (c == '@') return colon;
    colon = colon || c == ':';
  }
  return colon;  // the text was cut here
}

}  // namespace

bool may_hold_secret(std::string_view sql) noexcept {
  std::string_view before;  // the word before
  while (!sql.empty()) {
    const std::string_view word = word_at(sql);
    if (word.empty()) {
      if (sql.starts_with("://") && holds_password(sql.substr(3))) return true;
      sql.remove_prefix(1);
      continue;
    }
    sql.remove_prefix(word.size());
    if (same_word(word, "mapping") && same_word(before, "user")) return true;
    if (same_word(word, "subscription") && (same_word(before, "create") || same_word(before, "alter"))) return true;
    if (is_secret(word) && begins_value(sql)) return true;
    before = word;
  }
  return false;
}

}  // namespace proapp::core
