// A PL/pgSQL body, or an SQL expression, as far as its text tells: what is declared, which tables its statements name, what is assigned to what, and what
// is compared with what. Nothing is resolved and nothing is executed; places are ranges of tokens.
#pragma once
#include "core/sql_tokens.hpp"

#include <span>
#include <string_view>

namespace proapp::core {

struct TokenRange {
  std::size_t begin = 0, end = 0;
  bool empty() const { return begin >= end; }
  bool operator==(const TokenRange &) const = default;
};

class BodyText {
 public:
  struct Declaration {
    std::string_view name;
    TokenRange type, value;  // of the default
  };
  // A table of FROM, JOIN, USING, INSERT INTO or UPDATE; without `table` a sub-select, a function or a CTE.
  struct Source {
    std::size_t statement;
    std::string_view alias;
    TokenRange table;
  };
  struct Assignment {
    std::size_t statement;
    TokenRange target, value;
  };
  // What SELECT INTO, RETURNING INTO and loops over queries put: the list into the targets; without a list, something unknown.
  struct Fill {
    std::size_t statement;
    TokenRange targets, list;
  };
  // One of VALUES or of the select list, for one of the columns of INSERT.
  struct Inserted {
    std::size_t statement;
    TokenRange table, value;
    std::string_view column;
  };
  struct Comparison {
    std::size_t statement;
    TokenRange left, right;
    std::size_t at;  // the operator's token
  };

  // What follows the first `longest` bytes is not read: some of what is searched for takes time in proportion to the square of a statement's length.
  static constexpr std::size_t longest = 100'000;
  BodyText(std::string_view text, Arena &arena) : BodyText(text.substr(0, longest), sql_tokens(text.substr(0, longest), arena).span(), arena) {}
  BodyText(std::string_view text, std::span<const SqlToken> tokens, Arena &arena);  // of no longer a text

  std::string_view text() const { return text_; }
  std::span<const SqlToken> tokens() const { return tokens_; }
  std::span<const Declaration> declarations() const { return declarations_.span(); }
  std::span<const Source> sources() const { return sources_.span(); }
  std::span<const Assignment> assignments() const { return assignments_.span(); }
  std::span<const Fill> fills() const { return fills_.span(); }
  std::span<const Inserted> inserted() const { return inserted_.span(); }
  std::span<const Comparison> comparisons() const { return comparisons_.span(); }
  std::span<const TokenRange> returns() const { return returns_.span(); }

  std::string_view text(TokenRange range) const {
    return range.empty() ? std::string_view{} : text_.substr(tokens_[range.begin].begin, tokens_[range.end - 1].end - tokens_[range.begin].begin);
  }
  std::size_t statement(std::size_t token) const { return statements_[token]; }
  // The token that closes the bracket at `token`, or the end of all.
  std::size_t closing(std::size_t token) const { return partners_[token]; }
  // a.b.c from `from`: the token after it.
  std::size_t chain(std::size_t from) const;
  // Where an operand that begins at `from` ends; `from` where there is none, or where it is but part of a longer expression.
  std::size_t operand(std::size_t from) const;
  // The first comma, or one of the words, between the two outside of brackets.
  template <class Stop>
  std::size_t until(TokenRange range, const Stop &stop) const {
    std::size_t at = range.begin;
    while (at < range.end && !stop(tokens_[at])) at = is_opening(at) && partners_[at] < range.end ? partners_[at] + 1 : at + 1;
    return at;
  }
  TokenRange without_brackets(TokenRange range) const;

 private:
  const SqlToken &token(std::size_t at) const;
  bool word(std::size_t at, std::string_view text) const { return token(at).is_word(text); }
  bool symbol(std::size_t at, std::string_view text) const { return token(at).is(text); }
  bool is_opening(std::size_t at) const { return symbol(at, "(") || symbol(at, "["); }
  bool begins_query(std::size_t at) const;
  bool begins_statement(std::size_t at) const;
  std::size_t primary(std::size_t from) const;
  std::size_t postfix(std::size_t from) const;
  TokenRange operand_before(std::size_t end) const;
  std::size_t end_of_statement(std::size_t from) const;

  void find_brackets(Arena &arena);
  void find_declarations();
  void find_ctes();
  void find_sources();
  std::size_t source(std::size_t at);
  void find_assignments();
  void find_loops(std::size_t at);
  void find_fills();
  void find_inserted(std::size_t insert);
  void find_comparisons();
  void compare(TokenRange left, TokenRange right, std::size_t at);

  std::string_view text_;
  std::span<const SqlToken> tokens_;
  Vector<std::size_t> partners_, statements_;
  Vector<bool> taken_;  // an = that assigns
  Vector<Source> ctes_;
  Vector<Declaration> declarations_;
  Vector<Source> sources_;
  Vector<Assignment> assignments_;
  Vector<Fill> fills_;
  Vector<Inserted> inserted_;
  Vector<Comparison> comparisons_;
  Vector<TokenRange> returns_;
};

}  // namespace proapp::core
