#include "pg/boundary.hpp"

#include "deletion/key.hpp"
#include "deletion/registered.hpp"
#include "deletion/registration.hpp"
#include "deletion/registrations.hpp"
#include "deletion/table_name.hpp"

namespace proapp::deletion {

// Those of one relation; all of them are resolved, as the one that no longer does may have been of that relation.
static Blockers blockers_where(Oid relation, Sight sight) {
  const List *kept = kept_blockers(sight);
  auto *found = static_cast<Blocker *>(palloc(sizeof(Blocker) * static_cast<Size>(list_length(kept) + 1)));
  int count = 0;
  const ListCell *cell;
  foreach (cell, kept) {
    const Blocker blocker = resolve(*static_cast<const KeptBlocker *>(lfirst(cell))).blocker;
    if (!OidIsValid(relation) || blocker.relation == relation) found[count++] = blocker;
  }
  return {found, count};
}

Blockers blockers_of(Oid relation, Sight sight) { return blockers_where(relation, sight); }

Blockers all_blockers(Sight sight) { return blockers_where(InvalidOid, sight); }

RegisteredReferences registered_references(Sight sight) {
  const List *kept = kept_references(sight);
  auto *found = static_cast<RegisteredReference *>(palloc(sizeof(RegisteredReference) * static_cast<Size>(list_length(kept) + 1)));
  int count = 0;
  const ListCell *cell;
  foreach (cell, kept) found[count++] = resolve(*static_cast<const KeptReference *>(lfirst(cell))).reference;
  return {found, count};
}

const char *allowed_of(Oid relation, Sight sight, bool *is_protected) {
  const List *kept = kept_protections(sight);
  const char *allowed = nullptr;
  *is_protected = false;
  const ListCell *cell;
  foreach (cell, kept) {
    const auto &protection = *static_cast<const KeptProtection *>(lfirst(cell));
    if (resolve(protection) != relation) continue;
    *is_protected = true;
    allowed = protection.allowed;
  }
  return allowed;
}

static void raise_stale_hold(const char *table, const char *what) {
  ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("%s no longer exists as it was registered", what),
                  errdetail("Rows of %s are held by it. Until that is settled, nothing is deleted.", table),
                  errhint("Hold the rows as they are named now, and release the old holds: select proapp.release_hold(%s, key) from proapp.holds where relation = %s.",
                          quote_literal_cstr(table), quote_literal_cstr(table))));
}

// One of them is checked although it may be another table's: a table that is gone may have been this one under its former name.
static void check_hold(const char *table, Datum key) {
  const Oid relation = find_table(table);
  Relation opened = OidIsValid(relation) ? try_table_open(relation, AccessShareLock) : nullptr;
  if (opened == nullptr) raise_stale_hold(table, psprintf("table %s", table));
  if (!names_columns(key_shape(opened), key)) raise_stale_hold(table, psprintf("key of table %s", table));
  table_close(opened, NoLock);
}

Holds holds_of(Oid relation, Sight sight) {
  if (!OidIsValid(state::find(holds))) return {nullptr, 0};
  const char *text = table_text(relation);
  const MemoryContext context = CurrentMemoryContext;
  pg::spi_begin();
  const uint64 rows =
      state::run("select relation, key, reason, held_by from proapp_data.holds where until is null or until > pg_catalog.clock_timestamp() order by relation collate \"C\", key",
                 {}, sight == Sight::snapshot);
  const MemoryContext spi = MemoryContextSwitchTo(context);
  auto *found = static_cast<Hold *>(palloc(sizeof(Hold) * (rows + 1)));
  int count = 0;
  for (uint64 row = 0; row < rows; ++row) {
    const char *table = pg::c_string(pg::spi_text(row, 1));
    const Datum key = PointerGetDatum(PG_DETOAST_DATUM_COPY(pg::spi_datum(row, 2).value_or(0)));
    check_hold(table, key);
    if (strcmp(table, text) == 0) found[count++] = {key, pg::c_string(pg::spi_text(row, 3)), pg::c_string(pg::spi_text(row, 4))};
  }
  MemoryContextSwitchTo(spi);
  pg::spi_end();
  return {found, count};
}

}  // namespace proapp::deletion
