// What the sources of fix() share: facts of an object as pieces of a statement.
#pragma once
#include "core/object.hpp"

namespace proapp::core {

// The SQL of an attribute that has one, else its text; empty where there is none.
std::string_view sql(const Object &object, std::string_view attribute);
std::string_view text(const Object &object, std::string_view attribute);
bool flag(const Object &object, std::string_view attribute);
// The texts of a list, with commas.
void join(const Object &object, std::string_view attribute, Bytes &out);

// "policy p on public.t" is p: the name that statements want where the relation is said apart.
std::string_view own_name(const Object &object);

// What COMMENT ON, ALTER … OWNER and GRANT call the object.
void target(const Object &object, Bytes &out);

// CREATE for kinds that are all told by their attributes; nothing for the others.
void create_from_attributes(const Object &object, Bytes &out);

// The statement that changes one attribute where it is; false where there is none.
bool alter_in_place(const Object &expected, const Object &actual, std::string_view attribute, Bytes &out);

}  // namespace proapp::core
