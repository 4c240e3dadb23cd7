// Policies as SQL text: the statements that fixes are made of. Conditions are PostgreSQL's own, with every name qualified.
#pragma once
#include "core/facts.hpp"

namespace proapp::core {

// The policy's name as SQL writes it.
std::string_view policy_name(const PolicyFact &policy);
// "any text" in double quotes.
std::string_view quoted_name(const Facts &facts, std::string_view name);
// alter policy … using (…) with check (…): of the conditions that it has, in this wording; what stays as it is is left out, empty where all does.
std::string_view alter_policy(const Facts &facts, const PolicyFact &policy, std::string_view qual, std::string_view check);
// alter policy … to authenticated: of one for PUBLIC, otherwise empty.
std::string_view policy_to_authenticated(const Facts &facts, const PolicyFact &policy);
// The roles after TO; "public" for everybody.
std::string_view policy_roles(const Facts &facts, const PolicyFact &policy);

// column = any (proapp.current_organizations('membership'))
std::string_view in_organizations(const Facts &facts, const ColumnFact &column, const MembershipFact &membership);

std::string_view replaced(const Facts &facts, std::string_view text, std::string_view from, std::string_view to);
// The end of the parenthesis that opens at `open`, or of the text; quotes are looked over.
std::size_t closing(std::string_view text, std::size_t open);
// The place of `what` at or after `from` that is in no literal and no quoted name; npos where there is none.
std::size_t find_outside_quotes(std::string_view text, std::string_view what, std::size_t from = 0);
// f(…) becomes (select f(…)), except where it is already; an array inside ANY with a cast to its type, without which it would be a set of arrays.
std::string_view with_calls_selected(const Facts &facts, std::string_view text, std::string_view function, std::string_view type);
// x IN (SELECT …) becomes x = ANY (ARRAY(SELECT …)).
std::string_view with_arrays(const Facts &facts, std::string_view text);

}  // namespace proapp::core
