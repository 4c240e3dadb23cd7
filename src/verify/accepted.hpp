// Findings that are meant to be so.
#pragma once
#include "pg/postgres.hpp"

#include "core/arena.hpp"

#include <string_view>

namespace proapp::verify {

// Those that are accepted now, as the active snapshot sees them; between spi_begin() and spi_end().
class Accepted {
 public:
  explicit Accepted(core::Arena &arena);
  bool covers(std::string_view check, std::string_view object) const;

 private:
  struct Entry {
    std::string_view check, object;
  };
  core::Vector<Entry> &entries_;
};

bool is_check(std::string_view id);

}  // namespace proapp::verify
