#include "pg/postgres.hpp"

#include "catalog/reader.hpp"

extern "C" {
#include <catalog/pg_class.h>
#include <catalog/pg_namespace.h>
#include <catalog/pg_type.h>
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

bool Reader::wants(std::string_view kind, Oid catalog, Oid object, Oid in_schema, std::string_view name) {
  const core::SchemaName *found = names.schemas.find(in_schema);
  if (found == nullptr || found->system) return false;
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
  if (found == nullptr || found->system) return false;
  core::Subject subject{};
  subject.kind = kind;
  subject.schema = found->name;
  subject.name = relation.name;
  subject.part = part;
  subject.relation_kind = relation_kind(relation.kind);
  subject.extension = text_of(lookups.members.find(RelationRelationId, relation_oid));
  return selection.wants(subject);
}

bool Reader::wants_of_database(std::string_view kind, std::string_view name) {
  core::Subject subject{};
  subject.kind = kind;
  subject.name = name;
  return selection.wants(subject);
}

bool Reader::wants_of_database(std::string_view kind, Oid catalog, Oid object, std::string_view name) {
  if (object < FirstNormalObjectId) return false;
  core::Subject subject{};
  subject.kind = kind;
  subject.name = name;
  subject.extension = text_of(lookups.members.find(catalog, object));
  return selection.wants(subject);
}

bool Reader::wants_part_of_domain(std::string_view kind, Oid domain, std::string_view part) {
  const core::TypeName *type = names.types.find(domain);
  const core::SchemaName *found = type == nullptr ? nullptr : names.schemas.find(type->schema);
  if (found == nullptr || found->system) return false;
  core::Subject subject{};
  subject.kind = kind;
  subject.schema = found->name;
  subject.name = text_of(lookups.domains.find(domain));
  subject.part = part;
  subject.relation_kind = "domain";
  subject.extension = text_of(lookups.members.find(TypeRelationId, domain));
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
  if (const std::string_view *known = typmod_names_.find(oid, static_cast<Oid>(typmod) + 1)) return *known;
  const std::string_view name = lasting_.copy(std::string_view(format_type_extended(oid, typmod, FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_ALLOW_INVALID)));
  typmod_names_.put(oid, static_cast<Oid>(typmod) + 1, 0, name);
  return name;
}

core::Digest Reader::tree(Datum stored, Oid relation, bool is_default) {
  // As it is stored, compressed or not: what was met before need not even be decompressed.
  const auto *raw = reinterpret_cast<const varlena *>(DatumGetPointer(stored));
  const core::RelationName *about = relation == InvalidOid ? nullptr : names.relations.find(relation);
  const uint64 context = (about == nullptr ? 0 : uint64{about->shape} * 2 + 2) + is_default;
  const bool inside = !VARATT_IS_EXTERNAL(raw);
  const std::string_view key = inside ? std::string_view(reinterpret_cast<const char *>(raw), VARSIZE_ANY(raw)) : std::string_view{};
  if (inside)
    if (const core::Digest *known = memo_.find(key, context)) return *known;
  const std::string_view text = pg::view(stored);
  const core::Digest digest = is_default ? expressions.default_digest(text, relation) : expressions.digest(text, relation);
  if (inside) memo_.put(key, context, digest);
  return digest;
}

}  // namespace proapp::catalog
