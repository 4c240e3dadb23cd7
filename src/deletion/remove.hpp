// Doing what was examined: rows updated and deleted as the caller, archived, counted and proven.
#pragma once
#include "deletion/archive.hpp"
#include "deletion/examination.hpp"

namespace proapp::deletion {

// Until the end of the transaction nobody else holds that name; waits for whoever does. Names are ours: they begin with "proapp".
void lock_name(const char *name);

// For what follows in this transaction no other deletion of that row comes between.
void lock_root(const Request &request);

// Raises with all that forbids it: 42501 where the caller may not, P0001 with the application's message, or else by the first reason: 23503 and the like.
void insist_on_no_obstacle(const Request &request, const Examination &examination);

// Everything that goes, with its archive. The rows are locked. Steps are numbered from `first_step`; the next one's number is returned.
// Raises 27000 where triggers keep rows from going, 23503 or 40001 where a row references what went.
int remove_all(const Examination &examination, const pg_uuid_t &deletion, int first_step);

}  // namespace proapp::deletion
