// SQL that may carry a secret: what is written down for later must not keep it.
#pragma once
#include <string_view>

namespace proapp::core {

// Does something that looks like the value of a secret stand in this text? In doubt, yes: a literal after a secret's name (password 'x',
// api_key => $$x$$, "token": …), name=value as in connection strings, user:password@ in addresses, user mappings and subscriptions.
// Quotes are not told apart, so bodies of functions and literals within literals are seen, too.
bool may_hold_secret(std::string_view sql) noexcept;

}  // namespace proapp::core
