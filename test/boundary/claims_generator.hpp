// Documents that look like claims, right and wrong, each a function of the seed: by a grammar that errs now and then, and by damaging what it made.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace proapp::probe {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15ULL;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ z >> 27) * 0x94D049BB133111EBULL;
    return z ^ z >> 31;
  }
  int below(int n) { return static_cast<int>(next() % static_cast<std::uint64_t>(n)); }
  bool one_in(int n) { return below(n) == 0; }
  template <class T, std::size_t n>
  const T &of(const T (&choices)[n]) {
    return choices[below(n)];
  }

 private:
  std::uint64_t state_;
};

// Writes valid UTF-8 without zeros into a buffer of a fixed size; what does not fit is left out.
class Generator {
 public:
  static constexpr int capacity = 64 * 1024;

  Generator(std::uint64_t seed, char *buffer, char *spare) : random_(seed), bytes_(buffer), spare_(spare) {}

  // A document in which the member that `names` leads to is likely.
  std::string_view document(const std::string_view *names, int depth);

 private:
  void put(char c) {
    if (size_ < capacity) bytes_[size_++] = c;
  }
  void put(std::string_view text) {
    if (size_ + static_cast<int>(text.size()) > capacity) return;
    for (const char c : text) bytes_[size_++] = c;
  }
  void repeat(std::string_view text, int times) {
    for (int i = 0; i < times; ++i) put(text);
  }

  void space();
  void value(int level, int step);  // step: how many of the names lead to here; -1 off the path
  void object(int level, int step);
  void array(int level);
  void name(int step);
  void string();
  void character();
  void code_point();
  void hex(std::uint32_t code);
  void number();
  void digits(int count);
  void long_value();
  void tokens();
  void damage();
  int boundary();
  void replace(int from, int to, std::string_view by);

  Random random_;
  char *bytes_, *spare_;
  int size_ = 0;
  const std::string_view *names_ = nullptr;
  int depth_ = 0;
};

inline std::string_view Generator::document(const std::string_view *names, int depth) {
  size_ = 0;
  names_ = names;
  depth_ = depth;
  const int kind = random_.below(100);
  if (kind < 4) {
    tokens();
  } else if (kind < 6) {
    for (int i = random_.below(20); i > 0; --i) code_point();
  } else {
    space();
    if (kind < 12)
      value(0, 0);
    else
      object(0, 0);
    space();
  }
  if (random_.one_in(2))
    for (int i = random_.below(3) + 1; i > 0; --i) damage();
  return {bytes_, static_cast<std::size_t>(size_)};
}

inline void Generator::space() {
  static constexpr std::string_view others[] = {"\v", "\f", "\xC2\xA0", "\xEF\xBB\xBF", "\x01", "\x7F", "/**/", "\xE2\x80\xA8"};
  while (random_.one_in(6)) put(" \t\n\r"[random_.below(4)]);
  if (random_.one_in(3000)) put(random_.of(others));
}

inline void Generator::value(int level, int step) {
  if (step >= 0 && step < depth_ && !random_.one_in(5)) return object(level, step);
  if (random_.one_in(2000)) return long_value();
  switch (random_.below(level > 5 ? 8 : 10)) {
    case 0:
      return put(std::string_view("true"));
    case 1:
      return put(std::string_view("false"));
    case 2:
      return put(std::string_view("null"));
    case 3:
    case 4:
      return number();
    case 8:
      return object(level, step);
    case 9:
      return array(level);
    default:
      return string();
  }
}

inline void Generator::object(int level, int step) {
  put('{');
  const int members = random_.one_in(8) ? 0 : random_.below(4) + 1;
  for (int i = 0; i < members; ++i) {
    if (i > 0) put(random_.one_in(500) ? ';' : ',');
    space();
    const bool on_path = step >= 0 && step < depth_ && !random_.one_in(3);
    if (on_path)
      name(step);
    else if (random_.one_in(2))
      name(random_.below(depth_));
    else
      string();
    space();
    if (!random_.one_in(1000)) put(':');
    space();
    value(level + 1, on_path ? step + 1 : -1);
    space();
  }
  if (random_.one_in(500)) put(',');
  put('}');
}

inline void Generator::array(int level) {
  put('[');
  const int elements = random_.below(4);
  for (int i = 0; i < elements; ++i) {
    if (i > 0) put(',');
    space();
    value(level + 1, random_.one_in(4) ? 0 : -1);
    space();
  }
  if (random_.one_in(500)) put(',');
  put(']');
}

