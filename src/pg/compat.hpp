// Every difference between PostgreSQL 15, 17 and 18 that our code meets, and nothing else: other files test no version.
#pragma once
#include "pg/postgres.hpp"

extern "C" {
#include <catalog/pg_extension.h>
#include <utils/guc.h>
#include <utils/guc_tables.h>
}

namespace proapp::pg {

// The server's record of a setting, with the stack of its earlier values; null for an unknown name.
inline const config_generic *find_setting(const char *name) {
#if PG_VERSION_NUM >= 160000
  return find_option(name, false, true, ERROR);
#else
  config_generic **settings = get_guc_variables();
  const int count = GetNumConfigOptions();
  for (int i = 0; i < count; ++i)
    if (pg_strcasecmp(settings[i]->name, name) == 0) return settings[i];
  return nullptr;
#endif
}

}  // namespace proapp::pg
