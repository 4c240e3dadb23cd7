// Settings and user changed for a while. On an error the transaction's abort puts both back; otherwise the caller does, in reverse order.
#pragma once
#include "pg/postgres.hpp"

namespace proapp::pg {

// search_path = pg_catalog, pg_temp: names are read and printed the same for every caller, and temporary objects hide nothing.
int pin_search_path();
void unpin_search_path(int pin);

struct User {
  Oid id;
  int security_context;
};
// Becomes `user` for our own fixed statements; SET ROLE is refused meanwhile.
User switch_user(Oid user);
void restore_user(const User &before);

}  // namespace proapp::pg
