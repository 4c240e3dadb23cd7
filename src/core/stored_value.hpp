// A constant's bytes, as PostgreSQL lays values out, written so that they are equal in every database: arrays, rows and ranges hold the OID
// of their own type, enum values and references are OIDs themselves. All of these stand by name.
#pragma once
#include "core/digest.hpp"
#include "core/names.hpp"

#include <string_view>

namespace proapp::core {

// Domains stripped.
Oid base_type(const Names &names, Oid type);

// May values of the type hold OIDs? Those of all other types are equal everywhere as they are.
bool holds_oids(const Names &names, Oid type);

// False where the bytes are no value of the type, or hold a value of an attribute that was dropped since; something may have been written then.
bool write_stored_value(const Names &names, Oid type, std::string_view bytes, Bytes &into);

}  // namespace proapp::core
