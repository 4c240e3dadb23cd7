#include "pg/boundary.hpp"

#include "pg/compat.hpp"
#include "state/restoring.hpp"

namespace proapp::state {

enum { restoring_off, restoring_on, restoring_auto };
static const config_enum_entry restoring_values[] = {{"on", restoring_on, false},  {"off", restoring_off, false},  {"auto", restoring_auto, false},
                                                     {"true", restoring_on, true}, {"false", restoring_off, true}, {nullptr, 0, false}};
static int restoring_setting = restoring_auto;

void define_settings() {
  DefineCustomEnumVariable("proapp.restoring", "Says whether the database is being restored from a dump.",
                           "While it is, proapp_schema writes nothing of its own. \"auto\" recognises the preamble of pg_dump.", &restoring_setting, restoring_auto,
                           restoring_values, PGC_USERSET, 0, nullptr, nullptr, nullptr);
}

// search_path as the session set it: CREATE EXTENSION and functions with a SET clause put theirs on top of the stack for a while.
static bool outer_search_path_is_empty() {
  const config_generic *setting = pg::find_setting("search_path");
  if (setting == nullptr) return false;
  const char *value = *reinterpret_cast<const config_string *>(setting)->variable;
  for (const GucStack *above = setting->stack; above != nullptr && above->state == GUC_SAVE; above = above->prev) value = above->prior.val.stringval;
  return value != nullptr && (*value == '\0' || strcmp(value, "\"\"") == 0);
}

bool restoring() {
  if (restoring_setting != restoring_auto) return restoring_setting == restoring_on;
  const char *row_security = GetConfigOption("row_security", true, false);
  return row_security != nullptr && strcmp(row_security, "off") == 0 && outer_search_path_is_empty();
}

}  // namespace proapp::state

PROAPP_FUNCTION(proapp_restoring) { PG_RETURN_BOOL(proapp::state::restoring()); }
