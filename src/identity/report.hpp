// What map_users() answers: how many users the mapping knows, whom it misses, and which policies still speak of the auth id.
#pragma once
#include "pg/postgres.hpp"

#include "identity/registration.hpp"
#include "pg/rows.hpp"

namespace proapp::identity {

// Between spi_begin() and spi_end(); counts as the caller, whom the table's policies do not restrict.
void report(const Registration &registration, const Target &target, pg::Rows &rows);

}  // namespace proapp::identity
