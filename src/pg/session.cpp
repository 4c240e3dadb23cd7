#include "pg/session.hpp"

extern "C" {
#include <commands/extension.h>
#include <utils/guc.h>
}

namespace proapp::pg {

static void pin(const char *setting, const char *value) { set_config_option(setting, value, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false); }

int pin_search_path() {
  const int level = NewGUCNestLevel();
  pin("search_path", "pg_catalog, pg_temp");
  return level;
}

int pin_texts() {
  const int level = pin_search_path();
  pin("datestyle", "ISO, YMD");
  pin("intervalstyle", "postgres");
  pin("timezone", "UTC");
  pin("extra_float_digits", "3");
  pin("bytea_output", "hex");
  pin("lc_monetary", "C");
  pin("xmloption", "content");  // this and the next are for reading
  pin("array_nulls", "on");
  return level;
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
