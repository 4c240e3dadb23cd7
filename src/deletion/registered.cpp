#include "pg/boundary.hpp"

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

Holds holds_of(Oid relation, Sight sight) {
  if (!OidIsValid(state::find(holds))) return {nullptr, 0};
  const char *text = table_text(relation);
  const MemoryContext context = CurrentMemoryContext;
  pg::spi_begin();
  // A table that is gone may have been this one under its former name.
  const uint64 rows =
      state::run("select relation, key, reason, held_by from proapp_data.holds where until is null or until > pg_catalog.clock_timestamp() order by relation collate \"C\", key",
                 {}, sight == Sight::snapshot);
  const MemoryContext spi = MemoryContextSwitchTo(context);
  auto *found = static_cast<Hold *>(palloc(sizeof(Hold) * (rows + 1)));
  int count = 0;
  for (uint64 row = 0; row < rows; ++row) {
    const std::string_view held = pg::spi_text(row, 1);
    if (held == text)
      found[count++] = {PointerGetDatum(PG_DETOAST_DATUM_COPY(pg::spi_datum(row, 2).value_or(0))), pg::c_string(pg::spi_text(row, 3)), pg::c_string(pg::spi_text(row, 4))};
    else if (!OidIsValid(find_table(pg::c_string(held))))
      ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("table %s no longer exists as it was registered", pg::c_string(held)),
                      errdetail("Rows of it are held. Until that is settled, nothing is deleted."),
                      errhint("Hold the rows in the table that replaced it, and release the old ones: select proapp.release_hold(%s, key) from proapp.holds where relation = %s.",
                              quote_literal_cstr(pg::c_string(held)), quote_literal_cstr(pg::c_string(held)))));
  }
  MemoryContextSwitchTo(spi);
  pg::spi_end();
  return {found, count};
}

}  // namespace proapp::deletion
