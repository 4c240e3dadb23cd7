// How bad a difference is: one table, by kind, attribute and direction. Loss of protection is critical, loss of data high, behaviour medium, cosmetics low.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

namespace proapp::core {

enum class Severity : std::uint8_t { critical, high, medium, low };
std::string_view name(Severity severity);

// What happened to an object, or to one attribute of it.
enum class Change : std::uint8_t {
  missing,     // the object is gone
  unexpected,  // the object is new
  renamed,     // the object has another name, and nothing else is different
  changed,     // the attribute has another value
  lost,        // the attribute had a value, or more of it, and has none, or less
  gained,      // the other way round
};
std::string_view name(Change change);

struct Rule {
  std::string_view kind;       // "*": any
  std::string_view attribute;  // empty: the object itself
  Change change;
  Severity severity;
  std::string_view reason;
};
std::span<const Rule> rules();

// The most specific rule: of the kind before "*", of the direction before `changed`. There always is one.
const Rule &find_rule(std::string_view kind, std::string_view attribute, Change change);

// Attributes outside of the digest: a restore may change them, so two schemas that differ only there count as equal.
bool is_aside(std::string_view kind, std::string_view attribute);

}  // namespace proapp::core
