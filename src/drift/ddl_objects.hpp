// What a DDL command touched, under the names that manifests use.
#pragma once
#include "pg/postgres.hpp"

namespace proapp::drift {

struct Touched {
  const char *command_tag, *kind, *identity;
};

// In the current memory context.
struct TouchedList {
  Touched *items = nullptr;
  int count = 0, room = 0;
};

// Within an event trigger and between spi_begin() and spi_end(): the objects of ddl_command_end, or those of sql_drop with the command's tag.
// Temporary ones, our own, and what PostgreSQL makes and drops by itself (row types, TOAST tables) are left out.
void list_changed(TouchedList &list);
void list_dropped(TouchedList &list, const char *command_tag);

}  // namespace proapp::drift
