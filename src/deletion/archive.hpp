// What deletions keep of what they took: who deleted what and why, and every row as PostgreSQL prints it.
#pragma once
#include "deletion/closure.hpp"
#include "deletion/key.hpp"
#include "state/tables.hpp"

extern "C" {
#include <utils/uuid.h>
}

namespace proapp::deletion {

inline constexpr state::Table deletions = {
    "deletions",
    "deletion pg_catalog.uuid primary key default pg_catalog.gen_random_uuid(), relation pg_catalog.text not null, key pg_catalog.jsonb not null,"
    // deleting, deleted, cancelled, undeleted, purged
    " state pg_catalog.text not null, erase pg_catalog.bool not null, reason pg_catalog.text, request_key pg_catalog.text unique,"
    " claims pg_catalog.text, acting_role pg_catalog.text not null, login_role pg_catalog.text not null,"
    " started_at pg_catalog.timestamptz not null default pg_catalog.clock_timestamp(), ended_at pg_catalog.timestamptz,"
    // of what was erased: what proves that nothing is left, without the tenant's data
    " proof pg_catalog.jsonb"};

// In the order in which it was done. column_types: as format_type() prints them.
inline constexpr state::Table deletion_steps = {"deletion_steps",
                                                "deletion pg_catalog.uuid not null, step pg_catalog.int4 not null, relation pg_catalog.text not null, via pg_catalog.text,"
                                                " action pg_catalog.text not null, row_count pg_catalog.int8 not null, column_names pg_catalog.text[] not null,"
                                                " column_types pg_catalog.text[] not null, key_columns pg_catalog.text[] not null, set_columns pg_catalog.text[] not null,"
                                                " primary key (deletion, step)"};

// rows: each as text of its record; after: of an update, what became of each.
inline constexpr state::Table deletion_rows = {"deletion_rows",
                                               "deletion pg_catalog.uuid not null, step pg_catalog.int4 not null, chunk pg_catalog.int4 not null, rows pg_catalog.text[] not null,"
                                               " after pg_catalog.text[], primary key (deletion, step, chunk)",
                                               nullptr, "alter column rows set storage external, alter column after set storage external"};

// Who acts, as it is when the call begins. Claims can be set by anybody who may run SQL.
struct Actor {
  const char *claims;
  const char *acting_role, *login_role;
};
Actor current_actor();

// All of these between spi_begin() and spi_end().
void make_archive();

struct Archived {
  const char *relation;
  Key key;
  bool erase;
  const char *reason, *request_key;  // may be null
  const char *state;
};
pg_uuid_t archive_deletion(const Archived &deletion, const Actor &actor);
void end_deletion(const pg_uuid_t &deletion, const char *state);

// A step and its rows: the last column of the set, which is a text; for updates the last two, before and after. The texts were printed with pin_settings().
struct ArchivedStep {
  const Table *table;
  const char *via, *action;
  RowSet *rows;
  bool has_after;
  int set_count;
  const AttrNumber *set_columns;
};
void archive_step(const pg_uuid_t &deletion, int step, const ArchivedStep &what);
// How a column's type is written there.
const char *type_text(Oid type, int32 modifier);
// How many rows, and nothing that they hold.
void archive_count(const pg_uuid_t &deletion, int step, const ArchivedStep &what);

// For our own statements: values are printed so that every session reads them the same, and nothing of them is lost; names are qualified; and they
// have the memory of maintenance. Ends with unpin_search_path().
int pin_settings();
// The memory alone, for as long as the nest level of settings lasts that the caller opened: what triggers notice must stay as the caller has it.
void take_memory();

}  // namespace proapp::deletion
