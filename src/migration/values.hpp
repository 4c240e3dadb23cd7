// Arguments and results of SQL that this room's files share.
#pragma once
#include "pg/spi.hpp"

namespace proapp::migration {

inline pg::Argument oid(Oid value) { return {OIDOID, ObjectIdGetDatum(value)}; }

// A text of the last result, as pg::spi_text() has it; null where it is null.
inline const char *text_of(uint64 row, int column) { return pg::spi_datum(row, column) ? pg::c_string(pg::spi_text(row, column)) : nullptr; }

}  // namespace proapp::migration
