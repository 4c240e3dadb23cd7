#include "core/facts.hpp"

#include "core/plpgsql_text.hpp"

namespace proapp::core {

std::string_view Facts::text(std::initializer_list<std::string_view> pieces) const {
  std::size_t size = 0;
  for (const std::string_view piece : pieces) size += piece.size();
  if (size == 0) return {};
  auto *bytes = static_cast<char *>(arena.allocate(size, 1));
  std::size_t at = 0;
  for (const std::string_view piece : pieces) {
    piece.copy(bytes + at, piece.size());
    at += piece.size();
  }
  return {bytes, size};
}

std::span<const SqlToken> Facts::tokens(const FunctionFact &function) const {
  if (function.tokens_.empty() && !function.source.empty()) function.tokens_ = sql_tokens(function.source, arena).span();
  return function.tokens_;
}

const BodyText &Facts::body(const FunctionFact &function) const {
  if (function.body_ == nullptr)
    function.body_ = function.source.size() > BodyText::longest ? &arena.make<BodyText>(function.source, arena) : &arena.make<BodyText>(function.source, tokens(function), arena);
  return *function.body_;
}

std::string_view Facts::column_identity(Oid relation, int number) const {
  const TableFact *of = table(relation);
  const ColumnFact *column = of == nullptr ? nullptr : of->column(number);
  return column == nullptr ? std::string_view{} : text({of->identity, ".", column->quoted});
}

}  // namespace proapp::core
