// What the sources of ddl.hpp share: facts of an object as pieces of a statement, and the statements of single families of kinds.
#pragma once
#include "core/object.hpp"

namespace proapp::core {

// The SQL of an attribute that has one, else its text; empty where there is none.
std::string_view sql(const Object &object, std::string_view attribute);
std::string_view text(const Object &object, std::string_view attribute);
bool flag(const Object &object, std::string_view attribute);
std::int64_t number(const Object &object, std::string_view attribute, std::int64_t otherwise);
std::span<const Value> items(const Object &object, std::string_view attribute);
// A text that is a member of an item of a list; empty where there is none.
std::string_view member(const Value &item, std::string_view name);
bool holds(std::span<const Value> all, const Value &item);
// The texts of a list, with commas.
void join(const Object &object, std::string_view attribute, Bytes &out);

// "policy p on public.t" is p: the name that statements want where the relation is said apart.
std::string_view own_name(const Object &object);
// Where the first `mark` outside of quotes stands; npos where there is none.
std::size_t find_unquoted(std::string_view text, char mark);
// app.f(integer) is app.f, app.=(integer,integer) is app.=.
std::string_view without_arguments(std::string_view identity);
// app.t is app: the schema, quoted as in the identity; empty where the identity has none.
std::string_view schema_of(std::string_view identity);
// app.f(integer) is f(integer): what stands behind the schema.
std::string_view behind_schema(std::string_view identity);

// What COMMENT ON, ALTER … OWNER and GRANT call the object.
void target(const Object &object, Bytes &out);
// A name as SQL wants it: quoted always, as nobody reads these twice.
void quoted(std::string_view name, Bytes &out);
// The other way round: "a""b" is a"b, and a name without quotes itself.
std::string_view unquoted(Arena &arena, std::string_view name);

// name=value options as manifests list them.
std::string_view option_name(std::string_view option);
std::string_view option_value(std::string_view option);
const Value *option_of(const Object &object, std::string_view attribute, std::string_view name);
// " set (a = '1'); alter … reset (b);" after `start`, from what `actual` has to what `expected` has.
void alter_storage_options(const Object &expected, const Object &actual, std::string_view start, Bytes &out);
// " with (a = '1', …)"
void storage_options(const Object &object, Bytes &out);
// " options (host 'a', …)"; false where one of them is a secret, which nobody can write down.
bool create_options(const Object &object, std::string_view attribute, Bytes &out);

// ddl_create.cpp
void create_view(const Object &view, std::string_view how, Bytes &out);     // how: "create view ", "create or replace view "
void set_firing(const Object &object, std::string_view state, Bytes &out);  // of a trigger or a rule

// ddl_grants.cpp
void alter_grants(const Object &expected, const Object &actual, Bytes &out);
void create_default_privileges(const Object &object, Bytes &out);
void drop_default_privileges(const Object &object, Bytes &out);

// ddl_table.cpp: tables, foreign tables, materialized views
void create_table(const Object &table, std::span<const Object> columns, Bytes &out);
void create_materialized_view(const Object &view, Bytes &out);
void alter_table(const Object &expected, const Object &actual, std::string_view attribute, Bytes &out);

// ddl_column.cpp
void define_column(const Object &column, Bytes &out);  // as in CREATE TABLE and ADD COLUMN
void create_column(const Object &column, Bytes &out);
void alter_column(const Object &expected, const Object &actual, std::string_view attribute, Bytes &out);

// ddl_sequence.cpp
void sequence_options(const Value &facts, std::string_view prefix, Bytes &out);  // " increment by 1 …", each behind `prefix`
void create_sequence(const Object &sequence, Bytes &out);
void alter_sequence(const Object &expected, std::string_view attribute, Bytes &out);
// The sequence behind an identity column, as a sequence of its own.
Object identity_sequence(Arena &arena, const Object &column);

// ddl_publication.cpp: publications and their members
void create_publication(const Object &publication, Bytes &out);
void create_publication_member(const Object &member, Bytes &out);
void alter_publication(const Object &expected, const Object &actual, std::string_view attribute, Bytes &out);

// ddl_types.cpp: types and what works on them
void create_from_attributes(const Object &object, Bytes &out);
// False where there is no statement for the attribute.
bool alter_in_place(const Object &expected, const Object &actual, std::string_view attribute, Bytes &out);

// ddl_base_type.cpp
void create_base_type(const Object &type, Bytes &out);
void alter_base_type(const Object &type, const Object &actual, std::string_view attribute, Bytes &out);

// ddl_enum.cpp: types whose values or parts are lists
void create_enum(const Object &type, Bytes &out);
void alter_enum(const Object &expected, const Object &actual, Bytes &out);
void alter_composite(const Object &expected, const Object &actual, Bytes &out);

}  // namespace proapp::core
