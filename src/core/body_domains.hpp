// Which kinds of ids a PL/pgSQL body, or the text of an expression, compares and assigns.
#pragma once
#include "core/domains.hpp"
#include "core/plpgsql_text.hpp"

namespace proapp::core {

struct BodyMismatch {
  Domain left, right;
  TokenRange left_range, right_range;
  std::size_t at = 0;       // a token to count lines by
  std::string_view column;  // into which `right` is put; empty for a comparison
};

class BodyDomains {
 public:
  // A function's body, or with `table` an expression over its columns.
  BodyDomains(Domains &domains, const BodyText &body, const FunctionFact *function, const TableFact *table);

  Domain of(TokenRange range, std::size_t statement) { return of(range, statement, 0); }
  Domain result();  // what RETURN gives
  std::span<const Domain> parameters();
  Vector<BodyMismatch> &mismatches();
  // The innermost call in `range` that gives `domain`, such as auth.uid(); empty where there is none or more than one.
  TokenRange call_in(TokenRange range, Domain domain);

 private:
  struct Variable {
    std::string_view name;
    TokenRange type, value;
    bool parameter = false, declared_twice = false;
    enum class State : unsigned char { unread, busy, read } state = State::unread;
    Domain domain;
  };
  Domain of(TokenRange range, std::size_t statement, int depth);
  Domain of_list(TokenRange range, std::size_t statement, int depth);
  Domain of_call(TokenRange name, TokenRange arguments, std::size_t statement, int depth);
  Domain of_name(TokenRange name, std::size_t statement, int depth);
  Domain of_column(std::string_view name, std::size_t statement);
  Domain of_field(Variable &variable, std::string_view field, int depth);
  Domain of_trigger_row(std::string_view column);
  Domain of_variable(Variable &variable, int depth);
  Meant by_comparisons(const Variable &variable, int depth);
  const TableFact *row_of(const Variable &variable);
  const TableFact *filled_row(TokenRange list, std::size_t statement);
  const TableFact *table_named(TokenRange name);
  const TableFact *source_named(std::string_view alias, std::size_t statement);
  Variable *find_variable(std::string_view name);
  bool is_claims(TokenRange range) const;
  TokenRange item(TokenRange list, std::size_t position) const;
  std::span<const BodyText::Source> sources(std::size_t statement);
  std::span<const BodyText::Fill> fills();
  static constexpr std::size_t most_work = 20'000'000, most_items = 100;
  void declare(std::string_view name, TokenRange type, TokenRange value, bool parameter);

  Domains &domains_;
  const BodyText &body_;
  const FunctionFact *function_;
  const TableFact *table_;
  Vector<Variable> variables_;
  std::span<const TableFact *const> trigger_tables_;
  std::size_t work_ = 0;  // sources and the like that were looked at: a body that is made to take long stays unknown
};

}  // namespace proapp::core
