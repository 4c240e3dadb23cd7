#include "pg/postgres.hpp"

#include "catalog/reader.hpp"

extern "C" {
#include <catalog/pg_class.h>
#include <catalog/pg_namespace.h>
#include <utils/builtins.h>
}

namespace proapp::catalog {

std::string_view relation_kind(char relkind) {
  switch (relkind) {
    case RELKIND_RELATION:
    case RELKIND_PARTITIONED_TABLE:
      return "table";
    case RELKIND_FOREIGN_TABLE:
      return "foreign table";
    case RELKIND_VIEW:
      return "view";
    case RELKIND_MATVIEW:
      return "materialized view";
    case RELKIND_SEQUENCE:
      return "sequence";
    default:
      return {};
  }
}

bool is_system_schema(std::string_view name) {
  return name.starts_with("pg_") || name == "information_schema" || name == "proapp" || name == "proapp_data" || name == "proapp_archive";
}

bool Reader::wants(std::string_view kind, Oid catalog, Oid object, Oid in_schema, std::string_view name) {
  const core::SchemaName *found = names.schemas.find(in_schema);
  if (found == nullptr || is_system_schema(found->name)) return false;
  core::Subject subject{};
  subject.kind = kind;
  subject.schema = found->name;
  subject.name = name;
  const core::Kind *known = core::find_kind(kind);
  if (known != nullptr && known->place == core::Kind::Place::beside) subject.part = name;
  subject.extension = text_of(lookups.members.find(catalog, object));
  return selection.wants(subject);
}

bool Reader::wants_part(std::string_view kind, const core::RelationName &relation, Oid relation_oid, std::string_view part) {
  const core::SchemaName *found = names.schemas.find(relation.schema);
  if (found == nullptr || is_system_schema(found->name)) return false;
  core::Subject subject{};
  subject.kind = kind;
  subject.schema = found->name;
  subject.name = relation.name;
  subject.part = part;
  subject.relation_kind = relation_kind(relation.kind);
  subject.extension = text_of(lookups.members.find(RelationRelationId, relation_oid));
  return selection.wants(subject);
}

bool Reader::wants_of_database(std::string_view kind, std::string_view name, Oid catalog, Oid object) {
  core::Subject subject{};
  subject.kind = kind;
  subject.name = name;
  if (object != InvalidOid) subject.extension = text_of(lookups.members.find(catalog, object));
  return selection.wants(subject);
}

void Reader::begin(std::string_view kind, std::string_view identity, std::string_view parent) {
  attributes_.clear();
  draft_ = {kind, identity, parent, {}};
}

void Reader::add_comment(Oid catalog, Oid object, int32 part) {
  add("comment", text_of(lookups.comments.find(catalog, object, part)));
  if (const auto *labels = lookups.labels.find(catalog, object, part)) add("security_label", core::Value(*labels));
}

void Reader::finish() {
  draft_.attributes = attributes_.span();
  sink.take(draft_);
  arena.reset();
}

core::Value Reader::expression(const core::Digest &tree, Deparse what, Oid object, int32 part) {
  auto *members = static_cast<core::Member *>(arena.allocate(2 * sizeof(core::Member), alignof(core::Member)));
  new (&members[0]) core::Member{"sql", core::Value(core::Origin{static_cast<uint32>(what), object, part})};
  new (&members[1]) core::Member{"tree", core::Value(core::hex(arena, tree))};
  return core::Value(std::span<const core::Member>(members, 2));
}

core::Value Reader::definition(Deparse what, Oid object) {
  auto &member = arena.make<core::Member>(core::Member{"sql", core::Value(core::Origin{static_cast<uint32>(what), object, 0})});
  return core::Value(std::span<const core::Member>(&member, 1));
}

std::string_view Reader::schema(Oid oid) const {
  const core::SchemaName *found = names.schemas.find(oid);
  return found == nullptr ? std::string_view{} : found->identity;
}

std::string_view Reader::join(std::initializer_list<std::string_view> pieces) {
  size_t size = 0;
  for (const auto piece : pieces) size += piece.size();
  auto *bytes = static_cast<char *>(arena.allocate(size + 1, 1));
  char *at = bytes;
  for (const auto piece : pieces) {
    memcpy(at, piece.data(), piece.size());
    at += piece.size();
  }
  return {bytes, size};
}

std::string_view Reader::type(Oid oid, int32 typmod) {
  const core::TypeName *found = names.types.find(oid);
  if (typmod < 0) return found == nullptr ? std::string_view("???") : found->identity;
  return arena.copy(format_type_extended(oid, typmod, FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_ALLOW_INVALID));
}

}  // namespace proapp::catalog
