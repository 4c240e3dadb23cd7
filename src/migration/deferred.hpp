// Statements that cannot run within a transaction, such as CREATE INDEX CONCURRENTLY: a migration keeps them, and run_deferred() runs them after it is committed.
#pragma once
#include "migration/script.hpp"
#include "state/tables.hpp"

extern "C" {
#include <nodes/parsenodes.h>
}

namespace proapp::migration {

inline constexpr state::Table deferred_statements = {
    "deferred_statements",
    "number pg_catalog.int8 primary key, app pg_catalog.text not null, version pg_catalog.text not null, statement pg_catalog.text not null,"
    // who runs it: whoever applied the migration
    " role pg_catalog.text not null, attempts pg_catalog.int4 not null default 0, last_error pg_catalog.text,"
    " created_at pg_catalog.timestamptz not null default pg_catalog.clock_timestamp(), done_at pg_catalog.timestamptz"};

bool must_be_deferred(const Node *statement);

// Keeps it, and says so. Raises 42601 for an index without a name: what is left of a failed attempt could not be found.
void defer(const Script &script, const Node *statement, const char *sql);

// Those of a version that is undone.
void forget_deferred(const Script &script);

}  // namespace proapp::migration
