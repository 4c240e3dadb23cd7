// Deletions in batches: what is known of each while it runs.
#pragma once
#include "state/tables.hpp"

extern "C" {
#include <common/hashfn.h>
#include <utils/fmgrprotos.h>
#include <utils/uuid.h>
}

namespace proapp::deletion {

// The run is the last CALL of run_deletion().
inline constexpr state::Table deletion_runs = {"deletion_runs",
                                               "deletion pg_catalog.uuid primary key, rows_estimated pg_catalog.int8 not null, rows_done pg_catalog.int8 not null default 0,"
                                               " batches pg_catalog.int4 not null default 0, run_started_at pg_catalog.timestamptz, run_rows pg_catalog.int8 not null default 0,"
                                               " last_batch_at pg_catalog.timestamptz,"
                                               " visible pg_catalog.text"};  // tables whose rows stay visible until their batch

// Until the end of the transaction: a batch, or whoever cancels. They take turns, which row locks do not make sure of.
inline void take_turn(const pg_uuid_t &deletion) {
  DirectFunctionCall1(pg_advisory_xact_lock_int8, Int64GetDatum(static_cast<int64>(hash_bytes_extended(deletion.data, UUID_LEN, 3))));
}

}  // namespace proapp::deletion
