#include "core/json_number.hpp"

#include <algorithm>

namespace proapp::core {

namespace {

constexpr long long largest_exponent = 0x7FFFFFFF / 2;   // numeric_in refuses from here on
constexpr long long largest_scale = 0x3FFF;              // digits after the point
constexpr long long largest_position = 4 * 32768LL - 1;  // of the first digit that is not zero, counted from the units

// value = digits x 10^(-fraction + exponent), digits being those of both parts.
struct Number {
  bool negative;
  std::string_view whole;
  std::string_view fraction;
  long long exponent;

  std::size_t size() const { return whole.size() + fraction.size(); }
  char digit(std::size_t i) const { return i < whole.size() ? whole[i] : fraction[i - whole.size()]; }
  std::size_t leading_zeros() const {
    std::size_t zeros = 0;
    while (zeros < size() && digit(zeros) == '0') ++zeros;
    return zeros;
  }
  bool is_zero() const { return leading_zeros() == size(); }
  // How many digits numeric keeps after the point; trailing zeros stay.
  long long scale() const { return std::max(0LL, static_cast<long long>(fraction.size()) - exponent); }
};

std::string_view take_digits(std::string_view &rest) {
  const std::size_t n = std::min(rest.find_first_not_of("0123456789"), rest.size());
  const std::string_view digits = rest.substr(0, n);
  rest.remove_prefix(n);
  return digits;
}

Number parse(std::string_view rest) {
  Number number{};
  if (rest.front() == '-') {
    number.negative = true;
    rest.remove_prefix(1);
  }
  number.whole = take_digits(rest);
  if (!rest.empty() && rest.front() == '.') {
    rest.remove_prefix(1);
    number.fraction = take_digits(rest);
  }
  if (rest.empty()) return number;
  rest.remove_prefix(1);  // e or E
  const bool down = rest.front() == '-';
  if (down || rest.front() == '+') rest.remove_prefix(1);
  for (const char digit : rest) number.exponent = std::min(number.exponent * 10 + (digit - '0'), largest_exponent);
  if (down) number.exponent = -number.exponent;
  return number;
}

}  // namespace

bool fits_numeric(std::string_view token) {
  const Number number = parse(token);
  if (number.exponent >= largest_exponent || number.exponent <= -largest_exponent || number.scale() > largest_scale) return false;
  const long long first = static_cast<long long>(number.whole.size()) - 1 - static_cast<long long>(number.leading_zeros()) + number.exponent;
  return number.is_zero() || first <= largest_position;
}

std::string_view numeric_text(std::string_view token, Arena &arena) {
  const Number number = parse(token);
  // Position of the decimal point within the digits; it may lie before or behind them. Zero has no magnitude to move it.
  const long long point = static_cast<long long>(number.whole.size()) + (number.is_zero() ? 0 : number.exponent);
  const long long size = static_cast<long long>(number.size());
  const auto digit = [&](long long i) { return i >= 0 && i < size ? number.digit(static_cast<std::size_t>(i)) : '0'; };

  auto &text = arena.make<Vector<char>>(arena);
  if (number.negative && !number.is_zero()) text.push_back('-');
  for (long long i = std::min(static_cast<long long>(number.leading_zeros()), point - 1); i < point; ++i) text.push_back(digit(i));
  if (number.scale() > 0) {
    text.push_back('.');
    for (long long n = 0; n < number.scale(); ++n) text.push_back(digit(point + n));
  }
  return {text.data(), text.size()};
}

}  // namespace proapp::core
