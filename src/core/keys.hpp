// Ids as a claim brings them: text that must become a uuid or an integer, or be refused without an error.
// Accepts what the casts of PostgreSQL 15 accept, and nothing that only later majors do (0x1F, 1_000): an id has one spelling there.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace proapp::core {

struct Uuid {
  unsigned char bytes[16];
};
std::optional<Uuid> parse_uuid(std::string_view text);
std::array<char, 36> uuid_text(const Uuid &uuid);

// Between `least` and `greatest`, both included.
std::optional<std::int64_t> parse_integer(std::string_view text, std::int64_t least, std::int64_t greatest);

}  // namespace proapp::core
