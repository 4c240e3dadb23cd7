// What a deletion in batches is going to delete is hidden from the moment it is started, by a restrictive policy that protect() makes:
//   using (not proapp.is_being_deleted('public.orders'::regclass, id)) with check (true)
#pragma once
#include "pg/postgres.hpp"

#include "deletion/examination.hpp"
#include "state/tables.hpp"

extern "C" {
#include <utils/uuid.h>
}

namespace proapp::deletion {

// key: digest_of_row(). Which tables a running deletion hides rows of says deletion_runs.hidden.
inline constexpr state::Table hidden_rows = {"hidden_rows", "key pg_catalog.uuid not null, deletion pg_catalog.uuid not null, primary key (key, deletion)"};

// What keeps rows of a table from being hidden; null where nothing does.
const char *why_not_hidden(Relation table);

// Makes the policy of a table that lacks it, or has it for another primary key; true where something changed. Between spi_begin() and spi_end(), as the table's owner.
bool install_hiding_policy(Relation table);
bool drop_hiding_policy(Oid table);

// Hides what goes; the deletion's run is there already. Answers the tables whose rows stay visible, "public.a, public.b"; null where there are none.
const char *hide_rows(const Examination &examination, const pg_uuid_t &deletion);
void show_rows(const pg_uuid_t &deletion);

// Runs `work` with nothing hidden: the deletion's own statements, and what triggers do meanwhile.
void see_hidden(void (*work)(void *), void *argument);

template <class Work>
void see_hidden(Work work) {
  static_assert(std::is_trivially_destructible_v<Work>);
  see_hidden([](void *argument) { (*static_cast<Work *>(argument))(); }, &work);
}

// By the table's name and the bytes of its key, as they are stored in the row: two hashes of 64 bits.
struct KeyValue {
  Datum value;
  bool by_value;
  int16 length;  // as pg_type.typlen
};
pg_uuid_t digest_of_row(const char *table, const KeyValue *values, int count);

}  // namespace proapp::deletion
