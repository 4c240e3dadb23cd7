// What an SQL function does, as node trees.
#pragma once
#include "pg/postgres.hpp"

namespace proapp::verify {

// A list of queries as PostgreSQL writes them into catalogs, in the current memory context; null where the body cannot be analysed, because it is
// broken or because it names something that the function's search_path does not find.
const char *function_body(Oid function);

}  // namespace proapp::verify
