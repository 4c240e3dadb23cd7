// The text of a record taken apart again.
#pragma once
#include "pg/postgres.hpp"

#include <string_view>

namespace proapp::deletion {

// The first `count` fields as their types printed them, null for null, in the current memory context. Raises XX001 where it is no record's text or
// has fewer fields.
void split_record(std::string_view record, int count, const char **fields);

}  // namespace proapp::deletion
