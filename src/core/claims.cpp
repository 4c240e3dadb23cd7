#include "core/claims.hpp"

#include "core/json_number.hpp"

#include <algorithm>
#include <cstdint>

namespace proapp::core {

namespace {

using Bytes = Vector<char>;

void append_utf8(Bytes &into, std::uint32_t c) {
  if (c < 0x80) {
    into.push_back(static_cast<char>(c));
    return;
  }
  if (c < 0x800) {
    into.push_back(static_cast<char>(0xC0 | c >> 6));
  } else {
    if (c < 0x10000) {
      into.push_back(static_cast<char>(0xE0 | c >> 12));
    } else {
      into.push_back(static_cast<char>(0xF0 | c >> 18));
      into.push_back(static_cast<char>(0x80 | (c >> 12 & 0x3F)));
    }
    into.push_back(static_cast<char>(0x80 | (c >> 6 & 0x3F)));
  }
  into.push_back(static_cast<char>(0x80 | (c & 0x3F)));
}

// Walks the document once, without recursion: nesting has no limit but memory.
class Scanner {
 public:
  Scanner(std::string_view document, const ClaimPath &path, bool utf8, Arena &arena)
      : at_(document.data()), end_(at_ + document.size()), path_(path), utf8_(utf8), arena_(arena), open_(arena), bytes_(arena) {}

  Claim scan() {
    if (!document()) return {Claim::State::malformed, {}};
    if (!root_is_object_) return {Claim::State::not_an_object, {}};
    return claim_;
  }

 private:
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }
  bool peek(char c) const { return at_ < end_ && *at_ == c; }
  bool take(char c) {
    if (!peek(c)) return false;
    ++at_;
    return true;
  }
  void skip_space() {
    while (at_ < end_ && (*at_ == ' ' || *at_ == '\t' || *at_ == '\n' || *at_ == '\r')) ++at_;
  }
  std::size_t level() const { return open_.size(); }

  bool document();
  bool value();
  bool name();
  bool after_value();
  bool open(char kind);
  void close();
  bool scalar();
  bool string(bool keep);
  bool escape(bool keep);
  bool hex4(std::uint32_t &code);
  bool number();
  bool word(std::string_view expected);
  void answer(std::string_view text);

