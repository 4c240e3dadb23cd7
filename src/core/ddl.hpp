// DDL for one object: what makes it, what takes it away, and what changes one attribute of it where it is. drift() proposes these, repair() runs them.
// Each appends statements, every one with its semicolon; nothing where PostgreSQL has no such statement, or where a secret would have to be known.
#pragma once
#include "core/object.hpp"

namespace proapp::core {

// CREATE with what CREATE itself can say. Owner, grants, comment and whatever else differs afterwards are alter()'s.
// `columns`: those of a table or foreign table, in their order; others have none.
void create(const Object &object, std::span<const Object> columns, Bytes &out);

// Without CASCADE: whatever uses the object is in the way.
void drop(const Object &object, Bytes &out);

// Makes `actual`, whose `attribute` differs, what `expected` is.
void alter(const Object &expected, const Object &actual, std::string_view attribute, Bytes &out);

// May dropping one lose what no CREATE brings back?
bool may_hold_rows(std::string_view kind);
// Kinds of which one may be dropped and made anew in passing: none of them holds rows, and little else uses them.
bool is_replaceable(std::string_view kind);
// Kinds of which one can be dropped and made anew together with what uses it.
bool is_rebuildable(std::string_view kind);

// 'text' as SQL literal; with backslashes as E'…'.
void literal(std::string_view text, Bytes &out);

}  // namespace proapp::core
