#include "pg/boundary.hpp"

#include "identity/registration.hpp"
#include "pg/text.hpp"

extern "C" {
#include <access/relation.h>
#include <access/tableam.h>
#include <nodes/pg_list.h>
}

namespace proapp::identity {

const state::Table user_mappings = {"user_mappings",
                                    "mapping text primary key, table_schema text not null, table_name text not null, auth_column text not null, id_column text not null,"
                                    " claim text not null, registered_at timestamptz not null default pg_catalog.now()"};

RegistrationScan::RegistrationScan(Snapshot snapshot) {
  const Oid relation = state::find(user_mappings);
  if (!OidIsValid(relation)) return;
  table_ = try_relation_open(relation, AccessShareLock);
  if (table_ == nullptr) return;
  if (table_->rd_rel->relkind != RELKIND_RELATION) elog(ERROR, "proapp_data.%s is not a table", user_mappings.name);
  row_ = table_slot_create(table_, nullptr);
  scan_ = table_beginscan(table_, snapshot, 0, nullptr);
}

// By name: a later version may have dropped a column before the others.
const char *RegistrationScan::column(const char *name) const {
  const AttrNumber number = get_attnum(RelationGetRelid(table_), name);
  if (number == InvalidAttrNumber) elog(ERROR, "table proapp_data.%s lacks column %s", user_mappings.name, name);
  bool null;
  const Datum value = slot_getattr(row_, number, &null);
  return null ? "" : TextDatumGetCString(value);
}

bool RegistrationScan::next(Registration &into) {
  if (table_ == nullptr) return false;
  if (!table_scan_getnextslot(scan_, ForwardScanDirection, row_)) {
    close();
    return false;
  }
  into = {column("mapping"), column("table_schema"), column("table_name"), column("auth_column"), column("id_column"), column("claim")};
  return true;
}

void RegistrationScan::close() {
  if (table_ == nullptr) return;
  table_endscan(scan_);
  ExecDropSingleTupleTableSlot(row_);
  table_close(table_, AccessShareLock);
  table_ = nullptr;
}

List *all_registrations(Snapshot snapshot) {
  List *all = NIL;
  Registration found;
  for (RegistrationScan scan(snapshot); scan.next(found);) {
    auto *copy = static_cast<Registration *>(palloc(sizeof(Registration)));
    *copy = found;
    all = lappend(all, copy);
  }
  list_sort(all, [](const ListCell *a, const ListCell *b) {
    return strcmp(static_cast<const Registration *>(lfirst(a))->mapping, static_cast<const Registration *>(lfirst(b))->mapping);
  });
  return all;
}

[[noreturn]] static void raise_unknown(const char *mapping, Snapshot snapshot) {
  StringInfoData known;
  initStringInfo(&known);
  const List *all = all_registrations(snapshot);
  const ListCell *cell;
  foreach (cell, all) appendStringInfo(&known, "%s\"%s\"", known.len > 0 ? ", " : "", static_cast<const Registration *>(lfirst(cell))->mapping);
  ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("mapping \"%s\" does not exist", mapping),
                  known.len > 0 ? errdetail("Registered mappings are: %s.", known.data) : errdetail("No mapping is registered in this database."),
                  errhint("Register it with select * from proapp.map_users(%s, '<users table>', '<column with the auth id>').", quote_literal_cstr(mapping))));
  pg_unreachable();
}

Registration find_registration(std::string_view mapping, Snapshot snapshot) {
  Registration found;
  for (RegistrationScan scan(snapshot); scan.next(found);)
    if (mapping == found.mapping) {
      scan.close();
      return found;
    }
  raise_unknown(pg::c_string(mapping), snapshot);
}

const char *table_text(const Registration &registration) { return quote_qualified_identifier(registration.table_schema, registration.table_name); }

const char *column_text(const Registration &registration, const char *column) { return psprintf("%s.%s", table_text(registration), quote_identifier(column)); }

}  // namespace proapp::identity
