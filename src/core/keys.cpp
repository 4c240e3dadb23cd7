#include "core/keys.hpp"

namespace proapp::core {

static int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<Uuid> parse_uuid(std::string_view text) {
  if (text.size() >= 2 && text.front() == '{') {
    if (text.back() != '}') return std::nullopt;
    text = text.substr(1, text.size() - 2);
  }
  Uuid uuid;
  for (int i = 0; i < 16; ++i) {
    if (text.size() < 2) return std::nullopt;
    const int high = hex_value(text[0]), low = hex_value(text[1]);
    if (high < 0 || low < 0) return std::nullopt;
    uuid.bytes[i] = static_cast<unsigned char>(high << 4 | low);
    text.remove_prefix(2);
    // a hyphen may follow every group of four digits
    if (i % 2 == 1 && i < 15 && !text.empty() && text.front() == '-') text.remove_prefix(1);
  }
  return text.empty() ? std::optional<Uuid>(uuid) : std::nullopt;
}

std::array<char, 36> uuid_text(const Uuid &uuid) {
  static constexpr char digits[] = "0123456789abcdef";
  std::array<char, 36> text{};
  std::size_t at = 0;
  for (int i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text[at++] = '-';
    text[at++] = digits[uuid.bytes[i] >> 4];
    text[at++] = digits[uuid.bytes[i] & 0xF];
  }
  return text;
}

std::optional<std::int64_t> parse_integer(std::string_view text, std::int64_t least, std::int64_t greatest) {
  const auto is_space = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  const bool negative = !text.empty() && text.front() == '-';
  if (negative || (!text.empty() && text.front() == '+')) text.remove_prefix(1);
  if (text.empty()) return std::nullopt;

  std::int64_t value = 0;  // negative all the way: the least number has no positive twin
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    if (__builtin_mul_overflow(value, std::int64_t{10}, &value) || __builtin_sub_overflow(value, std::int64_t{c - '0'}, &value)) return std::nullopt;
  }
  if (!negative && __builtin_sub_overflow(std::int64_t{0}, value, &value)) return std::nullopt;
  return value >= least && value <= greatest ? std::optional<std::int64_t>(value) : std::nullopt;
}

}  // namespace proapp::core
