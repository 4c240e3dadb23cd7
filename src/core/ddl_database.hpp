// Statements for what belongs to the database and to no schema: foreign servers, event triggers, subscriptions, settings.
#pragma once
#include "core/digest.hpp"
#include "core/object.hpp"

namespace proapp::core {

bool is_of_database(std::string_view kind);  // is it one of those told apart here?

// Each writes nothing where no statement would do, and where a secret would have to be known.
void create_in_database(const Object &object, Bytes &out);
void alter_in_database(const Object &expected, const Object &actual, std::string_view attribute, Bytes &out);

void alter_database(const Object &expected, const Object &actual, std::string_view attribute, Bytes &out);

void set_setting(const Object &setting, Bytes &out);
void reset_setting(const Object &setting, Bytes &out);

// "options (set host 'a', drop port)" from what `actual` has to what `expected` has; false where a secret stands in the way.
bool alter_options(const Object &expected, const Object &actual, std::string_view attribute, Bytes &out);

}  // namespace proapp::core
