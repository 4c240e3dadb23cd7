// What downgrades set aside: schema proapp_archive, and proapp_data.archived_items, which says what is there and where it came from.
#pragma once
#include "migration/script.hpp"
#include "state/tables.hpp"

namespace proapp::migration {

// kind: table, partition, rows, column, column type, sequence, counter (of a column's own sequence; nothing but its value is kept), type.
// archived_as: the relation or type in proapp_archive. details: what else is needed to bring it back.
extern const state::Table archived_items;

struct Item {
  const char *kind;
  const char *relation;  // as it was named, qualified and quoted; of a type, the type
  const char *column = nullptr;
  const char *archived_as = nullptr;
  const char *details = nullptr;  // jsonb
};

// Makes both where they are missing. While a migration runs the caller may use the schema and create there; nobody else ever does.
void open_archive();
void close_archive();

// The number of the next item, of which names in the archive are made.
int32 next_item();
// "proapp_archive.<name, shortened>_<item>", quoted.
const char *archive_name(const char *name, int32 item);
void keep(const Script &script, int32 number, const Item &item);

}  // namespace proapp::migration
