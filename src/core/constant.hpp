// Constants in stored expressions whose bytes hold OIDs: enum values, regclass and its kin, arrays, rows, ranges, domains over them.
#pragma once
#include "core/digest.hpp"
#include "core/names.hpp"

namespace proapp::core {

// Writes what the bytes mean ("[ 1 0 0 0 … ]" as they stand in a node tree) by name; false for a type whose bytes mean the same everywhere.
bool write_named_constant(const Names &names, Oid type, std::string_view token, Bytes &into);

}  // namespace proapp::core
