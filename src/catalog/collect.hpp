// One snapshot of the catalogs as objects: what manifests, digests and drift are made from.
#pragma once
#include "pg/postgres.hpp"

#include "catalog/reader.hpp"

namespace proapp::catalog {

// Hands every object that `selection` wants to `sink`, in no particular order. All facts come from the active snapshot.
// `arena` holds what is needed meanwhile. Raises PostgreSQL's errors, throws core's.
void collect(pg::ContextArena &arena, core::Selection &selection, Sink &sink);

}  // namespace proapp::catalog
