#include "pg/session.hpp"

extern "C" {
#include <commands/extension.h>
#include <utils/guc.h>
}

namespace proapp::pg {

int pin_search_path() {
  const int pin = NewGUCNestLevel();
  set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
  return pin;
}

void unpin_search_path(int pin) { AtEOXact_GUC(true, pin); }

User switch_user(Oid user) {
  User before;
  GetUserIdAndSecContext(&before.id, &before.security_context);
  SetUserIdAndSecContext(user, before.security_context | SECURITY_LOCAL_USERID_CHANGE);
  return before;
}

void restore_user(const User &before) { SetUserIdAndSecContext(before.id, before.security_context); }

void outside_of_extension(void (*work)(void *), void *argument) {
  const bool was_creating = creating_extension;
  const Oid extension = CurrentExtensionObject;
  PG_TRY();
  {
    creating_extension = false;
    CurrentExtensionObject = InvalidOid;
    work(argument);
  }
  PG_FINALLY();
  {
    creating_extension = was_creating;
    CurrentExtensionObject = extension;
  }
  PG_END_TRY();
}

}  // namespace proapp::pg