// The name as it is, with some characters escaped, or nearly the name.
inline void Generator::name(int step) {
  const std::string_view name = names_[step];
  const bool escaped = random_.one_in(6);
  put('"');
  for (std::size_t i = 0; i < name.size(); ++i) {
    char c = name[i];
    if (c == '"' || c == '\\')
      put('\\');
    else if (escaped && static_cast<unsigned char>(c) < 0x80 && random_.one_in(2)) {
      hex(static_cast<std::uint32_t>(c));
      continue;
    } else if (random_.one_in(400) && c >= 'a' && c <= 'z')
      c = static_cast<char>(c - 'a' + 'A');
    put(c);
  }
  if (random_.one_in(60)) character();
  put('"');
}

inline void Generator::string() {
  put('"');
  const int kind = random_.below(8);
  if (kind == 0) put(std::string_view("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"));
  if (kind > 1)
    for (int i = random_.below(6); i > 0; --i) character();
  put('"');
}

inline void Generator::hex(std::uint32_t code) {
  const char *digits = random_.one_in(2) ? "0123456789abcdef" : "0123456789ABCDEF";
  put(std::string_view("\\u"));
  for (int shift = 12; shift >= 0; shift -= 4) put(digits[code >> shift & 15]);
}

inline void Generator::character() {
  static constexpr std::string_view broken[] = {
      "\\",      "\\x", "\\u",        "\\u12",       "\\u00G0", "\\u0000", "\\ud800", "\\udc00", "\\ud800\\u0041", "\\ud800\\ud800", "\\ud83dx",
      "\\U0041", "\\'", "\\\xC3\xA9", "\\u\xC3\xA9", "\n",      "\t",      "\x01",    "\x1F"};
  switch (random_.below(12)) {
    case 0:
      put('\\');
      return put("\"\\/bfnrt"[random_.below(8)]);
    case 1:
      return hex(random_.one_in(3) ? static_cast<std::uint32_t>(random_.below(0xD800 - 1)) + 1 : static_cast<std::uint32_t>(random_.below(0x7F)) + 1);
    case 2:
      hex(0xD800 + static_cast<std::uint32_t>(random_.below(0x400)));
      return hex((random_.one_in(20) ? 0xD800 : 0xDC00) + static_cast<std::uint32_t>(random_.below(0x400)));
    case 3:
      return hex(0xE000 + static_cast<std::uint32_t>(random_.below(0x2000)));
    case 4:
    case 5:
      return code_point();
    default:
      if (random_.one_in(60)) return put(random_.of(broken));
      const char c = static_cast<char>(random_.below(0x5F) + 0x20);
      return put(c == '"' || c == '\\' ? 's' : c);
  }
}

inline void Generator::code_point() {
  static constexpr std::uint32_t edges[] = {0x7F, 0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFEFF, 0xFFFD, 0xFFFF, 0x10000, 0x10FFFF, 0x85, 0xA0, 0x2028};
  std::uint32_t c = random_.one_in(3) ? random_.of(edges) : static_cast<std::uint32_t>(random_.below(random_.one_in(2) ? 0x3000 : 0x110000));
  if (c < 0x20 || c == '"' || c == '\\' || (c >= 0xD800 && c <= 0xDFFF)) c = 0x1F600;
  if (c < 0x80) return put(static_cast<char>(c));
  if (c < 0x800) {
    put(static_cast<char>(0xC0 | c >> 6));
  } else if (c < 0x10000) {
    put(static_cast<char>(0xE0 | c >> 12));
    put(static_cast<char>(0x80 | (c >> 6 & 0x3F)));
  } else {
    put(static_cast<char>(0xF0 | c >> 18));
    put(static_cast<char>(0x80 | (c >> 12 & 0x3F)));
    put(static_cast<char>(0x80 | (c >> 6 & 0x3F)));
  }
  put(static_cast<char>(0x80 | (c & 0x3F)));
}

inline void Generator::digits(int count) {
  const bool zeros = random_.one_in(3);
  for (int i = 0; i < count; ++i) put(static_cast<char>('0' + (zeros && !random_.one_in(4) ? 0 : random_.below(10))));
}

inline void Generator::number() {
  static constexpr int edges[] = {16382, 16383, 16384, 16385, 131070, 131071, 131072, 131073, 32767, 65535, 1073741822, 1073741823, 1073741824, 2147483647};
  static constexpr std::string_view enormous[] = {"2147483648",           "9223372036854775807",     "9223372036854775808",
                                                  "18446744073709551616", "99999999999999999999999", "0000000000000000000000001"};
  if (random_.one_in(3)) put('-');
  if (random_.one_in(200)) put("-+.0"[random_.below(4)]);
  if (random_.one_in(3)) {
    put('0');
  } else {
    put(static_cast<char>('1' + random_.below(9)));
    if (random_.one_in(2)) digits(random_.below(random_.one_in(20) ? 60 : 6));
  }
  if (random_.one_in(3)) {
    put('.');
    if (!random_.one_in(100)) digits(random_.below(random_.one_in(20) ? 60 : 6) + 1);
  }
  if (random_.one_in(4)) {
    put("eE"[random_.below(2)]);
    const int sign = random_.below(3);
    if (sign > 0) put("+-"[sign - 1]);
    if (random_.one_in(100)) return;
    if (random_.one_in(12)) return put(random_.of(enormous));
    int exponent = random_.below(random_.one_in(10) ? 300 : 12);
    if (random_.one_in(60)) exponent = random_.of(edges) - random_.below(4);
    char reversed[12];
    int count = 0;
    do reversed[count++] = static_cast<char>('0' + exponent % 10);
    while ((exponent /= 10) > 0);
    if (random_.one_in(20)) put('0');
    while (count > 0) put(reversed[--count]);
  }
  if (random_.one_in(300)) put(random_.one_in(2) ? 'a' : '_');
}

