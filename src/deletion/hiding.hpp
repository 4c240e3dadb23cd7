// What a deletion in batches is going to delete is hidden from the moment it is started, by a restrictive policy that protect() makes:
//   using (not proapp.is_being_deleted('public.orders'::regclass, id)) with check (true)
// What a statement's snapshot sees of the two tables below decides, at every isolation level and whenever its plan was made.
#pragma once
#include "pg/postgres.hpp"

#include "deletion/examination.hpp"
#include "state/tables.hpp"

extern "C" {
#include <nodes/parsenodes.h>
#include <utils/uuid.h>
}

namespace proapp::deletion {

inline constexpr state::Table hidden_tables = {"hidden_tables", "deletion pg_catalog.uuid not null, relation pg_catalog.text not null, primary key (deletion, relation)"};
// key: digest_of_row()
inline constexpr state::Table hidden_rows = {"hidden_rows", "key pg_catalog.uuid not null, deletion pg_catalog.uuid not null, primary key (key, deletion)"};

// What keeps rows of a table from being hidden; null where nothing does.
const char *why_not_hidden(Relation table);

// Makes the policy of a table that lacks it, or has it for another primary key; true where something changed. Between spi_begin() and spi_end(), as the table's owner.
bool install_hiding_policy(Relation table);
bool drop_hiding_policy(Oid table);

// For pg::Statement::reshape: what a deletion does itself is not kept from it. Triggers that fire meanwhile see what see_own() says.
void reveal(Query *rewritten);

// Hides what goes; the deletion's run is there already. Answers the tables whose rows stay visible, "public.a, public.b"; null where there are none.
const char *hide_rows(const Examination &examination, const pg_uuid_t &deletion);
void show_rows(const pg_uuid_t &deletion);

// Raises 55006 where a deletion in batches hides that row from everybody who looks now.
void insist_on_not_hidden(const Key &key);

// Runs `work`, in this backend alone, with what that deletion hides in sight, for triggers that look at what goes with their row.
void see_own(const pg_uuid_t &deletion, void (*work)(void *), void *argument);

template <class Work>
void see_own(const pg_uuid_t &deletion, Work work) {
  static_assert(std::is_trivially_destructible_v<Work>);
  see_own(deletion, [](void *argument) { (*static_cast<Work *>(argument))(); }, &work);
}

// By the table's name and the bytes of its key, as they are stored in the row; of enums, by their labels: two hashes of 64 bits.
struct KeyValue {
  Datum value;
  Oid type;
};
pg_uuid_t digest_of_row(const char *table, const KeyValue *values, int count);

// Do its values have the same bytes, or labels, in every database?
bool is_portable(Oid type);

}  // namespace proapp::deletion
