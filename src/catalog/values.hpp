// Catalog columns as core values.
#pragma once
#include "pg/postgres.hpp"

#include "catalog/reader.hpp"

#include <optional>

namespace proapp::catalog {

// A text[] as a list, in byte order where `sorted`; null where it is null.
core::Value text_list(core::Arena &arena, std::optional<Datum> array, bool sorted);

// Options of foreign objects: sorted, of secrets only that they are there.
core::Value option_list(Reader &reader, std::optional<Datum> array);

// When a trigger, rule or event trigger fires: origin, always, replica or disabled.
std::string_view firing(char enabled);

// An aclitem[] as a list of {"grantee": …, "privileges": […]} by grantee: what every grantor gave, together. Null stands for the default
// rights of `type` ('r' table, 'c' column, …, as acldefault() has it). All rights are ALL, a grant option is a star, the owner is "(owner)".
core::Value grants(Reader &reader, std::optional<Datum> acl, ObjectType type, Oid owner);

// The columns of a relation by their numbers.
core::Value column_list(Reader &reader, Oid relation, std::span<const int16> numbers);

}  // namespace proapp::catalog
