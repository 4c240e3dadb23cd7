// What functions and aggregates have in common.
#pragma once
#include "pg/postgres.hpp"

#include "catalog/reader.hpp"

extern "C" {
#include <catalog/pg_proc.h>
}

namespace proapp::catalog {

// A list of {"mode": …, "name": …, "type": …, "default": …}; what is ordinary is left out.
core::Value arguments(Reader &reader, const pg::CatalogScan &scan, const FormData_pg_proc *row);
std::string_view parallel_word(char proparallel);

// The rows of pg_aggregate by function; read_functions() gives each aggregate's row of pg_proc to read_aggregate().
struct AggregateFacts {
  char kind, final_modify, moving_final_modify;
  bool final_extra, moving_final_extra;
  int16 direct_arguments;
  Oid transition, final, combine, serialize, deserialize, moving_transition, moving_inverse, moving_final, sort_operator, state, moving_state;
  int32 state_size, moving_state_size;
  std::string_view initial, moving_initial;  // as SQL literals
};
using Aggregates = core::OidMap<AggregateFacts>;
const Aggregates &read_aggregate_facts(Reader &reader);
void read_aggregate(Reader &reader, const pg::CatalogScan &scan, const FormData_pg_proc *row, const Aggregates &aggregates);

}  // namespace proapp::catalog
