// Settings and user changed for a while. On an error the transaction's abort puts both back; otherwise the caller does, in reverse order.
#pragma once
#include "pg/postgres.hpp"

#include <type_traits>

namespace proapp::pg {

// search_path = pg_catalog, pg_temp: names are read and printed the same for every caller, and temporary objects hide nothing.
int pin_search_path();
void unpin_search_path(int pin);

// That, and values are printed and read the same whatever the session's settings are, and nothing of them is lost. Ends with unpin_search_path().
int pin_texts();

struct User {
  Oid id;
  int security_context;
};
// Becomes `user` for our own fixed statements; SET ROLE is refused meanwhile.
User switch_user(Oid user);
void restore_user(const User &before);

// Runs `work` as if no extension's script were running: what it makes and grants is no part of an extension that is being created or updated, so
// that DROP EXTENSION keeps it and dumps hold it. Also on an error the script goes on as it was. `work` makes PostgreSQL calls only.
void outside_of_extension(void (*work)(void *), void *argument);

template <class Work>
void outside_of_extension(Work work) {
  static_assert(std::is_trivially_destructible_v<Work>);
  outside_of_extension([](void *argument) { (*static_cast<Work *>(argument))(); }, &work);
}

}  // namespace proapp::pg
