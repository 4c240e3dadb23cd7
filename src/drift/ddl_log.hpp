// Who did it: a log of DDL, written by event triggers from the first baseline on.
#pragma once
#include "pg/postgres.hpp"

#include "state/tables.hpp"

namespace proapp::drift {

extern const state::Table ddl_log;

void define_ddl_log_setting();  // proapp.ddl_log

}  // namespace proapp::drift
