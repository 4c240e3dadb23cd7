// A migration's script: which app and version it belongs to, and its SQL.
#pragma once
#include "pg/postgres.hpp"

namespace proapp::migration {

struct Script {
  const char *app;
  const char *version;
  const char *sql;
  bool back = false;  // undoes the version
};

// The settings proapp.migration_lock_timeout and proapp.migration_lock_retries.
void define_lock_settings();

// Runs the statements one by one as the caller, between spi_begin() and spi_end(). What they create belongs to the caller and is no
// member of an extension whose script may be running. Errors say in CONTEXT which statement of which version failed, and on which line.
// Settings are pinned meanwhile (search_path to pg_catalog, pg_temp); those that the script sets go back afterwards.
void run(const Script &script);

}  // namespace proapp::migration
