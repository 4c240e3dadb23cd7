// What several families of checks ask.
#pragma once
#include "core/check.hpp"

namespace proapp::core {

// To whom a REVOKE has to go so that none of the roles that serve requests keeps one of these privileges: "public, anon, authenticated", and the roles
// whose rights they have by membership.
std::string_view grantees(const Facts &facts, Reach reach, std::uint32_t privileges);

// "truncate, trigger"
std::string_view privilege_names(const Facts &facts, std::uint32_t privileges);

// Is one of the words of a name among these, which are small and in singular? trackpay_payments and "trackpayPayments" have payment.
bool has_word(std::string_view name, std::span<const std::string_view> words);
std::string_view lowered(const Facts &facts, std::string_view name);  // its ASCII letters

// Everybody, or every signed-in user.
inline std::string_view who(Reach reach, std::uint32_t privileges) { return (reach.anon & privileges) != 0 ? "everybody" : "every signed-in user"; }

// Tables and the like of the project itself: not PostgreSQL's, the platform's or an extension's.
inline bool is_own(const TableFact &table) { return table.of_schema != nullptr && !table.of_schema->system && !table.of_schema->managed && table.extension.empty(); }
inline bool is_own(const FunctionFact &function) {
  return function.of_schema != nullptr && !function.of_schema->system && !function.of_schema->managed && function.extension.empty();
}

// Can the index find the rows that refer to a referenced row?
bool serves_key(const IndexFact &index, const ConstraintFact &key);  // checks_integrity.cpp

// Calls `visit(Oid)` for each relation that a query reads, those of its sub-selects and CTEs too.
template <class Visit>
void each_source(const Query &query, const Visit &visit) {
  for (const Source &source : query.sources) {
    if (source.kind == Source::Kind::relation) visit(source.relation);
    if (source.query != nullptr) each_source(*source.query, visit);
  }
  for (const Query *part : query.parts) each_source(*part, visit);
  const auto inner = [&](const Term &term) {
    if (term.query != nullptr) each_source(*term.query, visit);
    return false;
  };
  for (const Term *term : query.conditions) any_part(*term, inner);
  for (const Term *term : query.targets) any_part(*term, inner);
}

// The text as SQL literal, for a fix.
std::string_view literal_text(const Facts &facts, std::string_view text);

// Do requests run with the rights of this role: anon, authenticated, or one whose rights these have by membership?
bool acts_for_requests(const Facts &facts, Oid role);

// Which functions ask who calls, themselves or by calling one that does.
class CallerAware {
 public:
  static const CallerAware &of(const Facts &facts);
  bool function(const FunctionFact &function) const { return aware_.find(function.id) != nullptr; }
  bool tells_apart(const Term &term) const;   // one signed-in user from another, which their common role does not
  bool conditions(const Query &query) const;  // of the query, or of a sub-select in it, tell callers apart

  explicit CallerAware(const Facts &facts);  // of() makes one a call

 private:
  bool is_call(const Term &term) const { return term.kind == Term::Kind::call && aware_.find(term.id) != nullptr; }
  const Facts &facts_;
  OidMap<bool> &aware_;
};

}  // namespace proapp::core
