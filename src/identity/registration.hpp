// What map_users() registered: names only, in our own table proapp_data.user_mappings.
#pragma once
#include "pg/postgres.hpp"

#include "state/tables.hpp"

#include <string_view>
#include <type_traits>

namespace proapp::identity {

extern const state::Table user_mappings;

struct Registration {
  const char *mapping;
  const char *table_schema;
  const char *table_name;
  const char *auth_column;
  const char *id_column;
  const char *claim;  // a path, as core/claims.hpp reads it
};

// The registrations that `snapshot` sees, read without SPI, privileges or policies; texts live in the current memory context.
// Use: for (RegistrationScan scan(snapshot); scan.next(into);) …  Closed by running to its end or by close().
class RegistrationScan {
 public:
  explicit RegistrationScan(Snapshot snapshot);
  bool next(Registration &into);
  void close();

 private:
  const char *column(const char *name) const;

  Relation table_ = nullptr;
  struct TableScanDescData *scan_ = nullptr;
  struct TupleTableSlot *row_ = nullptr;
};
static_assert(std::is_trivially_destructible_v<RegistrationScan>);

// Raises 42704 where `snapshot` sees no such mapping.
Registration find_registration(std::string_view mapping, Snapshot snapshot);

// All of them, by name; elements are Registration *.
struct List *all_registrations(Snapshot snapshot);

// schema.table and schema.table.column, quoted where needed.
const char *table_text(const Registration &registration);
const char *column_text(const Registration &registration, const char *column);

}  // namespace proapp::identity