inline void Generator::long_value() {
  switch (random_.below(5)) {
    case 0: {  // digits up to where numeric ends
      if (random_.one_in(2)) put(std::string_view("0."));
      return digits(16383 - 3 + random_.below(6));
    }
    case 1: {  // nested, within PostgreSQL's own stack
      const int levels = random_.below(1000) + 1;
      repeat("[", levels);
      if (random_.one_in(2)) number();
      return repeat("]", random_.one_in(4) ? levels + random_.below(3) - 1 : levels);
    }
    case 2: {
      const int levels = random_.below(300) + 1;
      for (int i = 0; i < levels; ++i) {
        put('{');
        name(random_.below(depth_));
        put(':');
      }
      string();
      return repeat("}", levels);
    }
    case 3:
      put('"');
      for (int i = random_.below(5000); i > 0; --i) character();
      return put('"');
    default:
      put('[');
      for (int i = random_.below(500); i > 0; --i) {
        number();
        put(',');
      }
      number();
      return put(']');
  }
}

inline void Generator::tokens() {
  static constexpr std::string_view words[] = {"{", "}", "[", "]",   ":",  ",",  "\"sub\"", "\"\"", "\"", "true", "false", "null",     "nul", "True", "NaN",       "Infinity",
                                               "0", "1", "-", "1e5", "01", ".5", "1.",      " ",    "\n", "'",    "\\",    "\xC3\xA9", "{}",  "[]",   "{\"sub\":", "\"x\""};
  for (int i = random_.below(12); i > 0; --i) put(random_.of(words));
}

// A place between two characters.
inline int Generator::boundary() {
  int at = random_.below(size_ + 1);
  while (at < size_ && (static_cast<unsigned char>(bytes_[at]) & 0xC0) == 0x80) ++at;
  return at;
}

inline void Generator::replace(int from, int to, std::string_view by) {
  const int behind = size_ - to;
  if (from + static_cast<int>(by.size()) + behind > capacity) return;
  for (int i = 0; i < behind; ++i) spare_[i] = bytes_[to + i];
  size_ = from;
  put(by);
  put({spare_, static_cast<std::size_t>(behind)});
}

inline void Generator::damage() {
  static constexpr std::string_view pieces[] = {"{",
                                                "}",
                                                "[",
                                                "]",
                                                "\"",
                                                ":",
                                                ",",
                                                "\\",
                                                "/",
                                                " ",
                                                "\t",
                                                "\n",
                                                "\x01",
                                                "\x1F",
                                                "0",
                                                "1",
                                                "9",
                                                "-",
                                                "+",
                                                ".",
                                                "e",
                                                "E",
                                                "u",
                                                "t",
                                                "n",
                                                "a",
                                                "\xC3\xA9",
                                                "\xF0\x9F\x98\x80",
                                                "\\u0000",
                                                "\\ud83d",
                                                "\\ude00",
                                                "\\u0073",
                                                "null",
                                                "true",
                                                "\"sub\":",
                                                "{}",
                                                "[]",
                                                "//",
                                                "\xEF\xBB\xBF",
                                                "''"};
  int from = boundary(), to = boundary();
  if (from > to) {
    const int swapped = from;
    from = to;
    to = swapped;
  }
  // Mostly a little one: a document with a large piece missing is seldom interesting.
  if (!random_.one_in(6)) {
    to = from < size_ ? from + 1 : from;
    while (to < size_ && (static_cast<unsigned char>(bytes_[to]) & 0xC0) == 0x80) ++to;
  }
  switch (random_.below(6)) {
    case 0:
      return replace(from, to, {});
    case 1:
      return replace(from, to, random_.of(pieces));
    case 2:
      return replace(from, from, random_.of(pieces));
    case 3:
      size_ = from;
      return;
    case 4: {  // twice
      if (to - from > 200) return;
      char copy[200];
      for (int i = from; i < to; ++i) copy[i - from] = bytes_[i];
      return replace(from, from, {copy, static_cast<std::size_t>(to - from)});
    }
    default:
      if (random_.one_in(2)) return put(random_.of(pieces));
      return replace(0, 0, random_.of(pieces));
  }
}

}  // namespace proapp::probe
