#include "core/sql_text.hpp"

#include <algorithm>

namespace proapp::core {

static bool starts(std::string_view sql, std::size_t at, std::string_view what) { return sql.substr(at, what.size()) == what; }

// PostgreSQL's comments nest.
static std::size_t skip_block_comment(std::string_view sql, std::size_t at) {
  int depth = 0;
  while (at < sql.size()) {
    if (starts(sql, at, "/*")) {
      ++depth;
      at += 2;
    } else if (starts(sql, at, "*/")) {
      at += 2;
      if (--depth == 0) return at;
    } else {
      ++at;
    }
  }
  return sql.size();
}

std::size_t skip_blanks(std::string_view sql, std::size_t from) {
  std::size_t at = std::min(from, sql.size());
  while (at < sql.size()) {
    if (std::string_view(" \t\n\r\f\v").find(sql[at]) != std::string_view::npos)
      ++at;
    else if (starts(sql, at, "--"))
      at = std::min(sql.find('\n', at), sql.size());
    else if (starts(sql, at, "/*"))
      at = skip_block_comment(sql, at);
    else
      break;
  }
  return at;
}

int line_at(std::string_view sql, std::size_t offset) { return 1 + static_cast<int>(std::ranges::count(sql.substr(0, offset), '\n')); }

std::string_view line_text(std::string_view sql, std::size_t offset) {
  offset = std::min(offset, sql.size());
  const std::size_t before = offset == 0 ? std::string_view::npos : sql.rfind('\n', offset - 1);
  const std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
  return sql.substr(begin, sql.find('\n', begin) - begin);
}

}  // namespace proapp::core
