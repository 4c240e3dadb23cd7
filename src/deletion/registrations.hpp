// The tables that keep what was registered. Tables and columns are named in them as they are written in SQL; one that is renamed is no longer found.
#pragma once
#include "pg/postgres.hpp"

#include "state/tables.hpp"

namespace proapp::deletion {

#define PROAPP_REGISTERED "registered_at pg_catalog.timestamptz not null default pg_catalog.now(), registered_by pg_catalog.text not null default session_user"

inline constexpr state::Table protections = {"protections", "relation pg_catalog.text primary key, allowed pg_catalog.text, " PROAPP_REGISTERED};

inline constexpr state::Table blockers = {"blockers",
                                          "relation pg_catalog.text not null, blocking pg_catalog.text not null,"
                                          // one blocking column for each of the relation's
                                          " blocking_columns pg_catalog.text[] not null, relation_columns pg_catalog.text[] not null,"
                                          " condition pg_catalog.text, message pg_catalog.text, " PROAPP_REGISTERED
                                          ", unique nulls not distinct (relation, blocking, blocking_columns, relation_columns, condition)"};

inline constexpr state::Table references = {"registered_references",
                                            "relation pg_catalog.text not null, referencing pg_catalog.text not null, referencing_column pg_catalog.text not null,"
                                            // null: an array of keys
                                            " type_column pg_catalog.text, type_value pg_catalog.text, " PROAPP_REGISTERED
                                            ", unique nulls not distinct (relation, referencing, referencing_column, type_column, type_value)"};

inline constexpr state::Table holds = {"holds",
                                       "relation pg_catalog.text not null, key pg_catalog.jsonb not null, reason pg_catalog.text not null, until pg_catalog.timestamptz,"
                                       " held_by pg_catalog.text not null default session_user, held_at pg_catalog.timestamptz not null default pg_catalog.now(),"
                                       " primary key (relation, key)"};

#undef PROAPP_REGISTERED

}  // namespace proapp::deletion