  const char *at_;
  const char *const end_;
  const ClaimPath &path_;
  const bool utf8_;
  Arena &arena_;
  Bytes open_;             // '{' or '[' of every level we are in
  std::string_view kept_;  // the last string that was kept: in the document, or in bytes_ where it had escapes
  Bytes bytes_;
  bool root_is_object_ = false;
  bool untranslatable_ = false;  // within kept_
  std::size_t on_path_ = 0;      // so many of the open levels are the objects that the path names
  bool name_matches_ = false;    // the value that comes next belongs to the path's next name
  bool wanted_ = false;          // and that name is the path's last
  Claim claim_;
  // While the wanted value is a container: where it began, its own level, and how deep it went.
  const char *container_ = nullptr;
  std::size_t container_level_ = 0;
  std::size_t deepest_ = 0;
};

bool Scanner::document() {
  skip_space();
  root_is_object_ = peek('{');
  name_matches_ = true;  // a root object is the first level of every path
  if (!value()) return false;
  while (level() > 0)
    if (!after_value()) return false;
  skip_space();
  return at_ == end_;
}

// A value up to its end, or up to the first value of the containers that it opens.
bool Scanner::value() {
  for (;;) {
    skip_space();
    if (at_ == end_) return false;
    if (*at_ != '{' && *at_ != '[') return scalar();
    const char kind = *at_;
    if (!open(kind)) return false;
    skip_space();
    if (peek(kind == '{' ? '}' : ']')) {
      close();
      return true;
    }
    if (kind == '{' && !name()) return false;
  }
}

// What follows a value inside a container: the container's end, or a comma and the next value.
bool Scanner::after_value() {
  skip_space();
  if (at_ == end_) return false;
  const bool object = open_.back() == '{';
  if (peek(object ? '}' : ']')) {
    close();
    return true;
  }
  if (!take(',')) return false;
  skip_space();
  name_matches_ = wanted_ = false;
  if (object && !name()) return false;
  return value();
}

bool Scanner::name() {
  const bool here = on_path_ == level();
  if (!peek('"') || !string(here)) return false;
  name_matches_ = here && !untranslatable_ && kept_ == path_.names[level() - 1];
  wanted_ = name_matches_ && level() == static_cast<std::size_t>(path_.depth);
  if (name_matches_) claim_ = {};  // the last of several members of one name counts
  skip_space();
  return take(':');
}

bool Scanner::open(char kind) {
  if (wanted_) {
    container_ = at_;
    container_level_ = level() + 1;
    deepest_ = container_level_;
  }
  open_.push_back(kind);
  if (kind == '{' && name_matches_ && !wanted_ && on_path_ + 1 == level()) on_path_ = level();
  name_matches_ = wanted_ = false;
  deepest_ = std::max(deepest_, level());
  ++at_;
  return true;
}

void Scanner::close() {
  ++at_;
  if (container_ != nullptr && level() == container_level_) {
    claim_ = {
        Claim::State::found, {container_, static_cast<std::size_t>(at_ - container_)}, true, static_cast<int>(std::min<std::size_t>(deepest_ - container_level_ + 1, 1 << 20))};
    container_ = nullptr;
  }
  if (on_path_ == level()) --on_path_;
  open_.pop_back();
}

void Scanner::answer(std::string_view text) { claim_ = {Claim::State::found, text}; }

bool Scanner::scalar() {
  const bool wanted = wanted_;
  name_matches_ = wanted_ = false;
  const char *start = at_;
  switch (*at_) {
    case '"':
      if (!string(wanted)) return false;
      if (wanted) answer(kept_.data() == bytes_.data() ? arena_.copy(kept_) : kept_);
      if (wanted && untranslatable_) claim_ = {Claim::State::untranslatable, {}};
      return true;
    case 't':
      if (wanted) answer("true");
      return word("true");
    case 'f':
      if (wanted) answer("false");
      return word("false");
    case 'n':
      return word("null");
    default: {
      if (!number()) return false;
      const std::string_view token(start, static_cast<std::size_t>(at_ - start));
      if (!fits_numeric(token)) return false;
      if (wanted) answer(numeric_text(token, arena_));
      return true;
    }
  }
}

bool Scanner::word(std::string_view expected) {
  if (static_cast<std::size_t>(end_ - at_) < expected.size() || std::string_view(at_, expected.size()) != expected) return false;
  at_ += expected.size();  // what may follow is decided by the grammar: no letter may
  return true;
}

bool Scanner::number() {
  take('-');
  if (at_ == end_ || !is_digit(*at_)) return false;
  const auto digits = [this] {
    const char *start = at_;
    while (at_ < end_ && is_digit(*at_)) ++at_;
    return at_ > start;
  };
  if (!take('0')) digits();
  if (take('.') && !digits()) return false;
  if (peek('e') || peek('E')) {
    ++at_;
    if (peek('+') || peek('-')) ++at_;
    if (!digits()) return false;
  }
  return true;
}

// From quote to quote. `keep` puts the text into kept_.
bool Scanner::string(bool keep) {
  const char *start = ++at_;
  while (at_ < end_ && *at_ != '"' && *at_ != '\\' && static_cast<unsigned char>(*at_) >= 0x20) ++at_;
  if (keep) untranslatable_ = false;
  if (peek('"')) {
    if (keep) kept_ = {start, static_cast<std::size_t>(at_ - start)};
    ++at_;
    return true;
  }
  if (keep) bytes_.assign(start, at_);
  while (at_ < end_) {
    const char c = *at_;
    if (c == '"') {
      ++at_;
      if (keep) kept_ = {bytes_.data(), bytes_.size()};
      return true;
    }
    if (static_cast<unsigned char>(c) < 0x20) return false;
    ++at_;
    if (c == '\\') {
      if (!escape(keep)) return false;
    } else if (keep) {
      bytes_.push_back(c);
    }
  }
  return false;
}

bool Scanner::escape(bool keep) {
  static constexpr std::string_view letters = "\"\\/bfnrt", meanings = "\"\\/\b\f\n\r\t";
  if (at_ == end_) return false;
  const char c = *at_++;
  if (c != 'u') {
    const std::size_t which = letters.find(c);
    if (which == letters.npos) return false;
    if (keep) bytes_.push_back(meanings[which]);
    return true;
  }
  std::uint32_t code;
  if (!hex4(code) || code == 0) return false;          // PostgreSQL's text holds no zero
  if (code >= 0xDC00 && code <= 0xDFFF) return false;  // second half of a pair without the first
  if (code >= 0xD800 && code <= 0xDBFF) {
    std::uint32_t second;
    if (!take('\\') || !take('u') || !hex4(second) || second < 0xDC00 || second > 0xDFFF) return false;
    code = 0x10000 + ((code & 0x3FF) << 10) + (second & 0x3FF);
  }
  if (code >= 0x80 && !utf8_) {
    if (keep) untranslatable_ = true;
    return true;
  }
  if (keep) append_utf8(bytes_, code);
  return true;
}

bool Scanner::hex4(std::uint32_t &code) {
  if (end_ - at_ < 4) return false;
  code = 0;
  for (int i = 0; i < 4; ++i) {
    const char c = *at_++;
    const int digit = is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
    if (digit < 0) return false;
    code = code << 4 | static_cast<std::uint32_t>(digit);
  }
  return true;
}

}  // namespace

Claim find_claim(std::string_view document, const ClaimPath &path, bool utf8, Arena &arena) { return arena.make<Scanner>(document, path, utf8, arena).scan(); }

static std::optional<std::string_view> quoted_name(std::string_view &rest, Arena &arena) {
  auto &name = arena.make<Bytes>(arena);
  rest.remove_prefix(1);
  for (; !rest.empty(); rest.remove_prefix(1)) {
    if (rest.front() == '"') {
      rest.remove_prefix(1);
      if (rest.empty() || rest.front() != '"') return std::string_view(name.data(), name.size());
    }
    name.push_back(rest.front());
  }
  return std::nullopt;
}

std::optional<ClaimPath> parse_claim_path(std::string_view text, Arena &arena) {
  ClaimPath path{};
  for (;;) {
    if (path.depth == ClaimPath::limit || text.empty()) return std::nullopt;
    std::string_view name;
    if (text.front() == '"') {
      const auto quoted = quoted_name(text, arena);
      if (!quoted) return std::nullopt;
      name = *quoted;
      if (!text.empty() && text.front() != '.') return std::nullopt;
    } else {
      name = text.substr(0, text.find('.'));
      text.remove_prefix(name.size());
    }
    if (name.empty()) return std::nullopt;
    path.names[path.depth++] = name;
    if (text.empty()) return path;
    text.remove_prefix(1);
  }
}

}  // namespace proapp::core
