// SQL text for what a manifest shows: the expensive part, done only for what somebody reads.
#pragma once
#include "pg/postgres.hpp"

#include "core/value.hpp"

namespace proapp::catalog {

// What an Origin's object and part mean.
enum class Deparse : uint32 {
  column_default,         // relation, column number
  check_expression,       // constraint
  constraint,             // constraint: the whole definition
  index,                  // index: CREATE INDEX
  index_column,           // index, column number from 1
  index_predicate,        // index
  policy_using,           // policy
  policy_check,           // policy
  trigger,                // trigger: CREATE TRIGGER
  view_query,             // view
  function,               // function: CREATE OR REPLACE FUNCTION
  function_body,          // function with a body in standard SQL
  argument_default,       // function, argument number from 1
  partition_bound,        // partition
  partition_key,          // partitioned table
  publication_filter,     // row of pg_publication_rel
  domain,                 // domain: CREATE DOMAIN with its constraints
  domain_default,         // domain
  function_arguments,     // function or aggregate: what stands between its parentheses
  statistics_object,      // statistics object: CREATE STATISTICS
  statistics_expression,  // statistics object, place of the expression from 0
  rule,                   // rule: CREATE RULE
};

// `value` with every deferred text in it read from the catalogs, in `arena`. With search_path pinned by the caller.
// An object dropped meanwhile has no text: null. PostgreSQL calls: for the reading and emitting phases only.
core::Value resolve(core::Arena &arena, const core::Value &value);

}  // namespace proapp::catalog
