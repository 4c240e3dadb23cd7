// The names behind OIDs, as one snapshot of the catalogs shows them: what turns stored expressions and ACLs into facts that are equal in every database.
#pragma once
#include "core/oid_map.hpp"

#include <span>
#include <string_view>

namespace proapp::core {

struct SchemaName {
  std::string_view name;      // as it is
  std::string_view identity;  // quoted where it must be
  bool system = false;        // PostgreSQL's own, temporary, or ours: in no manifest
};

struct RelationName {
  Oid schema = 0;
  char kind = 0;  // pg_class.relkind
  bool partition = false;
  Oid method = 0;           // access method
  std::uint32_t shape = 0;  // equal for relations with the same columns under the same numbers
  std::string_view name;
  std::string_view identity;
  std::span<std::string_view> columns;  // quoted, by attribute number from 1; empty for dropped ones
  std::span<Oid> column_types;
};

struct TypeName {
  Oid schema = 0;
  char kind = 0;     // pg_type.typtype
  Oid base = 0;      // of a domain
  Oid element = 0;   // of a true array or a range; of a multirange its range
  Oid relation = 0;  // of a composite
  std::int16_t length = 0;
  char alignment = 'i';
  std::string_view identity;
};

struct Names {
  explicit Names(Arena &arena)
      : schemas(arena),
        relations(arena),
        types(arena),
        functions(arena),
        operators(arena),
        collations(arena),
        roles(arena),
        languages(arena),
        enum_labels(arena),
        operator_families(arena),
        others(arena) {}

  OidMap<SchemaName> schemas;
  OidMap<RelationName> relations;
  OidMap<TypeName> types;
  OidMap<std::string_view> functions;  // schema.name(argument types)
  OidMap<std::string_view> operators;  // schema.name(left,right)
  OidMap<std::string_view> collations;
  OidMap<std::string_view> roles;
  OidMap<std::string_view> languages;
  OidMap<std::string_view> enum_labels;
  OidMap<std::string_view> operator_families;
  OidMap<std::string_view> others;  // access methods, text search configurations, dictionaries, parsers and templates, tablespaces

  // A column's name; "*" for the whole row; the number for system columns; empty where there is none.
  std::string_view column(Oid relation, int number) const;
};

inline std::string_view Names::column(Oid relation, int number) const {
  const RelationName *found = relations.find(relation);
  if (number == 0) return "*";
  if (found == nullptr || number < 0 || static_cast<std::size_t>(number) > found->columns.size()) return {};
  return found->columns[static_cast<std::size_t>(number) - 1];
}

}  // namespace proapp::core
