#include "pg/boundary.hpp"

#include "identity/registration.hpp"
#include "pg/text.hpp"

extern "C" {
#include <nodes/pg_list.h>
}

namespace proapp::identity {

const state::Table user_mappings = {"user_mappings",
                                    "mapping text primary key, table_schema text not null, table_name text not null, auth_column text not null, id_column text not null,"
                                    " claim text not null, registered_at timestamptz not null default pg_catalog.now()"};

static Registration read(const state::Scan &row) {
  return {row.text("mapping"), {row.text("table_schema"), row.text("table_name"), row.text("auth_column"), row.text("id_column"), true}, row.text("claim")};
}

List *all_registrations(Snapshot snapshot) {
  List *all = NIL;
  for (state::Scan scan(user_mappings, snapshot); scan.next();) {
    auto *found = static_cast<Registration *>(palloc(sizeof(Registration)));
    *found = read(scan);
    all = lappend(all, found);
  }
  list_sort(all, [](const ListCell *a, const ListCell *b) {
    return strcmp(static_cast<const Registration *>(lfirst(a))->mapping, static_cast<const Registration *>(lfirst(b))->mapping);
  });
  return all;
}

void raise_unregistered(const state::Table &table, const char *what, std::string_view name, Snapshot snapshot, const char *call) {
  List *known = NIL;
  for (state::Scan scan(table, snapshot); scan.next();) known = lappend(known, const_cast<char *>(scan.text(what)));
  list_sort(known, [](const ListCell *a, const ListCell *b) { return strcmp(static_cast<const char *>(lfirst(a)), static_cast<const char *>(lfirst(b))); });
  StringInfoData names;
  initStringInfo(&names);
  const ListCell *cell;
  foreach (cell, known) appendStringInfo(&names, "%s\"%s\"", names.len > 0 ? ", " : "", static_cast<const char *>(lfirst(cell)));
  const char *unknown = pg::c_string(name);
  ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("%s \"%s\" does not exist", what, unknown),
                  names.len > 0 ? errdetail("Registered %ss are: %s.", what, names.data) : errdetail("No %s is registered in this database.", what),
                  errhint("Register it with select * from %s.", psprintf(call, quote_literal_cstr(unknown)))));
  pg_unreachable();
}

Registration find_registration(std::string_view mapping, Snapshot snapshot, pg::KeptRow *row) {
  for (state::Scan scan(user_mappings, snapshot); scan.next();) {
    if (mapping != scan.text("mapping")) continue;
    const Registration found = read(scan);
    if (row != nullptr) *row = scan.keep();
    scan.close();
    return found;
  }
  raise_unregistered(user_mappings, "mapping", mapping, snapshot, "proapp.map_users(%s, '<users table>', '<column with the auth id>')");
}

}  // namespace proapp::identity
