// Deletions in batches: what is known of each while it runs.
#pragma once
#include "state/tables.hpp"

extern "C" {
#include <utils/uuid.h>
}

namespace proapp::deletion {

// The run is the last CALL of run_deletion().
inline constexpr state::Table deletion_runs = {"deletion_runs",
                                               "deletion pg_catalog.uuid primary key, rows_estimated pg_catalog.int8 not null, rows_done pg_catalog.int8 not null default 0,"
                                               " batches pg_catalog.int4 not null default 0, run_started_at pg_catalog.timestamptz, run_rows pg_catalog.int8 not null default 0,"
                                               " last_batch_at pg_catalog.timestamptz"};

}  // namespace proapp::deletion
