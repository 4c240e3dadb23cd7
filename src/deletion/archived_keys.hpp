// Archived rows as a set that statements of ours can join: their keys, taken out of their texts, and where each is kept.
#pragma once
#include "deletion/graph.hpp"
#include "deletion/row_set.hpp"

extern "C" {
#include <utils/uuid.h>
}

namespace proapp::deletion {

// A place of its own for each row, k<attribute number> for each column of a key or a reference, and at the end
//   deletion uuid, step integer, chunk integer, item integer, is_root boolean (is it the row that was to be deleted?)
inline constexpr int kept_columns = 5;
TupleDesc archived_columns(const Graph &graph, uint32_t table);

// All rows of a table that deletions archived, but erasures and `own`; of updated ones, as they were and as they became. Between spi_begin() and
// spi_end(), with pin_settings().
void read_archived(const Table &table, const pg_uuid_t &own, RowSet *into);

}  // namespace proapp::deletion
